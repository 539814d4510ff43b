"""M3 and M4: does a matcher recognise the context that a row's parts were written for, and only there?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from midi_subtract.evaluation import controls
from midi_subtract.evaluation.matching import ContextMatch
from midi_subtract.notes import Notes, repeated
from subtract_core.evaluation.measures import Entry, entry
from subtract_core.evaluation.panel import generator_of

_CANDIDATES = 1_000_003  # keeps the draw of candidates apart from that of another song, which starts from the seed too


def context_figures(match: ContextMatch, parts: Sequence[Sequence[Notes]]) -> dict[str, Entry]:
    """ "M3 match" and "M4 sensitivity" of one row's parts[case][seed], for the cases of `match`.

    M3 is the share of parts whose own context the matcher picks. M4 is that minus the same share for what the row wrote
    for another song, so 0 where a row's parts do not depend on what they are written for. All rows are given the same
    candidates and the same other songs.
    """
    own, shuffled = (
        [
            [_found(match, parts, index, seed, elsewhere) for seed in range(len(seeds))]
            for index, seeds in enumerate(parts)
        ]
        for elsewhere in (False, True)
    )
    found = [float(np.mean(case)) for case in own]
    lost = [float(np.mean(case)) for case in shuffled]
    differences = [a - b for a, b in zip(found, lost, strict=True)]
    return {"M3 match": entry(found), "M4 sensitivity": entry(differences)}


def _found(match: ContextMatch, parts: Sequence[Sequence[Notes]], index: int, seed: int, elsewhere: bool) -> float:
    """Whether the context of case `index` is picked for the row's part, or for its part for another song."""
    case, part = match.cases[index], parts[index][seed]
    if elsewhere:
        other = controls.other_song(case, match.cases, generator_of(case.song_name, seed))
        place = next(i for i, known in enumerate(match.cases) if known is other)
        part = repeated(parts[place][seed], int(other.bar_starts[-1]), int(case.bar_starts[-1]))
    return match.found(part, case, generator_of(case.song_name, seed + _CANDIDATES))
