"""What prompts say of times of a recording, taken for sections."""

from __future__ import annotations

import pytest

from audio_subtract.prompt_times import with_prompt
from subtract_core.stems import Stem

LENGTH = 120.0


@pytest.mark.parametrize(
    ("prompt", "rest", "sections"),
    [
        ("sparse, busy from 0:45 to 1:10", "sparse", {45.0: "busy", 70.0: ""}),
        ("loud between 0:30 and 1:00", None, {30.0: "loud", 60.0: ""}),
        ("from 1:30 on, play very loud", None, {90.0: "play very loud"}),
        ("rock, but at 0:45 go half time", "rock", {45.0: "go half time"}),
        ("0:10-0:20: loud", None, {10.0: "loud", 20.0: ""}),
        ("soft until 0:30.5", None, {0.0: "soft", 30.5: ""}),
        ("come in at 0:15, busy", "busy", {0.0: "rest", 15.0: ""}),
        ("busy in the first 20 seconds and sparse after 1:00", None, {0.0: "busy", 20.0: "", 60.0: "sparse"}),
        ("build in the last minute", "build in the last minute", {}),
        ("build in the last two minutes", None, {0.0: "build"}),
        ("soft in the second half", None, {60.0: "soft"}),
        ("after 45 seconds go wild", None, {45.0: "go wild"}),
        ("loud except from 0:30 to 1:00", None, {0.0: "loud", 30.0: "", 60.0: "loud"}),
        ("only play after 1:00", None, {0.0: "rest", 60.0: ""}),
        ("rest for 10 seconds", "rest for 10 seconds", {}),
        ("busy from 2:30 on", "busy from 2:30 on", {}),
        ("loud in the chorus", "loud in the chorus", {}),
        ("the vocals come in at 0:30, stay soft", "the vocals come in at 0:30, stay soft", {}),
    ],
)
def test_clauses_about_times_that_the_recording_has(prompt: str, rest: str | None, sections: dict[float, str]) -> None:
    assert with_prompt(prompt, {}, Stem.DRUMS, LENGTH) == (rest, sections)


def test_sections_that_are_given_win_over_those_of_the_prompt() -> None:
    given = {45.0: "sparse", 100.0: "loud"}
    _, sections = with_prompt("busy from 0:45 to 1:10, soft from 0:30 to 1:50", given, Stem.DRUMS, LENGTH)
    assert sections == {30.0: "soft", 45.0: "sparse", 100.0: "loud"}
