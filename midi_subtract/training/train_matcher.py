"""Training the matcher: tell each part's own context from others, most of them the same one moved against the part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from midi_subtract.evaluation.cases import Case, cut_cases
from midi_subtract.evaluation.matching import match_rate, songs_needed
from midi_subtract.model.match_input import FRAME_STEPS, Bars, Planes, context_planes, part_planes
from midi_subtract.model.matcher import Heard, Matcher, MatcherConfig
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.song import Song
from midi_subtract.training.excerpts import Window
from midi_subtract.training.store import iterate_songs, load_songs, sources
from subtract_core.config import check_least, check_shares, check_weights
from subtract_core.errors import InputError
from subtract_core.stems import STEMS, Stem
from subtract_core.training.trainer import Loss, Trainer, TrainerConfig

_BAR = 4 * STEPS_PER_BEAT
_BAR_FRAMES = _BAR // FRAME_STEPS
_MOST_DRAWS = 100  # for each window of a batch


@dataclass(frozen=True)
class MatcherTraining:
    """What `configs/midi/matcher.yaml` holds; `kind` says which training a YAML file is for.

    data, validation: training sets made by `msub prepare midi`.
    sources: only songs of these of the former; all, where none is named or the set has none of those named.
    songs: how many of them, drawn at random. model: sizes. trainer: how it is trained.
    targets: weight of every stem whose parts are matched; a step is about one of them, and of no others the matcher
      is asked later. batch: parts a step.
    bars: compared at a time; slack: bars around them, by which part and context are moved against each other.
    moved: contexts moved in time that a part is told from; turned: moved by semitones (for drums in time instead);
      others: other songs' contexts, half of them with the part in the key that fits.
    drop_stem: how likely each part of a context is left out, in half of the contexts; one always stays.
    validation_cases: an instrument.
    """

    data: str
    validation: str
    songs: int = 4000
    sources: list[str] = field(default_factory=list)
    model: MatcherConfig = field(default_factory=MatcherConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    targets: dict[str, float] = field(default_factory=lambda: {"drums": 1.0, "bass": 1.0, "guitar": 1.0})
    batch: int = 16
    bars: int = 16
    slack: int = 8
    moved: int = 3
    turned: int = 2
    others: int = 4
    drop_stem: float = 0.3
    validation_cases: int = 20
    kind: str = "midi-matcher"

    def __post_init__(self) -> None:
        if self.batch <= self.others:
            raise ValueError(f"batch is {self.batch}; more than others ({self.others}) is needed")
        check_least(self, songs=1, bars=1, slack=1, moved=0, turned=0, others=1, validation_cases=1)
        check_shares(self, "drop_stem")
        check_weights("targets", self.targets)
        self.trainer.check_plain()


def train_matcher(
    config: MatcherTraining,
    out: Path,
    device: torch.device,
    max_minutes: float | None,
    say: Callable[[str], None] = print,
) -> Matcher:
    """Train a matcher and write it to `out/matcher`; the training state lives in `out/matcher-training`."""
    named = {Stem.parse(name, "targets"): weight for name, weight in config.targets.items()}
    weights = {stem: named[stem] for stem in STEMS if named.get(stem)}
    songs, held_out = _songs(config, say), load_songs(config.validation)
    cases = {stem: cut_cases(held_out, stem, config.validation_cases, seed=1) for stem in weights}
    say(f"{len(songs):,} songs to train on, {sum(map(len, cases.values()))} cases to validate on")
    _check_held_out(cases, config.validation)
    torch.manual_seed(config.trainer.seed)
    matcher = Matcher(replace(config.model, stems=tuple(stem.value for stem in weights))).to(device)
    say(f"{sum(p.numel() for p in matcher.parameters()):,} parameters")
    windows = MatchWindows(songs, config)
    stems, shares = list(weights), np.array(list(weights.values())) / sum(weights.values())

    def loss(module: nn.Module, rng: np.random.Generator) -> Loss:
        assert isinstance(module, Matcher)
        stem = stems[rng.choice(len(stems), p=shares)]
        total, right = contrast(module, *windows.batch(stem, rng), stem, config, rng)
        return total, {"right": right}

    def validate(module: nn.Module) -> dict[str, float]:
        assert isinstance(module, Matcher)
        return match_rate(module, cases)

    trainer = Trainer(matcher, loss, validate, config.trainer, out / "matcher-training", device, say)
    trainer.run(max_minutes)
    with trainer.averaged():
        matcher.save_pretrained(out / "matcher")
    return Matcher.from_pretrained(out / "matcher")


def _songs(config: MatcherTraining, say: Callable[[str], None]) -> list[Song]:
    """The songs to train on, drawn evenly from those of `sources`, a shard in memory at a time."""
    found = sources(config.data)
    if not found:
        raise InputError(f"data: {config.data} holds no songs; {config.data}/skipped.jsonl says why")
    wanted = set(config.sources) & set(found)
    unknown = [name for name in config.sources if name not in wanted]
    if unknown:  # no error: the shipped config names sources that other people's songs are not of
        known, used = ", ".join(sorted(set(found))), "" if wanted else ", and all are used"
        say(f"sources: no song is of {', '.join(unknown)}; the training set has songs of {known}{used}")
    able = [index for index, source in enumerate(found) if not wanted or source in wanted]
    drawn = set(np.random.default_rng(config.trainer.seed).permutation(able)[: config.songs].tolist())
    return [song for index, song in enumerate(iterate_songs(config.data)) if index in drawn]


def _check_held_out(cases: Mapping[Stem, Sequence[Case]], folder: str) -> None:
    """Raise `InputError` where too few songs are held out to tell a part's own context from those of others."""
    for stem, some in cases.items():
        count, needed = len({case.song_name for case in some}), songs_needed(stem)
        if count < needed:
            raise InputError(
                f"validation: {folder} has cases of {count} songs with {stem.value}; at least {needed} are needed"
            )


