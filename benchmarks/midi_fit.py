"""How well parts fit their songs: controls and a model on held-out windows, one markdown table an instrument.

    python benchmarks/midi_fit.py shared/data/midi/val.tar.xz --manifest shared/data/midi/manifest.jsonl \\
        --source rpbot_ultimate --rows GT,RAND,RANDkey,RULE,MMA,MMA-tuned,COPY1 --json fit.json

To choose settings of the sampler without looking at the cases that are reported on:

    python benchmarks/midi_fit.py ... --rows GT,model --cases 30 --seeds 1 --case-seed 1 --apart-from 0 \\
        --sampler scheduler=dpm,context_scale=2

Every figure is a mean over seeds, then over cases; the JSON adds a 95% bootstrap interval over songs.
"""

from __future__ import annotations

import importlib
import json
import sys
import tarfile
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer
import yaml

from midi_subtract import controls, metrics
from midi_subtract.cases import BARS, Case, cut_cases
from midi_subtract.notes import Notes
from midi_subtract.reader import read_song
from midi_subtract.song import Song
from subtract_core import measures
from subtract_core.config import from_dict
from subtract_core.errors import InputError
from subtract_core.stems import Stem

FloatArray = npt.NDArray[np.float64]
Writer = Callable[[Case, int], Notes | None]

ROWS = ("GT", "RAND", "RANDkey", "RULE", "MMA", "MMA-tuned", "COPY1", "model", "model-shuffled")
SEEDED = {"RAND", "RANDkey", "MMA", "MMA-tuned", "model", "model-shuffled"}
MODEL_ROWS = {"model", "model-shuffled"}
PITCHED_FIGURES = ("in-harmony", "agreement", "onset F1", "note F1", "notes per bar", "no-op rate")
DRUM_FIGURES = ("kick", "snare", "hat", "all F1", "onset F1", "notes per bar", "no-op rate")
GAPS = {"in-harmony": "M1 gap", "kick-bass lock": "M2 gap"}
BOOTSTRAPS = 1000
CASES = 60
"""Cases an instrument of a full table."""


# --- the model: the only place that knows how a part is asked for ---------------------------------------------------


def load_inserter(model: Path | None, settings: str = "") -> Any:
    """The trained inserter; imported here, so that the controls can be measured without torch or weights.

    settings: fields of the sampler's config that differ from the model's own, as `name=value,name=value`.
    Raises `ConfigError` for a field or a value that the sampler does not know.
    """
    inserter_class = importlib.import_module("midi_subtract.inserter").MidiInserter
    inserter = inserter_class.from_pretrained(model) if model else inserter_class.from_pretrained()
    sampler = inserter.pipeline.sampler
    changed = yaml.safe_load("{" + settings.replace("=", ": ") + "}")
    inserter.pipeline.sampler = from_dict(type(sampler), asdict(sampler) | changed, "--sampler")
    return inserter


def model_part(inserter: Any, song: Song, stem: Stem, seed: int) -> Notes:
    """ADAPTER. The part that the model writes for a song without that stem, in the song's own steps."""
    part: Notes = inserter.write(song, stem, seed=seed)
    return part


# --- rows -----------------------------------------------------------------------------------------------------------


def writers(cases: list[Case], inserter: Any) -> dict[str, Writer]:
    """For every row, who writes the part for (case, seed)."""

    def generate(case: Case, context_case: Case, seed: int) -> Notes:
        """The model's part for the context of `context_case`, cut to the length of `case`."""
        part = model_part(inserter, context_case.song, case.stem, seed)
        return part.between(0, int(case.bar_starts[-1]))

    return {
        "GT": lambda case, _: case.truth,
        "RAND": lambda case, seed: controls.rand(case, cases, draw_of(case, seed)),
        "RANDkey": lambda case, seed: controls.rand_key(case, cases, draw_of(case, seed)),
        "RULE": lambda case, _: controls.rule(case),
        "MMA": lambda case, seed: controls.mma(case, seed, controls.DEFAULT_GROOVE),
        "MMA-tuned": lambda case, seed: controls.mma(case, seed, controls.TUNED_GROOVES[case.stem]),
        "COPY1": lambda case, _: controls.copy1(case),
        "model": lambda case, seed: generate(case, case, seed),
        "model-shuffled": lambda case, seed: generate(
            case, controls.other_song(case, cases, draw_of(case, seed)), seed
        ),
    }


def draw_of(case: Case, seed: int) -> np.random.Generator:
    """Random numbers that depend on the seed and the song alone, so that rows share their draw of another song."""
    return np.random.default_rng([seed, zlib.crc32(case.song_name.encode())])


