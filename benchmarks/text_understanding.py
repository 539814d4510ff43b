"""How well sentences are understood: wordings and written sentences held out of training, and others by hand.

    python benchmarks/text_understanding.py
    python benchmarks/text_understanding.py --model runs/text/text --wrong
    python benchmarks/text_understanding.py --lost
    python benchmarks/text_understanding.py --reader openai:MODEL --count 100
    python benchmarks/text_understanding.py --wishes 60

No set is trained on: a fifth of the grammar's wordings, a fifth of the sentences that a language model wrote for this
project, and 200 sentences written apart from both, to which nothing that is trained on comes close. Each is read by the
reader alone, and as `msub insert` reads prompts: by rules first, which leave the rest to the reader.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Annotated

import numpy as np
import torch
import typer

from midi_subtract.evaluation.instruction_eval import CONTRASTS, SCALES_ASKED, styles_asked
from midi_subtract.programs import PERCUSSION
from midi_subtract.words.kit_words import told
from midi_subtract.words.percussion_words import without_pace
from midi_subtract.words.rule_reader import RuleReader
from subtract_core.facts import SCALE
from subtract_core.instructions.grammar import Grammar
from subtract_core.instructions.practice import practice
from subtract_core.instructions.worded import State
from subtract_core.stems import Stem
from subtract_core.understanding.encoder import TextEncoder, stated
from subtract_core.understanding.reader import OWN, Reader, load_reader
from subtract_core.understanding.states import wish_of
from subtract_core.understanding.train_text import (
    Sentence,
    heard_in,
    scores,
    targets,
    understood,
    written_held_out,
)
from subtract_core.wish import Wish

BY_HAND = Path(__file__).parent / "data" / "hand_written_instructions.jsonl"


def hand_written(path: Path = BY_HAND) -> list[Sentence]:
    """The sentences written by hand and the facts that they state."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Sentence(r["text"], Stem.parse(r["stem"]), tuple(State(**s) for s in r["states"])) for r in rows]


def asked_of(stem: Stem) -> list[State]:
    """The wishes that `msub evaluate instructions` asks for of a stem, one at a time."""
    wishes = [State(name, word) for name in SCALES_ASKED[stem] for word in SCALE[name].words]
    wishes += dict.fromkeys(state for pair in CONTRASTS[stem] for state in pair)
    return wishes + [State("style", style) for style in styles_asked(stem)]


@torch.no_grad()
def heard(encoder: TextEncoder, stem: Stem, wish: State, count: int, seed: int) -> tuple[float, float]:
    """Of `count` sentences that ask for one thing, in held-out wordings: the shares in which it is understood (a scale
    within a level), whatever else is, and in which nothing at all is."""
    grammar, rng = Grammar(held_out=True, typos=0.0), np.random.default_rng(seed)
    sentences = [Sentence(grammar.say(stem, [wish], rng).text, stem, (wish,)) for _ in range(count)]
    scales, options = stated(encoder([s.text for s in sentences], [stem] * count), [stem] * count)
    right = understood((scales, options), targets(sentences)).any(1)
    silent = ~torch.cat([scales > 0, options > 0], dim=1).any(1)
    return float(right.double().mean()), float(silent.double().mean())


def print_wishes(encoder: TextEncoder, count: int, seed: int) -> None:
    """A markdown table of `heard`, the worst wishes of each stem first."""
    print("| stem | wish | understood | nothing heard |\n|---|---|---|---|")
    for stem in CONTRASTS:
        rows = [(*heard(encoder, stem, wish, count, seed), wish) for wish in asked_of(stem)]
        for right, nothing, wish in sorted(rows, key=lambda row: row[:2]):
            name = f"{'no ' if wish.negated else ''}{wish.fact}: {wish.word}"
            print(f"| {stem.value} | {name} | {right:.2f} | {nothing:.2f} |")
        print(f"| {stem.value} | all | {mean(row[0] for row in rows):.3f} | {mean(row[1] for row in rows):.3f} |")


