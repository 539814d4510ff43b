"""The style classifier: what it hears, what it learns, and what the shipped one says of plain examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from midi_subtract.listening.style_classifier import (
    FEATURES,
    StyleClassifier,
    bundled_styles,
    fit_styles,
    style_features,
    style_windows,
)
from midi_subtract.notes import Notes
from midi_subtract.song import Meter, Song, Track
from midi_subtract.training.prepare import prepare
from midi_subtract.training.store import pack_songs
from midi_subtract.training.train_styles import StyleTraining, train_styles
from subtract_core.errors import ConfigError
from subtract_core.facts import CHOICE
from subtract_core.stems import Stem

BARS = np.arange(0, 48 * 17, 48)
KICK, SNARE, HAT, RIDE, PEDAL = 36, 38, 42, 51, 44


def rock(bars: int = 16, loud: int = 100) -> Notes:
    return Notes.of(
        row
        for bar in range(bars)
        for row in [
            *((48 * bar + at, KICK, 3, loud) for at in (0, 24, 30)),
            *((48 * bar + at, SNARE, 3, loud) for at in (12, 36)),
            *((48 * bar + 6 * i, HAT, 3, loud - 25) for i in range(8)),
        ]
    )


def swing(bars: int = 16, loud: int = 70) -> Notes:
    return Notes.of(
        row
        for bar in range(bars)
        for row in [
            *((48 * bar + at, RIDE, 3, loud) for at in (0, 12, 20, 24, 36, 44)),
            *((48 * bar + at, PEDAL, 3, loud - 10) for at in (12, 36)),
            (48 * bar + 20 * (bar % 2), SNARE, 3, loud - 35),
            (48 * bar, KICK, 3, loud - 40),
        ]
    )


def test_features_are_counts_by_place_and_stay_the_same_however_long_a_window_is() -> None:
    four, eight = (style_features(rock(n), BARS[: n + 1]) for n in (4, 8))
    assert four.shape == (FEATURES,) and np.allclose(four, eight)
    kick = four[:16] ** 2  # strokes a bar on each sixteenth of the bar
    assert np.flatnonzero(kick).tolist() == [0, 8, 10] and np.allclose(kick[[0, 8, 10]], 1)
    silent = style_features(Notes.empty(), BARS[:9])
    assert silent.shape == (FEATURES,) and not silent.any()


def test_a_long_part_is_heard_in_windows_without_those_in_which_it_rests() -> None:
    assert len(style_windows(rock(16), BARS)) == 2
    assert len(style_windows(rock(8), BARS)) == 1
    assert len(style_windows(rock(3), BARS[:4])) == 1, "a short part is one window"
    assert style_windows(Notes.empty(), BARS) == []


def test_what_was_learnt_is_recognised_in_other_parts(tmp_path: Path) -> None:
    parts = [(part(8, loud), label) for loud in (60, 75, 90, 105) for label, part in enumerate((rock, swing))]
    windows = [w for part, _ in parts for w in style_windows(part, BARS[:9])]
    labels = [label for _, label in parts]
    classifier = fit_styles(windows, labels, list(range(len(parts))), ("rock", "jazz"), decay=0.001, steps=50)
    classifier.save_pretrained(tmp_path / "styles")
    loaded = StyleClassifier.from_pretrained(tmp_path / "styles")
    for part, style in ((rock(16, 82), "rock"), (swing(16, 82), "jazz")):
        shares = loaded.probabilities(part, BARS)
        assert loaded.recognised(part, BARS) == style and shares[style] > 0.8
        assert sum(shares.values()) == pytest.approx(1, abs=1e-3)
    assert loaded.recognised(Notes.empty(), BARS) is None


def test_the_shipped_classifier_knows_a_backbeat_from_a_swung_ride() -> None:
    shipped = bundled_styles()
    assert len(shipped.config.styles) >= 8
    assert set(shipped.config.styles) <= set(CHOICE["style"].options[Stem.DRUMS])
    backbeat = shipped.probabilities(rock(), BARS)
    assert backbeat["rock"] + backbeat["soul"] + backbeat["funk"] > 0.9
    assert rock(16, 60).onset.size and shipped.probabilities(rock(16, 60), BARS) == backbeat, "however loud"
    assert shipped.recognised(swing(), BARS) == "jazz"


def song(name: str, notes: Notes, styles: tuple[str, ...], *others: Track) -> Song:
    return Song([Track("", 0, True, notes), *others], [Meter(0, 4, 4)], [(0, 120.0)], 480, name, styles)


def _packed(folder: Path, songs: list[Song]) -> str:
    (folder / "shards").mkdir(parents=True)
    np.savez(folder / "shards" / "0.npz", **pack_songs(songs, "test"))  # type: ignore[arg-type]
    (folder / "report.json").write_text('{"kept": 1, "duplicates": {}}')
    return str(folder)


def _data(folder: Path, per_style: int) -> str:
    piano = Track("", 0, False, Notes.of((48 * b, 60, 40, 80) for b in range(16)))
    songs = [song(f"r{i}", rock(16, 80 + i), ("rock",)) for i in range(per_style)]
    songs += [song(f"j{i}", swing(16, 60 + i), ("jazz", "rock")) for i in range(per_style)]
    songs += [song("full", swing(16), ("rock",), piano), song("unknown", rock(16), ())]
    return _packed(folder, songs)


def test_no_session_is_learnt_from_and_classified(tmp_path: Path) -> None:
    """One drummer's rock is the other's jazz, and none of them knows the samba of the other."""
    songs = [song(f"drummer{who}/session1/{name}{i}", part(16), (name,)) for i in range(3)
             for who, parts in ((1, (rock, swing)), (2, (swing, rock)))
             for name, part in zip(("rock", "jazz"), parts, strict=True)]  # fmt: skip
    songs += [song(f"drummer1/session1/samba{i}", rock(8), ("samba",)) for i in range(3)]
    said: list[str] = []
    config = StyleTraining(_packed(tmp_path / "data", songs), fewest=3, folds=2)
    train_styles(config, tmp_path / "run", torch.device("cpu"), None, said.append)
    assert "mean over styles: 0.0%, of 2 sessions left out in 2 folds" in said
    assert "samba: 3 performances, in one session, so none is left out" in said


def test_training_hears_drums_alone_and_takes_the_rarest_style_stated(tmp_path: Path) -> None:
    said: list[str] = []
    config = StyleTraining(_data(tmp_path / "data", 4), fewest=3, folds=2)
    classifier = train_styles(config, tmp_path / "run", torch.device("cpu"), None, said.append)
    assert classifier.config.styles == ("jazz", "rock") and said[0] == "jazz 4, rock 4"
    assert any(line.startswith("mean over styles: 100.0%") for line in said)
    assert (tmp_path / "run" / "styles" / "model.safetensors").is_file()


def test_a_set_without_drums_alone_is_said_to_have_none(tmp_path: Path) -> None:
    song = Path(__file__).parents[2] / "examples" / "night_drive.mid"
    prepare([song], tmp_path / "data", workers=1)
    with pytest.raises(ConfigError, match="holds no performance of drums alone with a stated style; "):
        train_styles(StyleTraining(str(tmp_path / "data")), tmp_path / "run", torch.device("cpu"), None)


def test_too_few_performances_are_an_error_that_says_what_there_is(tmp_path: Path) -> None:
    config = StyleTraining(_data(tmp_path / "data", 2), fewest=1, folds=5)
    with pytest.raises(ConfigError, match=r"alone in rock 2, jazz 2; .*styles, 5 of each, are needed"):
        train_styles(config, tmp_path / "run", torch.device("cpu"), None)
    with pytest.raises(ValueError, match="'polka' is not in the vocabulary"):
        StyleTraining("data", styles=["polka"])
