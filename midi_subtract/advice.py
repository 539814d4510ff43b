"""What a user should know of a song, of what was asked and of the part, a sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from midi_subtract.base import Base
from midi_subtract.files.told import told_warning
from midi_subtract.listening.bar_lines import first_beat_hint
from midi_subtract.listening.chart_fit import chart_warning
from midi_subtract.listening.lead_sheet import LeadSheet, has_late_chords, is_melody_alone
from midi_subtract.notes import Notes
from midi_subtract.playing.doubling import IN_UNISON
from midi_subtract.playing.sections_asked import SectionsAsked, place_in_words
from midi_subtract.song import heard_warning
from midi_subtract.words.drum_stroke_words import strokes_said
from midi_subtract.words.fill_words import fills_placed
from midi_subtract.words.ramp_words import ramp_asked
from midi_subtract.words.rule_reader import RuleReader
from midi_subtract.words.sounds import named_program
from subtract_core.stems import Stem
from subtract_core.understanding.encoder import TextEncoder
from subtract_core.understanding.other_players import without_other_players
from subtract_core.understanding.phrases import not_understood as phrases_not_understood
from subtract_core.understanding.places import place_in, place_warning
from subtract_core.wish import Wish

_PLACE = "the song has no marker that says so; give bars ('in bars 17-24', or --section '17-24: ...'), or --only 17-24"

_MOST_TRACKS = 4  # that are named


def of_song(
    base: Base, stem: Stem, sheet: LeadSheet | None, guess: LeadSheet | None, knows_first_beat: bool
) -> list[str]:
    """How a song was heard, and what its part goes by. sheet: chords that it goes by. guess: the same, if guessed."""
    song = base.song
    warnings = [said for said in (told_warning(base.smf), heard_warning(song)) if said]
    if base.has_other:
        where, there = (" in these bars", " there") if base.only else ("", "")
        beside = f"the new one plays beside it; --replace (replace_existing=True) removes it{there}"
        warnings.append(f"the song already has a {stem.value} part{where}{_tracks(base, stem)}; {beside}")
    if guess is not None:
        guessed = f"the {stem.value} goes by {guess.text}, a guess; --chords (chords=) gives others"
        warnings.append(f"only drums to go by: {guessed}")
    if sheet is None and not base.has_part and is_melody_alone(song, stem):
        warnings.append(
            "only one line to go by, whose harmonies are open: --chords 'Am F C G' (chords=) says what they are"
        )
    if sheet is None and has_late_chords(song, stem):
        warnings.append(
            "chords come behind the first beat of most bars, so their roots are open: "
            "--chords 'Am F C G' (chords=) says what they are"
        )
    if sheet is not None and guess is None and (contradicted := chart_warning(song, sheet, stem, base.only)):
        warnings.append(contradicted)
    hint = None if knows_first_beat else first_beat_hint(song)
    return [*warnings, *([hint] if hint else [])]


def _tracks(base: Base, stem: Stem) -> str:
    """The names of the tracks of a stem, in brackets, as far as they have any."""
    lines = base.song.bar_starts(base.song.last_step)
    spans = [(int(lines[first - 1]), int(lines[last])) for first, last in base.only] or [(0, base.song.last_step)]
    tracks = [track for track in base.song.tracks if track.stem is stem]
    playing = [t.name for t in tracks if any(len(t.notes.starting(*span)) for span in spans)]
    names = list(dict.fromkeys(" ".join(name.split()) for name in playing if name.strip()))
    more = [f"{len(names) - _MOST_TRACKS} more"] if len(names) > _MOST_TRACKS else []
    return f" ({', '.join([*map(repr, names[:_MOST_TRACKS]), *more])})" if names else ""


def of_part(stem: Stem, notes: Notes) -> list[str]:
    """What a part lacks."""
    silent = f"the model chose silence: the {stem.value} part has no notes; try another seed"
    return [] if len(notes) else [silent]


def of_replacing(base: Base, stem: Stem, is_asked: bool) -> list[str]:
    """What was not there to be replaced."""
    where = " in these bars" if base.only else ""
    nothing = f"nothing to replace: no {stem.value} part is heard{where}; msub info says what is"
    return [nothing] if is_asked and not base.removed else []


def not_understood(prompt: str, stem: Stem, reader: RuleReader) -> list[str]:
    """The phrases of a prompt that say nothing; of other readers than our own, which may be slow, that is not asked."""

    def is_known(phrase: str) -> bool:
        says_else = place_in(phrase) or named_program(phrase, stem) is not None or IN_UNISON.search(phrase)
        return bool(says_else) or not without_other_players(phrase, stem)

    if not prompt or not isinstance(reader.reader, TextEncoder):
        return []
    return phrases_not_understood(prompt, lambda words: reader.understand(words, stem), is_known)


@dataclass(frozen=True)
class PromptSaid:
    """Sentences about a part, and what was understood of them.

    prompt, is_understood: the one for the whole song, and whether anything of it is. sections: what of theirs is.
    unheard: bars with which sections begin that lie in no bar that is written. controls: what holds whatever is said.
    """

    prompt: str | None
    is_understood: bool
    sections: SectionsAsked
    unheard: Sequence[int]
    controls: Wish = field(default_factory=Wish)

    def advice(self, stem: Stem) -> list[str]:
        """What was not understood, and what is understood elsewhere than meant."""
        warnings = self._of_prompt(self.prompt, stem) if self.prompt else []
        unknown = [place_in_words(place) for place, said in self.sections.said.items() if not said]
        warnings += [f"nothing in the section of {place} is known of {stem.value}" for place in unknown]
        warnings += [
            f"--{name} ({name}=) wins over the section of {place_in_words(place)}, which asks for another {name}"
            for place, name in self.sections.overruled(self.controls)
        ]
        lost = "lies in no bar that is written: it says nothing"
        outside = [place_in_words(place) for place in self.sections.outside(self.unheard)]
        return warnings + [f"the section of {place} {lost}" for place in outside]

    def _of_prompt(self, prompt: str, stem: Stem) -> list[str]:
        unknown = f"nothing in the prompt is known of {stem.value}: the part is as it would be without it"
        placed = strokes_said(fills_placed(prompt)[0])[0] if stem is Stem.DRUMS else prompt
        misplaced = place_warning(ramp_asked(placed)[0], _PLACE)
        return [*([] if self.is_understood else [unknown]), *([misplaced] if misplaced else [])]