class MatchWindows:
    """Random windows of songs in 4/4: what a stem plays, and what the others play."""

    def __init__(self, songs: Sequence[Song], config: MatcherTraining) -> None:
        self.config = config
        self.n_beats = (config.bars + config.slack) * 4
        self.starts = {stem: [(s, at) for s in songs if len(at := self._starts(s, stem))] for stem in STEMS}

    def _starts(self, song: Song, stem: Stem) -> np.ndarray:
        """Bar lines from which a window of 4/4 runs; none where the song lacks the stem or another part."""
        if stem not in song.playing or len(song.playing) < 2:
            return np.empty(0, dtype=np.int64)
        lines = song.bar_starts(song.last_step)
        n = self.n_beats // 4
        uniform = np.concatenate([[0], np.cumsum(np.diff(lines) == _BAR)])
        found: np.ndarray = lines[:-n][uniform[n:] - uniform[:-n] == n] if len(lines) > n else lines[:0]
        return found

    def batch(self, stem: Stem, rng: np.random.Generator) -> tuple[Planes, Planes]:
        """Parts and their contexts, of different songs, as planes; raises `InputError` where there are too few."""
        pairs, drawn = list[tuple[Planes, Planes]](), set[int]()
        for _ in range(_MOST_DRAWS * self.config.batch if self.starts[stem] else 0):
            index = int(rng.integers(len(self.starts[stem])))
            if index not in drawn and (pair := self._pair(index, stem, rng)) is not None:
                pairs.append(pair)
                drawn.add(index)
            if len(pairs) == self.config.batch:
                break
        else:
            raise InputError(
                f"data: {len(self.starts[stem])} songs play {stem.value} beside others for {self.n_beats // 4} bars of "
                f"4/4, too few of them most of the time; a batch needs {self.config.batch}"
            )
        return Planes.stack([part for part, _ in pairs]), Planes.stack([context for _, context in pairs])

    def _pair(self, index: int, stem: Stem, rng: np.random.Generator) -> tuple[Planes, Planes] | None:
        """A window of a song; None where either side rests in more than half of it."""
        song, starts = self.starts[stem][index]
        window = Window(song, int(rng.choice(starts)), self.n_beats)
        parts = {s: notes for s in song.stems if len(notes := window.stem(s))}
        part = parts.pop(stem, Notes.empty())
        if min(_played(part, self.n_beats), max((_played(p, self.n_beats) for p in parts.values()), default=0)) < 0.5:
            return None
        frames = self.n_beats * STEPS_PER_BEAT // FRAME_STEPS
        return part_planes(part, stem, frames), context_planes(self._thinned(parts, rng), frames)

    def _thinned(self, parts: dict[Stem, Notes], rng: np.random.Generator) -> dict[Stem, Notes]:
        if rng.random() < 0.5:
            return parts
        kept = [s for s in parts if rng.random() >= self.config.drop_stem]
        kept = kept or [list(parts)[int(rng.integers(len(parts)))]]
        return {s: parts[s] for s in kept}


