"""How far a part is from a wish, and that parts which miss it are drawn anew."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from midi_subtract import drawing as drawing_module
from midi_subtract.files.reader import read_song
from midi_subtract.inserter import MidiInserter
from midi_subtract.listening.facts import Setting
from midi_subtract.notes import Notes
from midi_subtract.playing.adherence import bars_played, rests, shortfall, thinness
from subtract_core.choice import NEAR_ENOUGH
from subtract_core.errors import InputError
from subtract_core.model.sampler import sample
from subtract_core.stems import Stem
from subtract_core.wish import Wish

SETTING = Setting(np.arange(0, 48 * 9, 48), 120.0)
EIGHTHS = Notes.of((6 * i, 33, 5, 99) for i in range(64))
HALF_EIGHTHS = Notes.of((48 * bar + 6 * i, 33, 5, 99) for bar in range(8) for i in range(8 if bar < 2 else 3))
PAIRS = Notes.of((48 * bar + 6 * i, 33, 5, 99) for bar in range(8) for i in range(2))
WHOLE = Notes.of((48 * bar, 33, 46, 99) for bar in range(8))


def _missed(notes: Notes, wish: Wish, stem: Stem = Stem.BASS) -> float:
    return shortfall(notes, stem, wish, {}, SETTING)


def test_a_part_that_is_all_that_was_asked_misses_nothing() -> None:
    assert _missed(EIGHTHS, Wish()) == 0
    assert _missed(EIGHTHS, Wish({"density": 0.75}, {"figure": {"root eighths": True, "whole notes": False}})) == 0


def test_the_farther_off_the_more_is_missed() -> None:
    wish = Wish({}, {"figure": {"root eighths": True}})
    assert _missed(EIGHTHS, wish) == 0 < _missed(HALF_EIGHTHS, wish) < _missed(WHOLE, wish) == 1
    busy = Wish({"density": 1.0})
    assert _missed(EIGHTHS, busy) < _missed(HALF_EIGHTHS, busy) < _missed(WHOLE, busy) <= 1


def test_what_was_ruled_out_is_missed_where_it_is_there() -> None:
    wish = Wish({}, {"figure": {"whole notes": False}})
    assert _missed(WHOLE, wish) > 0.9 and _missed(EIGHTHS, wish) == 0
    toms = Notes.of((12 * i, 45, 3, 90) for i in range(32))
    assert _missed(toms, Wish({}, {"kit": {"toms": False}}), Stem.DRUMS) == 1
    assert _missed(toms, Wish({}, {"kit": {"toms": True}}), Stem.DRUMS) == 0


def test_what_notes_do_not_show_counts_nothing() -> None:
    assert _missed(EIGHTHS, Wish({"tempo": 1.0}, {"style": {"reggae": True}, "sound": {"slap": True}})) == 0
    assert _missed(EIGHTHS, Wish({"register": 1.0}), Stem.DRUMS) == 0, "drums have no register"


def test_a_part_with_nothing_off_the_beat_is_as_straight_as_was_asked() -> None:
    assert _missed(WHOLE, Wish({"swing": 0.0})) == 0 and _missed(WHOLE, Wish({"swing": 1.0})) == 1


def test_a_style_of_drums_is_missed_where_it_is_not_heard() -> None:
    ride = [(48 * bar + at, 51, 3, 80) for bar in range(8) for at in (0, 12, 20, 24, 36, 44)]
    swung = Notes.of([*ride, *((48 * bar + at, 44, 3, 80) for bar in range(8) for at in (12, 36))])
    for style, there in (("jazz", True), ("samba", False)):
        assert (_missed(swung, Wish({}, {"style": {style: True}}), Stem.DRUMS) < 0.15) == there
        assert (_missed(swung, Wish({}, {"style": {style: False}}), Stem.DRUMS) < 0.15) != there
    assert _missed(swung, Wish({}, {"style": {"polka": True, "gospel": True}}), Stem.DRUMS) == 0, "cannot be told"
    assert _missed(swung, Wish({}, {"style": {"disco": True}}), Stem.DRUMS) > 0.5, "told by its groove"
    assert _missed(swung, Wish({}, {"style": {"samba": True}})) == 0, "only drums are"


def test_a_part_that_rests_while_others_play_falls_short() -> None:
    others = bars_played({Stem.KEYS: Notes.of((48 * bar, 60, 40, 80) for bar in range(2, 8))}, SETTING.bar_starts)

    def missed(bars: range, duration: int = 5) -> float:
        part = Notes.of((48 * bar, 33, duration, 99) for bar in bars)
        return rests(part, others, SETTING.bar_starts)

    assert missed(range(2, 5)) == 0 and missed(range(2)) == 1
    assert 0 < missed(range(2, 4)) < missed(range(2, 3)) < 1
    assert missed(range(2, 3), duration=3 * 48) == 0, "held notes are no rest"


def test_drums_of_which_something_is_asked_are_to_play_nearly_all_the_time() -> None:
    lines = np.arange(0, 48 * 41, 48)
    others = bars_played({Stem.KEYS: Notes.of((48 * bar, 60, 40, 80) for bar in range(40))}, lines)

    def missed(bars: int, strokes: int = 2) -> float:
        part = Notes.of((48 * bar + 12 * at, 36, 3, 99) for bar in range(bars) for at in range(strokes))
        return rests(part, others, lines, steady=True)

    assert missed(40) == missed(38) == 0 and missed(36) < NEAR_ENOUGH < missed(32) < missed(16) < missed(0) == 1
    assert missed(40, strokes=1) == 1, "a bar of one stroke is a rest"
    assert rests(Notes.of([(0, 36, 3, 99)]), bars_played({}, lines), lines, steady=True) == 0


def test_a_part_of_a_note_a_bar_is_too_thin_where_others_play() -> None:
    others = bars_played({Stem.KEYS: Notes.of((48 * bar, 60, 40, 80) for bar in range(2, 8))}, SETTING.bar_starts)
    assert thinness(EIGHTHS, others, SETTING.bar_starts) == 0
    behind = Notes.merge([WHOLE, Notes.of((384, pitch, 9, 99) for pitch in range(40, 48))])
    assert thinness(behind, others, SETTING.bar_starts) > 1, "what is struck behind the last bar is outside"
    assert thinness(WHOLE, others, SETTING.bar_starts) > 1
    two_a_bar = Notes.of((96 + 24 * i, 33, 5, 99) for i in range(12))
    assert thinness(two_a_bar, others, SETTING.bar_starts) == 0
    assert thinness(two_a_bar.select(two_a_bar.onset > 96), others, SETTING.bar_starts) > NEAR_ENOUGH, "a note short"
    assert thinness(WHOLE, bars_played({}, SETTING.bar_starts), SETTING.bar_starts) == 0, (
        "where nobody plays it may rest"
    )


def test_silence_misses_everything() -> None:
    assert _missed(Notes.empty(), Wish()) == math.inf


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, random_inserter: MidiInserter) -> Any:
    """(parts, wish) -> what is written by a model that draws these parts in their order, and the seeds used;
    the text scales go into `scales`."""
    song = read_song((Path(__file__).parents[2] / "examples" / "night_drive.mid").read_bytes(), "night_drive.mid")

    def write(
        parts: list[Notes], wish: Wish, scales: list[float] | None = None, **options: Any
    ) -> tuple[Notes, list[int]]:
        seeds: list[int] = []

        class Codec:
            def __getattr__(self, name: str) -> Any:
                return getattr(random_inserter.pipeline.codec, name)

            def decode(self, latents: Any, stem: Stem) -> list[Notes]:
                part = parts[int(latents[0, 0, 0])]  # eight bars, all through the song
                return [Notes.merge([part.shifted(8 * 48 * i) for i in range(8)]).between(0, song.n_beats * 12)]

        def sample(*arguments: Any) -> torch.Tensor:
            first, given = len(seeds), arguments[3]
            seeds.extend(given if isinstance(given, list) else [given])
            if scales is not None:
                scales.append(arguments[2].text_scale)
            return torch.arange(first, len(seeds))[:, None, None]

        monkeypatch.setattr(drawing_module, "sample", sample)
        pipeline = replace(random_inserter.pipeline, codec=Codec())  # type: ignore[arg-type]
        return MidiInserter(pipeline).write(song, Stem.BASS, seed=5, wish=wish, finished=False, **options), seeds

    return write


def _strokes_a_bar(part: Notes) -> float:
    return len(part) / (part.last_step / 48)


def test_a_silent_part_is_drawn_anew_with_other_noise(drawn: Any) -> None:
    part, seeds = drawn([Notes.empty(), EIGHTHS], Wish())
    assert len(part) and len(seeds) == len(set(seeds)) == 2 and seeds[0] == 5
    assert drawn([Notes.empty(), EIGHTHS], Wish())[1] == seeds, "the seed decides all attempts"


def test_the_part_that_misses_least_is_kept(drawn: Any) -> None:
    wish = Wish({}, {"figure": {"root eighths": True}})
    part, seeds = drawn([WHOLE, HALF_EIGHTHS, WHOLE], wish)
    assert 3 < _strokes_a_bar(part) < 5 and len(seeds) == 3
    part, seeds = drawn([EIGHTHS, WHOLE], wish)
    assert _strokes_a_bar(part) == pytest.approx(8, abs=0.1) and len(seeds) == 1, (
        "what is near enough is not drawn anew"
    )


def test_the_number_of_tries_is_kept(drawn: Any) -> None:
    part, seeds = drawn([Notes.empty(), EIGHTHS], Wish(), tries=1)
    assert not len(part) and seeds == [5]
    with pytest.raises(InputError, match="tries: 0"):
        drawn([EIGHTHS], Wish(), tries=0)


def test_what_asks_for_silence_is_drawn_once_more_and_hardly_pulled(drawn: Any) -> None:
    wish, silence = Wish({"density": 0.0}), [Notes.empty()] * 3
    scales: list[float] = []
    part, seeds = drawn([*silence, EIGHTHS], wish, scales)
    assert len(part) and len(set(seeds)) == 4
    assert scales[0] < scales[1] < scales[2] and scales[3] < scales[0] / 5
    assert len(drawn(silence[:1], wish, tries=1)[1]) == 1, "who wants one gets one"
    assert len(drawn(silence, Wish())[1]) == 3, "of what nothing is asked nothing pulls"


def test_a_part_too_thin_is_drawn_anew_unless_its_density_was_spoken_of(drawn: Any) -> None:
    part, seeds = drawn([WHOLE, EIGHTHS], Wish())
    assert _strokes_a_bar(part) == pytest.approx(8, abs=0.1) and len(seeds) == 2
    part, seeds = drawn([WHOLE, EIGHTHS], Wish({"density": 0.0}))
    assert _strokes_a_bar(part) == pytest.approx(1, abs=0.1) and len(seeds) == 1


def test_of_several_the_most_typical_is_kept(drawn: Any) -> None:
    part, seeds = drawn([PAIRS, EIGHTHS, HALF_EIGHTHS], Wish(), best_of=3)
    assert len(seeds) == 3 and 3 < _strokes_a_bar(part) < 5, "half eighths lie between the others"


def test_what_was_asked_for_comes_before_what_is_typical(drawn: Any) -> None:
    wish = Wish({}, {"figure": {"root eighths": True}})
    part, _ = drawn([WHOLE, WHOLE, WHOLE, EIGHTHS], wish, best_of=4)
    assert _strokes_a_bar(part) == pytest.approx(8, abs=0.1)


def test_progress_counts_every_part_that_is_drawn(random_inserter: MidiInserter) -> None:
    seen: list[tuple[int, int]] = []
    path = Path(__file__).parents[2] / "examples" / "night_drive.mid"
    asked: dict[str, Any] = {"seed": 1, "best_of": 2, "tries": 2, "density": 48}
    random_inserter(path, "bass", **asked, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 6) for done in range(1, 7)]


def test_parts_of_which_nothing_is_asked_are_drawn_side_by_side(
    monkeypatch: pytest.MonkeyPatch, random_inserter: MidiInserter
) -> None:
    sampler = replace(random_inserter.pipeline.sampler, usual_best_of={"bass": 3}, usual_steps={"bass": 2})
    inserter = MidiInserter(replace(random_inserter.pipeline, sampler=sampler))
    song = read_song((Path(__file__).parents[2] / "examples" / "night_drive.mid").read_bytes(), "night_drive.mid")
    seeds: list[Any] = []

    def drawn(*arguments: Any) -> Any:
        seeds.append(arguments[3])
        return sample(*arguments)

    monkeypatch.setattr(drawing_module, "sample", drawn)
    together = inserter.write(song, Stem.BASS, seed=5, tries=1)
    assert len(seeds) == 1 and len(set(seeds[0])) == 3 and seeds[0][0] == 5 and len(together)
    inserter.write(song, Stem.BASS, seed=5, tries=1, best_of=3)
    assert seeds[1] == seeds[0], "the same seeds"
    seeds.clear()
    inserter.write(song, Stem.BASS, seed=5, tries=1, wish=Wish({"density": 0.5}))
    assert seeds == [5], "with something asked for, one"
