"""Controls land where the project's table says, on songs that are not part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from midi_subtract.evaluation.controls import mma_installed
from midi_subtract.evaluation.panel import Panel, Settings, StemResult
from midi_subtract.evaluation.songs import evaluation_songs, files_of_source
from subtract_core.stems import Stem

VAL, MANIFEST = os.environ.get("MSUB_VAL"), os.environ.get("MSUB_MANIFEST")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not VAL or not MANIFEST,
        reason="needs held-out songs, which are not in the repository: set MSUB_VAL to a set of `msub prepare midi` "
        "and MSUB_MANIFEST to the manifest that says which of its songs are of the source rpbot_ultimate",
    ),
]
FIGURES = {
    Stem.BASS: ("in-harmony", "agreement", "onset F1", "note F1"),
    Stem.DRUMS: ("kick", "snare", "hat", "all F1"),
    Stem.GUITAR: ("in-harmony", "agreement", "onset F1", "note F1"),
}
TABLE: dict[Stem, dict[str, tuple[float, ...]]] = {
    Stem.BASS: {
        "GT": (0.883, 1, 1, 1),
        "MMA": (0.899, 0.523, 0.565, 0.294),
        "RAND": (0.367, 0.111, 0.481, 0.052),
        "COPY1": (0.600, 0.354, 0.801, 0.294),
    },
    Stem.DRUMS: {
        "GT": (1, 1, 1, 1),
        "MMA": (0.405, 0.524, 0.613, 0.346),
        "RAND": (0.374, 0.358, 0.430, 0.259),
        "COPY1": (0.850, 0.785, 0.881, 0.817),
    },
    Stem.GUITAR: {
        "GT": (0.734, 1, 1, 1),
        "MMA": (0.722, 0.762, 0.554, 0.276),
        "RAND": (0.251, 0.321, 0.547, 0.085),
        "COPY1": (0.479, 0.648, 0.821, 0.394),
    },
}
"""Means over 60 cases an instrument, measured with another program on other windows of the same songs."""
TOLERANCE = 0.12
"""Two samples of 60 songs differ by so much: the standard error of a mean is .02 to .04, and windows differ too."""


@pytest.fixture(scope="module")
def results() -> dict[Stem, StemResult]:
    assert VAL and MANIFEST
    songs = evaluation_songs(Path(VAL), files_of_source(Path(MANIFEST), "rpbot_ultimate"))
    rows = ("GT", "RAND", *(["MMA"] if mma_installed() else []), "COPY1")
    return Panel(songs, Settings(tuple(TABLE), rows, form_songs=0)).run()


@pytest.mark.parametrize(("stem", "row"), [(stem, row) for stem, rows in TABLE.items() for row in rows])
def test_a_control_lands_where_the_table_says(results: dict[Stem, StemResult], stem: Stem, row: str) -> None:
    if row == "MMA" and not mma_installed():
        pytest.skip("the program `mma` is not installed")
    figures = results[stem].figures["rows"][row]["figures"]
    measured = {name: figures[name]["value"] for name in FIGURES[stem]}
    assert measured == pytest.approx(dict(zip(FIGURES[stem], TABLE[stem][row], strict=True)), abs=TOLERANCE)
