"""Inserting a part into a song: the public interface of the MIDI backend."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from midi_subtract.advice import PromptSaid, not_understood, of_part, of_replacing, of_song
from midi_subtract.base import Base, base_for
from midi_subtract.drawing import Drawing, Draws, Progress
from midi_subtract.files.inputs import SongInput, midi_bytes
from midi_subtract.files.markers import markers_of
from midi_subtract.files.part import NewTrack, new_track, part_alone, to_instrument
from midi_subtract.files.reader import BEATS
from midi_subtract.files.smf_edit import append_track
from midi_subtract.listening.bar_lines import checked_first_beat
from midi_subtract.listening.lead_sheet import LeadSheet, guessed_for, lead_sheet
from midi_subtract.model.pipeline import DEFAULT_MODEL, MidiPipeline
from midi_subtract.notes import Notes
from midi_subtract.playing.asked import Asked, Bars
from midi_subtract.playing.doubling import asks_for_doubling
from midi_subtract.playing.sections_asked import Place, checked_sections, heard_sections, with_prompt
from midi_subtract.playing.usual import of_players
from midi_subtract.reporting import explained
from midi_subtract.result import InsertReport, InsertResult
from midi_subtract.song import Song
from midi_subtract.words.kit_words import settled
from midi_subtract.words.rule_reader import RuleReader
from midi_subtract.words.sounds import asked_program, named_program
from subtract_core.choice import (
    TRIES,
    checked_progress,
    checked_prompt,
    checked_seed,
    checked_switch,
    checked_tries,
    shown,
)
from subtract_core.errors import InputError
from subtract_core.knobs import Knob, knob_wish
from subtract_core.levels import level
from subtract_core.model.device import pick_device
from subtract_core.stems import Stem, asked_stem
from subtract_core.understanding.other_players import without_other_players
from subtract_core.understanding.reader import OWN, Reader
from subtract_core.wish import Wish

__all__ = ["InsertReport", "InsertResult", "MidiInserter"]

NO_WISH = Wish()


class MidiInserter:
    """Writes missing parts into songs, as in

        inserter = MidiInserter.from_pretrained()
        result = inserter("song.mid", instrument="bass", seed=7)
        result.save("song.bass.mid")

    One inserter serves any number of songs.
    """

    def __init__(self, pipeline: MidiPipeline) -> None:
        self.pipeline = pipeline

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path = DEFAULT_MODEL,
        device: str | torch.device = "auto",
        reader: str | Reader = OWN,
    ) -> MidiInserter:
        """Load the model inside the package, or a checkpoint directory; device: auto, cpu, cuda, cuda:1 ... or mps.

        reader: what reads prompts and sections: "own", the model's text encoder, or "openai" or "openai:MODEL", a
        language model, see `subtract_core.understanding.reader`.
        """
        return cls(MidiPipeline.from_pretrained(model, str(pick_device(device)), reader))

    def __call__(
        self,
        song: SongInput,
        instrument: str | Stem | None = None,
        *,
        stem: str | Stem | None = None,
        prompt: str | None = None,
        sections: Mapping[int, str] | Mapping[str, str] | Mapping[Bars, str] | Mapping[Place, str] | None = None,
        only: Iterable[tuple[int, int | None]] | None = None,
        afresh: bool = False,
        chords: str | None = None,
        density: Knob = None,
        register: Knob = None,
        loudness: Knob = None,
        swing: Knob = None,
        syncopation: Knob = None,
        style: str | None = None,
        seed: int | None = None,
        program: int | None = None,
        replace_existing: bool = False,
        beats: str = "auto",
        first_beat: float | None = None,
        steps: int | None = None,
        context_scale: float | None = None,
        text_scale: float | None = None,
        tries: int | None = None,
        best_of: int | None = None,
        progress: Progress | None = None,
    ) -> InsertResult:
        """Write `instrument` into `song` and return the song with it; the original tracks stay byte for byte.

        song: a path, the bytes of a MIDI file, one that is open, or a song of pretty_midi, symusic or muspy.
        instrument, also called stem: the bass where neither is given.
        prompt: a sentence that says how the part is played; what it says of bars of the song, or of what its markers
        name, is taken for sections. sections: bar number, counted from 1 -> a sentence about the part from there on, up
        to the next of them; first and last bar -> in these; or the name of markers -> from each of them up to the next
        marker. What it does not speak of stays as the prompt has it; "busier" and the like are held against the section
        before, "softer than the verse" and "same as bar 1" against what is asked there.
        only: pairs of a first and a last bar, counted from 1 (None: the song's last), in which alone the part is
        written. If the song has that instrument, but not in these bars, the new notes go with what it plays elsewhere,
        and have its program, volume and place in the stereo field. afresh: they do not begin as copies of bars that it
        plays elsewhere; seeds differ more then.
        chords: what pitched parts go by beside the song's own notes, such as "Am F C G", a bar each, over and over; see
        `LeadSheet.parse`. They are heard, and not written. Songs that hold only drums have a guess without them.
        density, register, loudness, swing, syncopation: a word or a number in the units of
        `subtract_core.facts.SCALES`; style: a name or several with commas between. They win over the sentences.
        seed: the same seed gives the same part on the same machine; None draws one, see `report.seed`.
        program: General MIDI program 0-127 of the new track; None takes the one that the prompt names, or that of the
        part that it replaces, or the usual one of the instrument. replace_existing: first remove existing parts of that
        instrument, or of `only`, what they play in these bars; the new one has their volume and place, too.
        beats: "file", "heard" in the notes, or "auto": heard where the notes do not keep to the file's, as in what was
        played without a metronome. Bars are counted by them, and but for "file" are of three where the notes say so, or
        begin where the drums say so. first_beat: on which beat of the song's first bar bars begin instead, counted from
        1; 2.5 lies between the second and the third.
        steps, context_scale, text_scale, best_of: see `SamplerConfig`; None takes the model's own.
        tries: how often the part is drawn at most, anew where it is silent, misses what was asked for, or is a copy of
        other parts (but where a sentence asks for "unison" or "doubling"): of several,
        the first at half the text scale, the last at all of it; and once more, hardly pulled, where all are silent.
        best_of: of so many parts each bar is that which is most typical; of two the better fitting part is kept, where
        the model has a matcher for such parts, else the one that misses less of what was asked for, or the first.
        Raises `InputError` for a song or a value that cannot be used.
        """
        started = time.monotonic()
        stem = asked_stem(instrument, stem, Stem.BASS)
        self.pipeline.check_writes(stem, "instrument")
        replace_existing = checked_switch("replace_existing", replace_existing)
        afresh, progress = checked_switch("afresh", afresh), checked_progress(progress)
        knobs = {
            "density": density, "register": register, "loudness": loudness, "swing": swing,
            "syncopation": syncopation, "style": style,
        }  # fmt: skip
        controls = knob_wish(stem, knobs, level)
        sentences = checked_sections(sections)
        if afresh and only is None:
            raise InputError("afresh: says how the bars of only are written; give these as well, or leave it out")
        prompt = checked_prompt(prompt)
        if beats not in BEATS:
            raise InputError(f"beats: {shown(beats)} is not valid; choose {', '.join(BEATS[:-1])} or {BEATS[-1]}")
        first_beat = checked_first_beat(first_beat)
        seed = secrets.randbits(31) if seed is None else checked_seed(seed)
        draws = Draws(seed, checked_tries(tries), afresh, progress)
        sampler = self.pipeline.sampler.asked(
            steps=steps, context_scale=context_scale, text_scale=text_scale, best_of=best_of
        )
        sheet = lead_sheet(chords, stem)
        base = base_for(*midi_bytes(song), stem, only, replace_existing, beats, first_beat)
        reader = RuleReader(self.pipeline.text, base.song.usual_bar)
        task = _Task.of(base, stem, seed, sheet, reader, prompt, sentences, controls, program)
        may_double = asks_for_doubling([prompt or "", *sentences.values()])
        drawing = Drawing(
            self.pipeline, base.song, task.asked, sampler, bool(base.only), may_double=may_double, sheet=task.sheet
        )
        arranged: list[str] = []
        notes = drawing.part(draws, arranged.append)
        track = task.track(notes)
        warnings = [*base.smf.warnings, *of_song(base, stem, task.sheet, task.guess, first_beat is not None)]
        warnings += of_part(stem, notes) if task.asked.written.any() else []
        warnings += [*arranged, *of_replacing(base, stem, replace_existing), *task.said.advice(stem)]
        warnings += task.shared(track)
        lost = not_understood(task.said.prompt or "", stem, reader)
        return InsertResult(
            midi=append_track(base.smf, track.chunk),
            part_midi=part_alone(base.smf, track.chunk),
            notes=notes,
            part=to_instrument(base.song, stem, notes, track),
            report=task.report(notes, track, seed, warnings, lost, started),
        )

    def write(
        self,
        song: Song,
        stem: Stem,
        *,
        seed: int,
        wish: Wish = NO_WISH,
        only: Sequence[Bars] = (),
        afresh: bool = False,
        finished: bool = True,
        tries: int = TRIES,
        say: Callable[[str], None] = lambda _: None,
        **sampler: Any,
    ) -> Notes:
        """Write one part for a song that is already on its beat grid; everything in `song` is heard as context.

        wish: what is asked of it. only: bars in which alone it is written; what the song has of it elsewhere, and not
        in these bars, is not heard as another part but kept to, see `completion`. afresh: but for what could be guessed
        of them.
        finished: do what players do without being asked, see `habits` and `repetition`, bring what the model left half
        done of the wish where it was asked to be, see `finishing`, and figures that no part drawn has into the one that
        is kept, see `arranging`.
        tries: how often a part is drawn at most; anew where it is silent, misses what was asked for, see `adherence`,
        or copies others, see `doubling`; if several are asked for something and all are silent, once more.
        say: is told, a sentence each, what was arranged, and where two parts had none to judge them.
        sampler: steps, context_scale, text_scale, best_of, see `SamplerConfig`; without them, the model's own.
        Raises `InputError` where the song holds no notes that the model hears, or the model does not write such parts.
        """
        self.pipeline.check_writes(stem, "instrument")
        draws = Draws(seed, checked_tries(tries), afresh)
        asked = Asked.of(_heard(song, stem), stem, wish, only=only)
        drawing = Drawing(self.pipeline, song, asked, self.pipeline.sampler.asked(**sampler), bool(only), finished)
        return drawing.part(draws, say)


@dataclass(frozen=True)
class _Task:
    """What is to be written into a song, worked out once: drawn, and reported.

    asked: what is asked of the part, in the song as it is heard, with the chords of `sheet`, if there are any beside
    its own. guess: these, where they are guessed. said: sentences, and what was understood of them. program: of the new
    track, if one is asked for.
    """

    base: Base
    asked: Asked
    sheet: LeadSheet | None
    guess: LeadSheet | None
    said: PromptSaid
    program: int | None

    @classmethod
    def of(
        cls,
        base: Base,
        stem: Stem,
        seed: int,
        sheet: LeadSheet | None,
        reader: RuleReader,
        prompt: str | None,
        sentences: Mapping[Place, str],
        controls: Wish,
        program: int | None,
    ) -> _Task:
        """The arguments of `MidiInserter`, checked but for the program. controls: what the knobs come to."""
        guess = guessed_for(base.song, stem, seed) if sheet is None else None
        sheet = sheet or guess
        song = _heard(base.song, stem, sheet)
        markers = markers_of(base.smf, song)
        prompt, sentences = with_prompt(prompt, sentences, stem, markers, len(song.bar_starts(song.last_step)) - 1)
        understood = reader.understand(prompt, stem) if prompt else NO_WISH
        named = named_program(without_other_players(prompt, stem), stem) if prompt else None
        wish = settled(understood).under(controls)
        program = asked_program(stem, program, wish, named)
        sections = heard_sections(sentences, stem, reader, markers, song)
        later = sections.asked(understood, controls, stem)
        asked = Asked.of(song, stem, of_players(stem, program).under(wish), later, base.only)
        asked = replace(asked, replaced=base.replaced, chart=sheet.spans(base.song) if sheet else ())
        said = PromptSaid(prompt, bool(understood) or named is not None, sections, asked.unheard, controls)
        return cls(base, asked, sheet, guess, said, program)

    def track(self, notes: Notes) -> NewTrack:
        """The part as a track of the file."""
        base, program = self.base, self.program
        sound = base.sound if program is None else replace(base.sound, program=program)
        return new_track(base.smf, base.song, self.asked.stem, notes, sound, program is not None)

    def shared(self, track: NewTrack) -> list[str]:
        """What to say of a channel that the part shares, unless it is its own, on which it goes on."""
        base = self.base
        is_its_own = self.asked.stem is Stem.DRUMS and base.has_part and not base.has_other
        is_other_kit = self.program is not None and self.program != track.program
        return [track.shared_with] if track.shared_with and (is_other_kit or not is_its_own) else []

    def report(
        self, notes: Notes, track: NewTrack, seed: int, warnings: list[str], lost: list[str], started: float
    ) -> InsertReport:
        """lost: phrases that were not understood. started: on the clock of `time.monotonic`."""
        base, song = self.base, self.asked.song
        return InsertReport(
            song=base.song.name,
            instrument=self.asked.stem.value,
            program=track.program,
            channel=track.channel + 1,
            seed=seed,
            notes=len(notes),
            bars=len(song.bar_starts(song.last_step)) - 1,
            only=base.only,
            chords=self.sheet.text if self.sheet else None,
            beats=base.song.beats,
            removed_notes=base.removed,
            seconds=time.monotonic() - started,
            warnings=warnings,
            facts=explained(self.asked, notes, track.program),
            not_understood=lost,
        )


def _heard(song: Song, stem: Stem, sheet: LeadSheet | None = None) -> Song:
    """The song as it is heard, with the chords of a sheet; raises `InputError` where it holds no notes."""
    heard = sheet.heard_in(song, stem) if sheet else song
    if not heard.stems:
        raise InputError(f"{song.name}: holds no notes to write {stem.value} for; a part or chords are needed")
    return heard
