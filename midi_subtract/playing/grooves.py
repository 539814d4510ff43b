"""What drummers play in a style: grooves by rule, for parts that were to be in a style and are not.

They stand in `grooves.yaml`. Styles that the model plays of itself, or for which no groove stands, have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
import yaml

from midi_subtract.listening.divisions import HALVES, SWUNG, Division, shuffled
from midi_subtract.listening.drum_figures import KICK, SNARE, TIME, DrumBar, fill_bars, of_classes, played_drum_bars
from midi_subtract.listening.figures import bar_index
from midi_subtract.listening.style_classifier import bundled_styles
from midi_subtract.metrics import BoolArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.playing.drum_bars import bar_notes
from midi_subtract.programs import DRUM_KEY
from subtract_core.errors import ConfigError
from subtract_core.facts import CHOICE
from subtract_core.stems import Stem

LIKELY = 0.5
"""Probability by the style classifier from which on a part is in a style."""
ALIKE = 0.7
"""Likeness to its groove from which on a part is in a style that the style classifier does not know."""
FULLER = 1.5
"""How many times the strokes of its groove a part in a style may have."""
_PHRASE = 4
"""Bars from the first one played on with which phrases begin."""
_LIMBS: tuple[tuple[str, ...], ...] = (KICK, SNARE, TIME)
_STROKE = STEPS_PER_BEAT // 4  # drums are notes of a sixteenth

Stroke = tuple[int, str, int]
"""(step of its bar, class of drum, how hard from 1 to 9)."""


@dataclass(frozen=True)
class Groove:
    """One or more bars that are played over and over. length: of each, in steps."""

    length: int
    bars: tuple[tuple[Stroke, ...], ...]

    def fits(self, length: int) -> bool:
        """Whether bars so long can have it."""
        return length in (self.length, self.length / 2)

    @property
    def strokes(self) -> float:
        """A bar."""
        return sum(map(len, self.bars)) / len(self.bars)

    @property
    def hardness(self) -> float:
        """Of all strokes, on average."""
        strokes = [hard for bar in self.bars for _, _, hard in bar]
        return sum(strokes) / len(strokes)


@lru_cache(maxsize=1)
def grooves() -> Mapping[str, Groove]:
    """Style -> its groove, for every style that has one."""
    text = (resources.files("midi_subtract.playing") / "grooves.yaml").read_text(encoding="utf-8")
    return parse_grooves(yaml.safe_load(text), "grooves.yaml")


def parse_grooves(raw: Mapping[str, Mapping[str, str]], name: str) -> dict[str, Groove]:
    """Grooves as they stand in a file called `name`; raises `ConfigError` naming style and drum of what is wrong."""
    found = {}
    for style, drums in raw.items():
        if style not in CHOICE["style"].options[Stem.DRUMS]:
            raise ConfigError(f"{name}: {style!r} is not in the vocabulary of styles")
        for drum in drums:
            if drum not in DRUM_KEY:
                raise ConfigError(f"{name}: {style}: {drum!r} is no drum; choose from {', '.join(DRUM_KEY)}")
        length = (3 if style == "waltz" else 4) * STEPS_PER_BEAT
        parts = {drum: _bars(text, length, f"{name}: {style}: {drum}") for drum, text in drums.items()}
        if len({len(bars) for bars in parts.values()}) != 1:
            raise ConfigError(f"{name}: {style}: its drums differ in their number of bars")
        found[style] = Groove(length, tuple(_together(parts, bar) for bar in zip(*parts.values(), strict=True)))
    return found


def _together(drums: Iterable[str], bar: Iterable[list[tuple[int, int]]]) -> tuple[Stroke, ...]:
    return tuple(sorted((at, drum, hard) for drum, strokes in zip(drums, bar, strict=True) for at, hard in strokes))


def _bars(text: str, length: int, where: str) -> list[list[tuple[int, int]]]:
    """(step, how hard) of the strokes of each bar."""
    bars = []
    for bar in text.replace(" ", "").split("|"):
        if not bar or length % len(bar) or not set(bar) <= set(".123456789"):
            raise ConfigError(f"{where}: {bar!r} is no bar; {length} places split evenly, digits from 1 and dots are")
        apart = length // len(bar)
        bars.append([(place * apart, int(mark)) for place, mark in enumerate(bar) if mark != "."])
    return bars


def is_heard(style: str) -> bool:
    """Whether it can be told if drums are in a style."""
    return style in bundled_styles().config.styles or style in grooves()


def styles_heard(notes: Notes, styles: Iterable[str], bar_starts: IntArray) -> dict[str, float]:
    """How surely drums are in each of `styles`, 1 where they are: the style classifier's probability, or where it does
    not know the style the likeness to its groove, each as a share of what is enough; less where they have far more
    strokes than the groove, see `FULLER`: then a model that is pulled hard struck all that the style may have.
    Styles that cannot be told are left out: of which nothing is known, or whose groove no bar played has room for."""
    classifier = bundled_styles()
    wanted = [style for style in styles if is_heard(style)]
    likely = classifier.probabilities(notes, bar_starts) if set(wanted) & set(classifier.config.styles) else {}
    strokes = len(notes) / max(len(played_drum_bars(notes, bar_starts)), 1)
    heard = {}
    for style in wanted:
        groove = grooves().get(style)
        known = style in classifier.config.styles
        sure = likely.get(style, 0.0) if known else likeness(notes, grooves()[style], bar_starts)
        if sure is None:
            continue
        heard[style] = sure / (LIKELY if known else ALIKE)
        if groove is not None and strokes > FULLER * groove.strokes:
            heard[style] = min(heard[style], 1.0) * FULLER * groove.strokes / strokes
    return heard


def likeness(notes: Notes, groove: Groove, bar_starts: IntArray) -> float | None:
    """F1 of the strokes of kick, of snare and of what keeps the time, against the groove's, a step early or late; mean
    over those of the three that the groove has, and over the bars played that are as long as its or half as long; as
    it is written or shuffled, whichever is nearer, and from whichever of its bars on. None without such bars."""
    scores = []
    for index, bar in played_drum_bars(notes, bar_starts):
        if not groove.fits(bar.length):
            continue
        own, begin = bar_notes(notes, index, bar_starts), int(bar_starts[index])
        patterns = [
            _bar(groove, begin + groove.length * first, bar.length, division, hardness=64.0)
            for division in (HALVES, SWUNG)
            for first in range(len(groove.bars))
        ]
        scores.append([_alike(own, pattern) for pattern in patterns])
    return float(np.mean(scores, axis=0).max()) if scores else None


def _alike(bar: Notes, pattern: Notes) -> float:
    limbs = [(bar.select(of_classes(bar, names)), pattern.select(of_classes(pattern, names))) for names in _LIMBS]
    return float(np.mean([_f1(mine, its) for mine, its in limbs if len(its)] or [1.0]))


def _f1(notes: Notes, others: Notes) -> float:
    if not len(notes) or not len(others):
        return 0.0
    apart = np.abs(notes.onset.astype(np.int64)[:, None] - others.onset.astype(np.int64)[None])
    hits = (apart <= 1).any(axis=1).mean(), (apart <= 1).any(axis=0).mean()
    return float(2 * hits[0] * hits[1] / max(sum(hits), 1e-9))


def in_style(
    notes: Notes, style: str, bar_starts: IntArray, feel: Sequence[Division] | None = None, plain: bool = False
) -> Notes:
    """The part with the groove of a style in every bar played that is as long as the groove's, or half as long: such
    bars (of 6/8, 2/4) have the halves of its bars by turns. Fills that end phrases stay, and crashes with which phrases
    begin, unless it is to be `plain`.

    feel: how the beats of each bar divide, by which the groove goes; without it as it is written. Bars are as loud as
    they were. A style without a groove leaves all as it is.
    """
    groove = grooves().get(style)
    bars = played_drum_bars(notes, bar_starts)
    filled = set() if plain else _ends_with_fills(bars)
    new = [i for i, bar in bars if groove is not None and groove.fits(bar.length) and i not in filled]
    if groove is None or not new:
        return notes
    place = np.array(bar_index(notes.onset.tolist(), bar_starts))
    begins = [index for index in new if index - 1 in filled or not (index - bars[0][0]) % _PHRASE]
    crashes = notes.select(np.isin(place, begins) & of_classes(notes, () if plain else ("crash",)))
    parts = [notes.select(~np.isin(place, new)), crashes]
    for index in new:
        loud = float(notes.velocity[place == index].mean())
        length = int(bar_starts[index + 1] - bar_starts[index])
        start = int(bar_starts[index])
        bar = _bar(groove, start, length, feel[index] if feel else HALVES, loud).shifted(start)
        parts.append(bar.select(~(_time(bar) & np.isin(bar.onset, crashes.onset))))
    return Notes.merge(parts)


def _ends_with_fills(bars: Sequence[tuple[int, DrumBar]]) -> set[int]:
    """The bars played that end in fills, but for those with which phrases begin: what is busy there is no fill."""
    ends = {bars[place][0] for place in fill_bars([bar for _, bar in bars])}
    return {index for index in ends if (index - bars[0][0]) % _PHRASE}


def _time(notes: Notes) -> BoolArray:
    return of_classes(notes, (*TIME, "crash"))


def _bar(groove: Groove, start: int, length: int, division: Division, hardness: float) -> Notes:
    """The groove's bar, or half of it, for the bar that begins at the step `start` of a song, from step 0: counted by
    steps, a new section of the song goes on with the next bar of the groove. hardness: mean velocity of the
    groove's strokes."""
    bar, part = divmod(start // length, groove.length // length)
    strokes: Sequence[Stroke] = groove.bars[bar % len(groove.bars)]
    unit = hardness / groove.hardness
    rows = (
        (shuffled(at, division), DRUM_KEY[drum], _STROKE, int(np.clip(np.rint(hard * unit), 1, 127)))
        for at, drum, hard in strokes
    )
    return Notes.of(rows).between(part * length, (part + 1) * length)