def score(part: Notes, case: Case) -> dict[str, float]:
    """Every figure of one part for one case; what cannot be measured there is NaN."""
    if case.stem is Stem.DRUMS:
        drums = metrics.drum_f1(part, case.truth)
        figures = {"kick": drums["kick"], "snare": drums["snare"], "hat": drums["hat"], "all F1": drums["all"]}
    else:
        figures = {
            "in-harmony": metrics.in_harmony(part, case.pitched_context, case.n_beats),
            "agreement": metrics.agreement(part, case.truth, case.n_beats),
            "note F1": metrics.note_f1(part, case.truth),
        }
    return figures | {
        "onset F1": metrics.onset_f1(part, case.truth),
        "notes per bar": metrics.notes_per_bar(part, case.n_bars),
        "no-op rate": metrics.no_op(part, case.truth, case.bar_starts),
        "kick-bass lock": lock(part, case),
        "structure": measures.self_similarity_correlation(
            metrics.self_similarity({case.stem: part}, case.bar_starts),
            metrics.self_similarity(case.context, case.bar_starts),
        ),
    }


def lock(part: Notes, case: Case) -> float:
    """Kick-bass lock of the part with the context's other half of the pair; NaN where that does not play."""
    if case.stem is Stem.BASS and Stem.DRUMS in case.context:
        return metrics.kick_bass_lock(part, case.context[Stem.DRUMS])
    if case.stem is Stem.DRUMS and Stem.BASS in case.context:
        return metrics.kick_bass_lock(case.context[Stem.BASS], part)
    return float("nan")


def measure(writer: Writer, cases: list[Case], seeds: range) -> dict[str, FloatArray] | None:
    """Figure -> one value a case, mean over seeds; None where the writer is not available."""
    per_case = []
    for case in cases:
        parts = [writer(case, seed) for seed in seeds]
        scores = [score(part, case) for part in parts if part is not None]
        if not scores:
            return None
        per_case.append({figure: mean([s[figure] for s in scores]) for figure in scores[0]})
    return {figure: np.array([row[figure] for row in per_case]) for figure in per_case[0]}


# --- statistics -----------------------------------------------------------------------------------------------------


def mean(values: list[float] | FloatArray) -> float:
    """Mean of what could be measured; NaN where nothing could."""
    array = np.asarray(values, dtype=np.float64)
    array = array[np.isfinite(array)]
    return float(array.mean()) if len(array) else float("nan")


def interval(values: FloatArray, rng: np.random.Generator) -> list[float]:
    """95% percentile bootstrap interval of the mean over songs."""
    values = values[np.isfinite(values)]
    if not len(values):
        return [float("nan")] * 2
    means = values[rng.integers(len(values), size=(BOOTSTRAPS, len(values)))].mean(axis=1)
    return [float(q) for q in np.quantile(means, (0.025, 0.975))]


def summary(rows: dict[str, dict[str, FloatArray]]) -> dict[str, dict[str, Any]]:
    """Row -> figure -> {mean, interval}, and the gaps to GT's distribution on RAND's scale."""
    rng = np.random.default_rng(0)
    result: dict[str, dict[str, Any]] = {}
    for row, figures in rows.items():
        result[row] = {name: {"mean": mean(v), "interval": interval(v, rng)} for name, v in figures.items()}
        for figure, title in GAPS.items():
            if figure in figures and {"GT", "RAND"} <= rows.keys():
                gap = measures.gap(figures[figure], rows["GT"][figure], rows["RAND"][figure])
                result[row][title] = {"mean": gap}
    return result


def markdown(stem: Stem, n_cases: int, rows: dict[str, dict[str, Any]]) -> str:
    """One table: a line a row, figures to three digits."""
    figures = [*(DRUM_FIGURES if stem is Stem.DRUMS else PITCHED_FIGURES), *GAPS.values(), "structure"]
    figures = [f for f in figures if any(np.isfinite(r.get(f, {"mean": np.nan})["mean"]) for r in rows.values())]
    lines = [f"| {stem.value}, {n_cases} cases | {' | '.join(figures)} |", "|---" * (len(figures) + 1) + "|"]
    for row, values in rows.items():
        means = [values.get(f, {"mean": np.nan})["mean"] for f in figures]
        cells = [f"{value:.3f}" if np.isfinite(value) else "-" for value in means]
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


# --- songs ----------------------------------------------------------------------------------------------------------


def midi_files(source: Path) -> Iterator[tuple[str, bytes]]:
    """(folder/file, bytes) of every MIDI file in a folder or a tar archive."""
    if source.is_dir():
        for path in sorted(p for p in source.rglob("*") if p.suffix.lower() in (".mid", ".midi")):
            yield path.relative_to(source.parent).as_posix(), path.read_bytes()
        return
    with tarfile.open(source) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.name.lower().endswith((".mid", ".midi")) else None
            if content is not None:
                yield member.name, content.read()


def files_of(manifest: Path, source: str) -> set[str]:
    """The files (folder/file) that a manifest of JSON lines attributes to a source."""
    with manifest.open(encoding="utf-8") as lines:
        entries = (json.loads(line) for line in lines)
        return {str(entry["file"]) for entry in entries if entry["source"] == source}


