"""A run without a sentence compiles no words: they take a fifth of a second."""

from __future__ import annotations

import subprocess
import sys

import pytest

from midi_subtract.files.smf_edit import encode_track
from midi_subtract.inserter import MidiInserter
from subtract_core.understanding import patterns
from subtract_core.understanding.patterns import lazy_pattern
from tests.cli.material import smf

COUNT = """
import re, sys
callers, compile = [], re.compile
def counted(*args):
    callers.append(sys._getframe(1).f_globals["__name__"])
    return compile(*args)
re.compile = counted
import midi_subtract.inserter
print(sum(name.startswith(("midi_subtract.words", "subtract_core.understanding")) for name in callers))
"""


def test_importing_the_inserter_compiles_no_words() -> None:
    assert subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, check=True).stdout == "0\n"


def test_a_part_of_which_nothing_is_asked_needs_hardly_any_words(
    random_inserter: MidiInserter, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, song = set[str](), smf(encode_track("keys", 0, 0, [(480 * i, 480 * i + 400, 60, 80) for i in range(32)]))

    def get(pattern: patterns._LazyPattern, name: str) -> object:
        used.add(pattern.pattern)
        return getattr(pattern.compiled, name)

    monkeypatch.setattr(patterns._LazyPattern, "__getattr__", get)
    random_inserter(song, "bass", seed=1, steps=1, tries=1)
    assert len(used) <= 4
    random_inserter(song, "bass", seed=1, steps=1, tries=1, prompt="soft, crescendo")
    assert len(used) > 40


def test_a_lazy_pattern_is_as_any_other() -> None:
    words = lazy_pattern(r"(?i)\b(?P<how>soft|loud)\b")
    assert "compiled" not in vars(words) and words.pattern == r"(?i)\b(?P<how>soft|loud)\b"
    assert words.sub("so", "Loud, soft") == "so, so" and words.fullmatch("LOUD")
    assert "compiled" in vars(words)
