"""What the text encoder reads: the built-in word vectors, or the last layer of a larger text model by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from subtract_core.errors import ConfigError
from subtract_core.understanding.words import GROUPS, MAX_WORDS, embed, word_table


@dataclass(frozen=True)
class EmbeddingConfig:
    """hub: name or folder of a text model for the transformers library, such as sentence-transformers/all-MiniLM-L6-v2,
    google/flan-t5-small or laion/clap-htsat-unfused; empty for the built-in word vectors.
    letters: width of the built-in letter-group vectors.
    """

    hub: str = ""
    letters: int = 48


class Embedding(nn.Module):
    """Sentences to vectors [sentences, words, width] and the mask of real words [sentences, words]."""

    def __init__(self, config: EmbeddingConfig) -> None:
        super().__init__()
        self.config = config
        if config.hub:
            self.reader = HubReader(config.hub)
            self.width = self.reader.width
            return
        self.letters = nn.EmbeddingBag(GROUPS, config.letters, mode="mean")
        self.table = word_table()  # not a parameter: it comes with the package
        self.spread = float(self.table.vectors.std())
        self.width = self.table.vectors.shape[1] + config.letters + 1

    def forward(self, sentences: Sequence[str]) -> tuple[Tensor, Tensor]:
        """While training, some words lose their vector, some their letters, and vectors are blurred: so both carry."""
        if self.config.hub:
            return self.reader(sentences)
        device = self.letters.weight.device
        words = embed(sentences, self.table)
        vectors, known = words.vectors.to(device) / self.spread, words.known.to(device).unsqueeze(-1)
        letters = self.letters(words.groups.to(device), words.group_starts.to(device))
        letters = letters.unflatten(0, words.mask.shape)
        if self.training:
            keep = torch.rand(*known.shape[:2], 1, device=device)
            known = known & (keep > 0.08)
            vectors = vectors + 0.3 * torch.randn_like(vectors)
            letters = letters * (keep < 0.6)
        return torch.cat([vectors * known, letters, known.float()], dim=-1), words.mask.to(device)


class HubReader:
    """A text model of a model hub, frozen; it is no part of the weights that are saved."""

    def __init__(self, name: str) -> None:
        try:
            import transformers
        except ImportError:
            raise ConfigError(
                f"embedding.hub: {name} needs the transformers library: pip install 'msub[hub]'"
            ) from None
        try:
            config = transformers.AutoConfig.from_pretrained(name)
            kinds = {"t5": transformers.T5EncoderModel, "clap": transformers.ClapTextModel}
            self.model = kinds.get(config.model_type, transformers.AutoModel).from_pretrained(name).eval()
            self.tokenizer = transformers.AutoTokenizer.from_pretrained(name)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ConfigError(f"embedding.hub: {name} cannot be loaded: {reason}") from None
        self.width = int(self.model.config.hidden_size)

    @torch.no_grad()
    def __call__(self, sentences: Sequence[str]) -> tuple[Tensor, Tensor]:
        tokens = self.tokenizer(
            list(sentences), padding=True, truncation=True, max_length=2 * MAX_WORDS, return_tensors="pt"
        )
        hidden = self.model(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]).last_hidden_state
        return hidden, tokens["attention_mask"].bool()
