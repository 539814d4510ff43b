"""Parts drawn for a song until one has what was asked for, and the one that is kept, played as it was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from torch import Tensor

from midi_subtract.listening.lead_sheet import LeadSheet
from midi_subtract.model.conditions import condition_of, draft_of, told_of
from midi_subtract.model.matcher import Matcher
from midi_subtract.model.pipeline import MidiPipeline
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.bass_lines import with_basses
from midi_subtract.playing.choice import Drawn, Fit, choose
from midi_subtract.playing.completion import Rest, rest_of_part
from midi_subtract.playing.doubling import excess
from midi_subtract.playing.usual import APART, told_in, usual_sections
from midi_subtract.song import Song, pitched
from subtract_core.choice import NEAR_ENOUGH, counted_draws, seed_of
from subtract_core.model.denoiser import Condition
from subtract_core.model.sampler import Draft, SamplerConfig, sample
from subtract_core.stems import Stem
from subtract_core.wish import Section

Progress = Callable[[int, int], None]
"""progress(done, total), counted in denoising steps."""
HARDLY = 0.05
"""Share of the text scale at which a part is drawn once more after nothing but silence."""
_UNMATCHED = (
    "--best-of 2 (best_of=2): this model has no matcher for {}, so the part that misses less of what was asked, else "
    "the first, is kept; of 3 or more it is the most typical"
)


@dataclass(frozen=True)
class Draws:
    """How parts are drawn. seed: of the first; others have seeds that follow from it. tries: how many at most, but for
    those that the sampler draws in any case. afresh: bars that are missing do not begin as copies of others."""

    seed: int
    tries: int
    afresh: bool = False
    progress: Progress | None = None


@dataclass(frozen=True)
class Drawing:
    """How a part comes about that is asked for.

    played: the song. asked: what is asked of the part in the song as it is heard, with the chords of `sheet`.
    sampler: the model's, but for what somebody asks of it. completes: whether it goes on with what the song has of the
    part elsewhere, if it has. finished: whether players do what they do without being asked, and what was asked of
    them. may_double: whether it may be a copy of another part. sheet: chords that are heard beside what the song plays,
    and by which basses go. drawn: fills up.
    """

    pipeline: MidiPipeline
    played: Song
    asked: Asked
    sampler: SamplerConfig
    completes: bool = False
    finished: bool = True
    may_double: bool = False
    sheet: LeadSheet | None = None
    drawn: list[Drawn] = field(default_factory=list)

    @property
    def _song(self) -> Song:
        return self.asked.song

    @property
    def _stem(self) -> Stem:
        return self.asked.stem

    @cached_property
    def _rest(self) -> Rest | None:
        """What there is of the part elsewhere, where it goes on with that."""
        return rest_of_part(self._song, self._stem, self.asked.written) if self.completes else None

    @cached_property
    def _apart_from(self) -> Sequence[Notes]:
        """Parts of which it is to be no copy."""
        may_double = self.may_double or self._stem not in APART or self._rest is not None
        return [] if may_double else pitched(self.played.stems)

    @property
    def _there(self) -> Notes | None:
        return self._rest.notes if self._rest else None

    @cached_property
    def _frames(self) -> int:
        return max(self._song.n_beats, self.pipeline.denoiser.config.frames)

    @cached_property
    def _condition(self) -> Condition:
        heard = self._song.others(self._stem) if self._rest else self._song.stems
        unguided = self.sampler.unguided.get(self._stem.value)
        return condition_of(self.pipeline.codec, self._song, heard, self._stem, self._frames, unguided)

    @cached_property
    def _draft(self) -> Draft | None:
        if self._rest is None:
            return None
        return draft_of(self.pipeline.codec, self._rest.guesses, self._rest.held, self._stem, self._frames)

    @cached_property
    def _usual(self) -> Sequence[Section]:
        """What is usual of such parts, where the model is told that."""
        if not self.sampler.unasked(self._stem, self._rest is None).text_scale:
            return []
        return usual_sections(self._song, self._stem, self.sampler.usual_figures.get(self._stem.value))

    @cached_property
    def _aim(self) -> Asked:
        """What parts are drawn for."""
        return self.asked.of_notes() if self.finished else self.asked

    @cached_property
    def _fewest(self) -> int:
        """How many parts are drawn in any case."""
        sampler = self.sampler if self._aim else self.sampler.unasked(self._stem, self._rest is None)
        return sampler.best_of

    def part(self, draws: Draws, say: Callable[[str], None]) -> Notes:
        """The part of those drawn that is kept, with what was asked for and none of them has, and completed.

        say: is told, a sentence each, what was arranged, and where two parts had none to judge them.
        """
        if not self.asked.written.any():
            return Notes.empty()
        self._draw(draws)
        notes = self._kept()
        if self._fewest == 2 and self._matcher is None:
            say(_UNMATCHED.format(self._stem.value))
        if not self.finished:
            return notes
        if self.sheet and self._stem is Stem.BASS:
            notes = with_basses(notes, self.sheet, self.played)
        notes, changes = self.asked.arranged(notes)
        for sentence in changes:
            say(sentence)
        return self.asked.completed(notes, self._there)

    def _draw(self, draws: Draws) -> None:
        """Draw parts until one has what was asked for, as many as `draws` says, and once more where all are silent."""
        aim, most = self._aim, max(draws.tries, self._fewest)
        changes = bool(aim) or self._stem in APART  # what is drawn may change the next try
        ahead = [] if changes or self._fewest == 1 else self._side_by_side(draws)
        for attempt in range(most + 1):
            if attempt == most and (draws.tries == 1 or not aim or any(len(d.notes) for d in self.drawn)):
                break
            latents = ahead[attempt] if attempt < len(ahead) else self._latents(aim, draws, attempt, attempt == most)
            raw = self.pipeline.codec.decode(latents, self._stem)[0].between(0, self._song.n_beats * STEPS_PER_BEAT)
            self.drawn.append(self._judged(self.asked.inside(raw)))
            aim = aim.aimed(self.drawn[-1].notes)
            if len(self.drawn) >= self._fewest and min(d.missed for d in self.drawn) <= NEAR_ENOUGH:
                break

    def _side_by_side(self, draws: Draws) -> Sequence[Tensor]:
        """The latents of the attempts that are made in any case, where all are drawn alike: that takes less time."""
        settings, condition, draft = self._told(self._aim, draws, 0, is_last=False)
        seeds = [seed_of(draws.seed, each) for each in range(self._fewest)]
        together = sample(self.pipeline.denoiser, condition, settings, seeds, draws.progress, draft)
        return [together[each : each + 1] for each in range(self._fewest)]

    def _latents(self, aim: Asked, draws: Draws, attempt: int, is_last: bool) -> Tensor:
        settings, condition, draft = self._told(aim, draws, attempt, is_last)
        counted = draws.progress and counted_draws(draws.progress, attempt, max(self._fewest, attempt + 1))
        return sample(self.pipeline.denoiser, condition, settings, seed_of(draws.seed, attempt), counted, draft)

    def _told(
        self, aim: Asked, draws: Draws, attempt: int, is_last: bool
    ) -> tuple[SamplerConfig, Condition, Draft | None]:
        """How an attempt is drawn, and what the model is told and given for it. is_last: after silence alone."""
        is_copy = any(d.is_copy for d in self.drawn)
        settings, said = told_in(self.sampler, aim, self._usual, attempt, draws.tries, is_copy, self._rest is None)
        if is_last:  # what is asked for may be so little that a strong pull leaves nothing
            settings = replace(settings, text_scale=HARDLY * self.sampler.text_scale)
        text = told_of(self.pipeline.codec, said, self._song.n_beats, self._frames)
        # What was guessed from the rest may be what misses the wish.
        is_free = draws.afresh or (bool(aim) and attempt > 0)
        draft = self._draft.unguessed() if self._draft and is_free else self._draft
        return settings, replace(self._condition, text=text), draft

    def _judged(self, raw: Notes) -> Drawn:
        notes = self.asked.finished(self.asked.as_players_do(raw, self._there)) if self.finished else raw
        copied = excess(notes, self._apart_from)
        return Drawn(raw, notes, self.asked.missed(notes) + copied, copied > NEAR_ENOUGH)

    def _kept(self) -> Notes:
        """The part of those drawn that is kept, see `choice`."""
        lines = self._song.bar_starts(self._song.last_step)
        fit = self._fit if len(self.drawn) > 1 else None
        return choose(self.drawn, self._stem, lines, self._judged, fit, pitched(self._song.others(self._stem)))

    @property
    def _fit(self) -> Fit | None:
        """How well parts, with what there is of them, belong to the other parts of the song; None where the model has
        no matcher for them."""
        matcher, context = self._matcher, self._song.others(self._stem)
        if matcher is None or not context:
            return None
        there = [self._rest.notes] if self._rest else []
        lines = self._song.bar_starts(self._song.last_step)
        return lambda parts: matcher.scores([Notes.merge([*there, p]) for p in parts], context, self._stem, lines)

    @property
    def _matcher(self) -> Matcher | None:
        """The model's matcher, if it knows such parts."""
        matcher = self.pipeline.matcher
        return matcher if matcher is not None and matcher.judges(self._stem) else None
