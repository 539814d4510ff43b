"""The genre of a song, as its source states it: in the folders it lies in, or in a Groove performance's name.

Titles state nothing: "Rock Around the Clock" is no rock. What other names a genre goes by is listed in `_NAMES`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath

from subtract_core.errors import InputError
from subtract_core.facts import CHOICE
from subtract_core.stems import Stem

_STYLES = CHOICE["style"].options[Stem.DRUMS]
_NAMES: dict[str, str] = {
    "hiphop": "hip hop", "rap": "hip hop", "bossa": "bossa nova", "neworleans": "new orleans", "secondline":
    "new orleans", "rnb": "soul", "motown": "soul", "purdieshuffle": "funk", "brazilian": "latin", "afrocuban": "latin",
    "sambareggae": "samba", "highlife": "afrobeat", "breakbeat": "dance", "edm": "dance", "house": "dance",
    "techno": "dance", "indie": "rock", "hardrock": "rock", "electronic": "dance",
} | {style.replace(" ", ""): style for style in _STYLES}  # fmt: skip
_FILLERS = {"and", "music", "midi", "songs", "n", "b"}
# Groove names its performances number_style_tempo_beat-or-fill_meter.
_GROOVE = re.compile(r"\d+_([a-z0-9-]+)_\d+_(?:beat|fill)_\d+-\d+")


def stated_styles(path: str) -> tuple[str, ...]:
    """Styles of the vocabulary that a file's path states, without repetition.

    A folder counts where every word of its name is a genre's (`rock`, `hip_hop`, `rnb_soul`).
    """
    file = PurePosixPath(path.replace("\\", "/"))
    groove = _GROOVE.fullmatch(file.stem.lower())
    found = [style for folder in file.parts[:-1] for style in _of_words(folder.lower(), whole=True)]
    if groove:
        found += _of_words(groove[1], whole=False)
    return tuple(dict.fromkeys(found))


def _of_words(name: str, whole: bool) -> list[str]:
    """Styles among the words of a name; with `whole` only where all its words are such."""
    words = [w for w in re.split(r"[^a-z]+", name.replace("hip_hop", "hiphop").replace("hip-hop", "hiphop")) if w]
    styles = [_NAMES[w] for w in words if w in _NAMES]
    return [] if whole and len(styles) < sum(w not in _FILLERS for w in words) else styles


def read_manifest(path: Path) -> dict[str, str]:
    """File -> its path where it came from. Raises `InputError` naming the line that is not such a row."""
    paths: dict[str, str] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            paths[str(row["file"])] = str(row["path"])
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{path}: line {number}: a JSON object with `file` and `path` is needed") from None
    return paths
