"""How well the text encoder understands: wordings and written sentences held out of its training, others by hand.

    python benchmarks/text_understanding.py
    python benchmarks/text_understanding.py --model runs/text/text --wrong

No set is trained on: a fifth of the grammar's wordings, a fifth of the sentences that a language model wrote for this
project, and 200 sentences written apart from both, to which nothing that is trained on comes close.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import torch
import typer

from subtract_core.instructions.practice import practice
from subtract_core.instructions.worded import State
from subtract_core.stems import Stem
from subtract_core.understanding.encoder import TextEncoder
from subtract_core.understanding.train_text import Sentence, accuracy, written_held_out

BY_HAND = Path(__file__).parent / "data" / "hand_written_instructions.jsonl"


def hand_written(path: Path = BY_HAND) -> list[Sentence]:
    """The sentences written by hand and the facts that they state."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Sentence(r["text"], Stem.parse(r["stem"]), tuple(State(**s) for s in r["states"])) for r in rows]


def main(
    model: Annotated[Path | None, typer.Option(help="Folder of a text encoder; the shipped one without it.")] = None,
    count: Annotated[int, typer.Option(help="Sentences of the grammar.")] = 2000,
    seed: Annotated[int, typer.Option(help="Of the grammar's sentences.")] = 1,
    wrong: Annotated[bool, typer.Option("--wrong", help="Print hand-written sentences not wholly understood.")] = False,
) -> None:
    """Print a markdown table of F1, of sentences wholly understood, and of empty ones understood as empty."""
    encoder = TextEncoder.from_pretrained(model) if model else TextEncoder.from_pretrained()
    torch.set_num_threads(1)
    sets = {
        f"{count:,} sentences in held-out wordings": [
            Sentence(worded.text, stem, worded.states) for stem, worded in practice(count, seed, held_out=True)
        ],
        f"{len(written_held_out()):,} written sentences held out": written_held_out(),
        f"{len(hand_written())} sentences by hand": hand_written(),
    }
    print("| sentences | F1 | wholly right | nothing said, nothing heard |\n|---|---|---|---|")
    for name, sentences in sets.items():
        figures = accuracy(encoder, sentences)
        print(f"| {name} | {figures['f1']:.3f} | {figures['exact']:.3f} | {figures['silent']:.3f} |")
    if wrong:
        for sentence in hand_written():
            if accuracy(encoder, [sentence])["exact"] < 1:
                print(f"{sentence.stem.value}: {sentence.text!r}\n  said  {_said(sentence)}")
                print(f"  heard {encoder.understand(sentence.text, sentence.stem)}")


def _said(sentence: Sentence) -> str:
    return ", ".join(f"{'no ' if s.negated else ''}{s.fact}: {s.word}" for s in sentence.states) or "nothing"


if __name__ == "__main__":
    typer.run(main)