def main(
    model: Annotated[Path | None, typer.Option(help="Folder of a text encoder; the shipped one without it.")] = None,
    count: Annotated[int, typer.Option(help="Sentences of the grammar.")] = 2000,
    seed: Annotated[int, typer.Option(help="Of the grammar's sentences.")] = 1,
    wishes: Annotated[
        int, typer.Option(min=0, help="So many sentences for each wish of M9 instead, a row a wish.")
    ] = 0,
    wrong: Annotated[bool, typer.Option("--wrong", help="Print hand-written sentences not wholly understood.")] = False,
    lost: Annotated[
        bool, typer.Option("--lost", help="Print sentences that rules get wrong and the reader not.")
    ] = False,
    reader: Annotated[
        str,
        typer.Option(help="openai:MODEL asks a language model; about --count of the held-out sentences."),
    ] = OWN,
) -> None:
    """Print a markdown table of F1, of sentences wholly understood, and of empty ones understood as empty."""
    encoder = TextEncoder.from_pretrained(model) if model else TextEncoder.from_pretrained()
    torch.set_num_threads(1)
    if wishes:
        print_wishes(encoder, wishes, seed)
        return
    reads, held_out = load_reader(reader) or encoder, written_held_out()
    if reader != OWN:
        held_out = held_out[:: -(-len(held_out) // count)]
    sets = {
        f"{count:,} sentences in held-out wordings": [
            Sentence(worded.text, stem, worded.states) for stem, worded in practice(count, seed, held_out=True)
        ],
        f"{len(held_out):,} written sentences held out": held_out,
        f"{len(hand_written())} sentences by hand": hand_written(),
    }
    ruled = RuleReader(reads)
    print("| sentences | read by | F1 | wholly right | nothing said, nothing heard |\n|---|---|---|---|---|")
    for name, sentences in sets.items():
        for who, by in (("the reader alone", reads), ("rules and it", ruled)):
            figures = read_by(by, sentences)
            print(f"| {name} | {who} | {figures['f1']:.3f} | {figures['exact']:.3f} | {figures['silent']:.3f} |")
    if wrong:
        _print_wrong([s for s in hand_written() if not _is_right(ruled, s)], ruled)
    if lost:
        every = [sentence for sentences in sets.values() for sentence in sentences]
        _print_wrong([s for s in every if not _is_right(ruled, s) and _is_right(reads, s)], ruled)


def read_by(reader: Reader, sentences: Sequence[Sentence]) -> dict[str, float]:
    """The `scores` of what a reader understands, as prompts are read."""
    heard_here = [in_part(reader.understand(s.text, s.stem)) for s in sentences]
    return scores(heard_in(heard_here), heard_in([in_part(wish_of(s.states)) for s in sentences]))


def in_part(wish: Wish) -> Wish:
    """What a wish is in the facts that can be stated of a part: how fast is how many notes, a named instrument of
    percussion is hand percussion, a tumbao is Latin, and octaves up or down are high or low."""
    levels = {("density" if scale == "tempo" else scale): level for scale, level in wish.levels.items()}
    levels |= {"density": wish.levels["density"]} if "density" in wish.levels else {}
    levels |= {"register": float(wish.octaves > 0)} if wish.octaves else {}
    kit = wish.options.get("kit", {})
    named = [yes for name, yes in kit.items() if without_pace(name) in PERCUSSION]
    options = dict(wish.options)
    if named:
        options["kit"] = {**kit, "hand percussion": any(named)}
    if wish.line == "tumbao":
        options.setdefault("style", {"latin": True})
    return told(Wish(levels, options))


def _is_right(reader: Reader, sentence: Sentence) -> bool:
    return read_by(reader, [sentence])["exact"] == 1


def _print_wrong(sentences: Sequence[Sentence], reader: Reader) -> None:
    for sentence in sentences:
        print(f"{sentence.stem.value}: {sentence.text!r}\n  said  {_said(sentence)}")
        print(f"  heard {reader.understand(sentence.text, sentence.stem)}")


def _said(sentence: Sentence) -> str:
    return ", ".join(f"{'no ' if s.negated else ''}{s.fact}: {s.word}" for s in sentence.states) or "nothing"


if __name__ == "__main__":
    typer.run(main)