def load_songs(source: Path, match: str, wanted: set[str] | None) -> list[Song]:
    """The songs that match; a file that cannot be read is named on stderr and left out."""
    songs = []
    for name, data in midi_files(source):
        known = wanted is None or "/".join(Path(name).parts[-2:]) in wanted
        if known and fnmatch(name, match):
            try:
                songs.append(read_song(data, name))
            except InputError as error:
                print(f"left out: {error}", file=sys.stderr)
    return songs


# --- the script -----------------------------------------------------------------------------------------------------


def others(songs: list[Song], stem: Stem, case_seed: int | None, bars: int) -> list[Song]:
    """The songs that are not among the cases of a full table with this seed; all of them without one."""
    if case_seed is None:
        return songs
    used = {case.song_name for case in cut_cases(songs, stem, CASES, case_seed, bars)}
    return [song for song in songs if song.name not in used]


def benchmark(cases: list[Case], rows: list[str], seeds: int, inserter: Any) -> dict[str, dict[str, Any]]:
    """Measure the rows on the cases of one instrument; a row that is not available is named on stderr and left out."""
    measured = {}
    for row in rows:
        start = time.perf_counter()
        figures = measure(writers(cases, inserter)[row], cases, range(seeds if row in SEEDED else 1))
        if figures is None:
            print(f"{row}: left out, for it is not installed", file=sys.stderr)
            continue
        measured[row] = figures
        print(f"{cases[0].stem.value} {row}: {time.perf_counter() - start:.1f} s", file=sys.stderr)
    return summary(measured)


def main(
    songs: Annotated[Path, typer.Argument(help="Folder or tar archive of MIDI files.", exists=True)],
    instruments: Annotated[str, typer.Option(help="Stems, separated by commas.")] = "bass,drums,guitar",
    cases: Annotated[int, typer.Option(help="Cases an instrument, one a song.")] = CASES,
    seeds: Annotated[int, typer.Option(help="Seeds of every row that draws.", min=1)] = 3,
    case_seed: Annotated[int, typer.Option(help="Seed of the choice of songs and windows.")] = 0,
    bars: Annotated[int, typer.Option(help="Bars a case.", min=2)] = BARS,
    rows: Annotated[str, typer.Option(help="Rows, separated by commas.")] = ",".join(ROWS),
    model: Annotated[Path | None, typer.Option(help="Model directory; the shipped weights without it.")] = None,
    match: Annotated[str, typer.Option(help="Only files whose folder/name matches this pattern.")] = "*",
    manifest: Annotated[Path | None, typer.Option(help="manifest.jsonl, needed by --source.", exists=True)] = None,
    source: Annotated[str | None, typer.Option(help="Only files of this source in the manifest.")] = None,
    apart_from: Annotated[int | None, typer.Option(help="No songs of the cases with this --case-seed.")] = None,
    sampler: Annotated[str, typer.Option(help="Settings that differ from the model's, as name=value,...")] = "",
    json_out: Annotated[Path | None, typer.Option("--json", help="Write figures with intervals here.")] = None,
) -> None:
    """Print one markdown table an instrument."""
    wanted_rows = [row.strip() for row in rows.split(",")]
    unknown = [row for row in wanted_rows if row not in ROWS]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: choose from {', '.join(ROWS)}", param_hint="--rows")
    if (source is None) != (manifest is None):
        raise typer.BadParameter("--source and --manifest go together", param_hint="--source")
    try:
        stems = [Stem.parse(name.strip(), "--instruments") for name in instruments.split(",")]
    except InputError as error:
        raise typer.BadParameter(str(error)) from None
    wanted = files_of(manifest, source) if manifest and source else None
    loaded = load_songs(songs, match, wanted)
    inserter = load_inserter(model, sampler) if MODEL_ROWS & set(wanted_rows) else None
    report: dict[str, Any] = {"songs": len(loaded), "seeds": seeds, "case_seed": case_seed, "bars": bars}
    for stem in stems:
        chosen = cut_cases(others(loaded, stem, apart_from, bars), stem, cases, case_seed, bars)
        if len(chosen) < 2:
            raise typer.BadParameter(f"{len(loaded)} songs hold {len(chosen)} {stem.value} cases; 2 are needed")
        result = benchmark(chosen, wanted_rows, seeds, inserter)
        common = sum(case.is_common_time for case in chosen)
        report[stem.value] = {"cases": len(chosen), "common_time": common, "rows": result}
        print(markdown(stem, len(chosen), result))
    if json_out:
        # NaN is not JSON; a figure that could not be measured is null
        json_out.write_text(json.dumps(finite(report), indent=1) + "\n", encoding="utf-8")


def finite(value: Any) -> Any:
    """The same nested value with every NaN replaced by None."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


if __name__ == "__main__":
    typer.run(main)
