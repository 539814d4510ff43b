"""Styles are taken from folders and from Groove's names, and from nothing else."""

from pathlib import Path

import pytest

from midi_subtract.training.styles import read_manifest, stated_styles
from subtract_core.errors import InputError


@pytest.mark.parametrize(
    ("path", "styles"),
    [
        ("groove/drummer1/session1/1_funk-groove1_138_beat_4-4.mid", ("funk",)),
        ("session2/3_neworleans-secondline_96_beat_4-4.mid", ("new orleans",)),
        ("x/7_latin-brazilian-samba_96_beat_4-4.mid", ("latin", "samba")),
        ("data/MIDIdata/rap_hip_hop/1.mid", ("hip hop",)),
        ("rock/a.mid", ("rock",)),
        ("Rock Around the Clock.mid", ()),
        ("Songs/Jazz Standards/x.mid", ()),
        ("12_polka_100_beat_4-4.mid", ()),
    ],
)
def test_styles_of_a_path(path: str, styles: tuple[str, ...]) -> None:
    assert stated_styles(path) == styles


def test_a_manifest_that_is_none_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_text('{"file": "a.mid", "path": "rock/1.mid"}\n{"file": "b.mid"}\n')
    with pytest.raises(InputError, match="line 2: a JSON object with `file` and `path`"):
        read_manifest(path)
    path.write_text('{"file": "a.mid", "path": "rock/1.mid"}\n')
    assert read_manifest(path) == {"a.mid": "rock/1.mid"}
