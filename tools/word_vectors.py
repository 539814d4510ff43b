"""Word vectors of the text encoder, distilled from a sentence encoder: run once, needs `pip install transformers`.

    python tools/word_vectors.py FOLDER-OF-all-MiniLM-L6-v2 --more frequent.txt -o words

Every whole word of the model's vocabulary, and of a list of frequent words that the model puts together from pieces, is
embedded alone and in two musical settings, averaged, centred, reduced to the first principal components of the whole
words and stored in a byte for every few components (`quantised`). Which words lie close to each other is what the text
encoder gets to know of wordings that it was never trained on. all-MiniLM-L6-v2 is Apache-2.0; the list was wordfreq's
80,000 most frequent English words (`wordfreq.top_n_list("en", 80_000)`, data under CC BY-SA 4.0).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from safetensors.torch import save_file

SETTINGS = ("{}", "a {} bass line", "{} drums")
CENTRES = 256
ROUNDS = 25


@torch.no_grad()
def embed(folder: Path, texts: list[str], batch: int = 512) -> np.ndarray:
    """Mean of the last layer over the tokens, normalised: float32 [texts, width]."""
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    rows = []
    for first in range(0, len(texts), batch):
        tokens = tokenizer(texts[first : first + batch], padding=True, return_tensors="pt")
        mask = tokens["attention_mask"].unsqueeze(-1)
        hidden = model(**tokens).last_hidden_state
        rows.append(torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1))
        if first % (20 * batch) == 0:
            print(f"{first} of {len(texts)}", flush=True)
    return torch.cat(rows).numpy()


def embedded(model: Path, words: list[str]) -> np.ndarray:
    """Words as means over their settings: float32 [words, 384]."""
    mean: np.ndarray = np.mean([embed(model, [s.format(w) for w in words]) for s in SETTINGS], axis=0)
    return mean


def reduced(vectors: np.ndarray, more: np.ndarray, width: int) -> np.ndarray:
    """All vectors, the first ones before the others, by the `width` main axes of the first: [words, width]."""
    mean = vectors.mean(axis=0)
    _, singular, axes = np.linalg.svd(vectors - mean, full_matrices=False)
    kept = float((singular[:width] ** 2).sum() / (singular**2).sum())
    print(f"{kept:.0%} of the variance in {width} dimensions")
    both: np.ndarray = (np.concatenate([vectors, more]) - mean) @ axes[:width].T
    return both


def quantised(vectors: np.ndarray, groups: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Product quantisation (Jegou, Douze & Schmid, 2011): uint8 [words, groups], and the centres that they number,
    float32 [groups, 256, width / groups], found by k-means in each group of neighbouring components."""
    parts = torch.from_numpy(vectors).float().reshape(len(vectors), groups, -1).transpose(0, 1)
    centres = parts[:, torch.linspace(0, parts.shape[1] - 1, CENTRES).long()].clone()
    for _ in range(ROUNDS):
        nearest = _nearest(parts, centres)
        for group, (rows, codes) in enumerate(zip(parts, nearest, strict=True)):
            count = torch.bincount(codes, minlength=CENTRES)
            sums = torch.zeros_like(centres[group]).index_add_(0, codes, rows)
            used = count > 0
            centres[group][used] = sums[used] / count[used, None]
    codes = _nearest(parts, centres)
    error = torch.stack([((p - c[n]) ** 2).sum() for p, c, n in zip(parts, centres, codes, strict=True)]).sum()
    print(f"{float(error / (parts**2).sum()):.1%} of the variance lost in {groups} bytes a word")
    return codes.T.to(torch.uint8), centres


def _nearest(parts: torch.Tensor, centres: torch.Tensor) -> torch.Tensor:
    return torch.stack([torch.cdist(p, c).argmin(dim=1) for p, c in zip(parts, centres, strict=True)])


def main(
    model: Path,
    more: Annotated[Path, typer.Option(help="Further words, a word a line, the most frequent first.")],
    most: Annotated[int, typer.Option(help="How many of them to take that the model has not whole.")] = 38_000,
    out: Annotated[Path, typer.Option("-o", "--out")] = Path("words"),
    width: int = 192,
    groups: int = 64,
) -> None:
    """Write `OUT/words.txt` (a word a line) and `OUT/words.safetensors` (`codes`, `centres`, see `quantised`)."""
    vocabulary = (model / "vocab.txt").read_text(encoding="utf-8").split("\n")
    whole = [w for w in vocabulary if re.fullmatch(r"[a-z]{2,}|[ai]|[0-9]{1,2}", w)]
    listed = dict.fromkeys(more.read_text(encoding="utf-8").replace("'", "").split())
    known = set(whole)
    further = [w for w in listed if re.fullmatch(r"[a-z]{2,}", w) and w not in known][:most]
    codes, centres = quantised(reduced(embedded(model, whole), embedded(model, further), width), groups)
    out.mkdir(parents=True, exist_ok=True)
    (out / "words.txt").write_text("\n".join([*whole, *further]) + "\n")
    save_file({"codes": codes.contiguous(), "centres": centres.half()}, out / "words.safetensors")


if __name__ == "__main__":
    typer.run(main)
