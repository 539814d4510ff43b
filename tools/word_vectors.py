"""Word vectors of the text encoder, distilled from a sentence encoder: run once, needs `pip install transformers`.

    python tools/word_vectors.py FOLDER-OF-all-MiniLM-L6-v2 -o words

Every whole word of the model's vocabulary is embedded alone and in two musical settings, averaged, centred, reduced to
the first principal components and stored as 8-bit integers. Which words lie close to each other is what the text
encoder gets to know of wordings that it was never trained on. all-MiniLM-L6-v2 is Apache-2.0.
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


def main(model: Path, out: Annotated[Path, typer.Option("-o", "--out")] = Path("words"), width: int = 192) -> None:
    """Write `OUT/words.txt` (a word a line) and `OUT/words.safetensors` (int8 `vectors` [words, width], `scale`)."""
    vocabulary = (model / "vocab.txt").read_text(encoding="utf-8").split("\n")
    words = [w for w in vocabulary if re.fullmatch(r"[a-z]{2,}|[ai]|[0-9]{1,2}", w)]
    vectors = np.mean([embed(model, [s.format(w) for w in words]) for s in SETTINGS], axis=0)
    centred = vectors - vectors.mean(axis=0)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    reduced = centred @ axes[:width].T
    kept = float((singular[:width] ** 2).sum() / (singular**2).sum())
    print(f"{len(words)} words, {kept:.0%} of the variance in {width} dimensions")
    scale = np.abs(reduced).max() / 127
    out.mkdir(parents=True, exist_ok=True)
    (out / "words.txt").write_text("\n".join(words) + "\n")
    packed = torch.from_numpy(np.rint(reduced / scale).astype(np.int8))
    save_file({"vectors": packed, "scale": torch.tensor([scale], dtype=torch.float32)}, out / "words.safetensors")


if __name__ == "__main__":
    typer.run(main)