def _played(notes: Notes, n_beats: int) -> float:
    """Share of bars of four beats in which a note starts."""
    bars = np.unique(notes.onset[(notes.onset >= 0) & (notes.onset < n_beats * STEPS_PER_BEAT)] // _BAR)
    return 4 * len(bars) / n_beats


def contrast(
    matcher: Matcher, parts: Planes, contexts: Planes, stem: Stem, config: MatcherTraining, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """InfoNCE (van den Oord et al. 2018, arXiv 1807.03748) of each part's own context against others.

    parts, contexts: of different songs, over bars + slack bars of 4/4. Moving is done behind the encoders, which turn
    with their input, so a context is encoded once. Returns the loss, and the share of parts whose own context is best.
    """
    n = len(parts.rhythm)
    stems = torch.full((n,), stem.number, device=matcher.device)
    part, context = matcher.part(parts.to(matcher.device), stems), matcher.context(contexts.to(matcher.device), stems)
    frames = config.bars * _BAR_FRAMES
    bars = Bars.of(np.arange(config.bars + 1) * _BAR, frames).to(matcher.device)
    home = rng.integers(config.slack + 1, size=n) * _BAR_FRAMES
    around = _cropped(context, home, frames)
    near = _cropped(part, home, frames)
    scores = [matcher.compare(near, around, bars, stems)]
    turned = 0 if stem is Stem.DRUMS else config.turned
    for index in range(config.moved + config.turned - turned):
        places = _elsewhere(home, config.slack * _BAR_FRAMES, rng, whole_bars=index % 2 == 0)
        scores.append(matcher.compare(_cropped(part, places, frames), around, bars, stems))
    for _ in range(turned):
        scores.append(matcher.compare(_turned(near, _intervals(n, rng)), around, bars, stems))
    for index in range(config.others):
        partner = (np.arange(n) + 1 + int(rng.integers(n - 1))) % n
        other = Heard(*(x[partner] for x in around))
        fitted = near if index % 2 else _turned(near, _fitting(parts, contexts, partner))
        scores.append(matcher.compare(fitted, other, bars, stems))
    logits = torch.stack(scores, dim=1).float()
    target = torch.zeros(n, dtype=torch.int64, device=matcher.device)
    return F.cross_entropy(logits, target), (logits.argmax(dim=1) == 0).float().mean()


def _cropped(heard: Heard, starts: np.ndarray, frames: int) -> Heard:
    """A stretch of each of a batch, from frame `starts[i]` on."""
    return Heard(*(torch.stack([x[i, ..., s : s + frames] for i, s in enumerate(starts.tolist())]) for x in heard))


def _turned(heard: Heard, semitones: np.ndarray) -> Heard:
    """Each of a batch transposed."""
    pitch = torch.stack([x.roll(s, dims=0) for x, s in zip(heard.pitch, semitones.tolist(), strict=True)])
    return heard._replace(pitch=pitch)  # the likeness of bars is the same in all keys


def _elsewhere(home: np.ndarray, last: int, rng: np.random.Generator, whole_bars: bool) -> np.ndarray:
    """Frames where each of a batch starts instead of `home`: other bar lines, or up to a bar off, often an eighth."""
    if whole_bars:
        step = 1 + rng.integers(last // _BAR_FRAMES, size=len(home))
        moved: np.ndarray = (home // _BAR_FRAMES + step) % (last // _BAR_FRAMES + 1) * _BAR_FRAMES
        return moved
    lag = np.where(rng.random(len(home)) < 0.5, 1, 1 + rng.integers(_BAR_FRAMES - 1, size=len(home)))
    lag = lag * rng.choice([-1, 1], size=len(home))
    shifted: np.ndarray = np.where((home + lag >= 0) & (home + lag <= last), home + lag, home - lag)
    return shifted


def _intervals(n: int, rng: np.random.Generator) -> np.ndarray:
    """Semitones, half of them one up or down."""
    intervals: np.ndarray = np.where(rng.random(n) < 0.5, rng.choice([1, 11], size=n), 1 + rng.integers(11, size=n))
    return intervals


def _fitting(parts: Planes, contexts: Planes, partner: np.ndarray) -> np.ndarray:
    """Semitones that bring each part into the key of its partner's context, as RANDkey does."""
    ours = parts.pitch[:, -1].sum(dim=-1).numpy()
    theirs = contexts.pitch[:, 2::3].sum(dim=(1, -1)).numpy()[partner]
    ours, theirs = (x - x.mean(axis=1, keepdims=True) for x in (ours, theirs))
    fit = np.stack([(np.roll(ours, shift, axis=1) * theirs).sum(axis=1) for shift in range(12)])
    best: np.ndarray = fit.argmax(axis=0)
    return best
