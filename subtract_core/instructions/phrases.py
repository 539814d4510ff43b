"""The wordings of the phrase grammar: read from YAML, checked against the vocabulary, a fifth of them held out."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from subtract_core.errors import ConfigError
from subtract_core.facts import CHOICES, SCALES
from subtract_core.stems import STEMS, Stem

AFFIRMING = ("adj", "pred", "np", "do", "more", "ref")  # forms that say that a word applies
DENYING = ("neg", "thing")  # forms from which a sentence is made that says it does not
FORMS = AFFIRMING + DENYING

# Fewer synonyms than this are too few to spare one for testing.
SPLIT_FROM = 5


@dataclass(frozen=True)
class Phrase:
    """One wording: its grammatical form (see scales.yaml), its text and the stems it suits."""

    form: str
    text: str
    stems: tuple[Stem, ...] = STEMS


@dataclass(frozen=True)
class Lexicon:
    """All wordings.

    entries: (fact, word or option) -> its wordings. frames: name -> templates and joints.
    reserved: the wordings that only `held_out` sentences use, as (key, text), where the key is the entry's or frame's.
    """

    entries: Mapping[tuple[str, str], tuple[Phrase, ...]]
    frames: Mapping[str, tuple[str, ...]]
    reserved: frozenset[tuple[Any, str]]
    _pools: dict[Any, tuple[Any, ...]] = field(default_factory=dict, compare=False, repr=False)

    def phrases(
        self, fact: str, word: str, stem: Stem, held_out: bool, forms: tuple[str, ...] = AFFIRMING
    ) -> tuple[Phrase, ...]:
        """Wordings in one of `forms` that suit `stem`; with `held_out` the reserved ones where there are any."""
        pool_key = (fact, word, stem, held_out, forms)
        if pool_key not in self._pools:
            entry = [p for p in self.entries[fact, word] if p.form in forms and stem in p.stems]
            self._pools[pool_key] = self._split((fact, word), entry, [p.text for p in entry], held_out)
        return self._pools[pool_key]

    def denies(self, fact: str, word: str) -> bool:
        """Whether there are wordings that rule this word out."""
        pool_key = ("denies", fact, word)
        if pool_key not in self._pools:
            self._pools[pool_key] = tuple(p for p in self.entries[fact, word] if p.form in DENYING)
        return bool(self._pools[pool_key])

    def frame(self, name: str, held_out: bool) -> tuple[str, ...]:
        """Templates called `name`; with `held_out` the reserved ones where there are any."""
        pool_key = (name, held_out)
        if pool_key not in self._pools:
            self._pools[pool_key] = self._split(name, self.frames[name], self.frames[name], held_out)
        return self._pools[pool_key]

    def _split(self, key: Any, items: Iterable[Any], texts: Iterable[str], held_out: bool) -> tuple[Any, ...]:
        pairs = [(item, (key, text) in self.reserved) for item, text in zip(items, texts, strict=True)]
        wanted = tuple(item for item, reserved in pairs if reserved is held_out)
        return wanted or tuple(item for item, reserved in pairs if not reserved)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The wordings that come with this package; raises `ConfigError` where they do not cover the vocabulary."""
    entries = _entries("scales.yaml", {s.name: s.words for s in SCALES})
    entries |= _entries("choices.yaml", {c.name: _options(c.options) for c in CHOICES})
    frames = dict(_frames(_load("frames.yaml")))
    return Lexicon(entries, frames, frozenset(_reserve(entries, frames)))


def plain(text: str) -> str:
    """Lower case with single blanks between words: what counts as the same wording."""
    return " ".join(re.findall(r"[a-z0-9$&/.]+", text.lower().replace("'", "")))


def _options(options: Mapping[Stem, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(option for names in options.values() for option in names))


def _load(name: str) -> dict[str, Any]:
    file = resources.files("subtract_core.instructions") / "phrases" / name
    raw: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return raw


def _entries(name: str, vocabulary: Mapping[str, tuple[str, ...]]) -> dict[tuple[str, str], tuple[Phrase, ...]]:
    raw = _load(name)
    entries: dict[tuple[str, str], tuple[Phrase, ...]] = {}
    for fact, words in vocabulary.items():
        if set(raw.get(fact, {})) != set(words):
            differing = sorted(set(raw.get(fact, {})) ^ set(words))
            raise ConfigError(f"{name}: {fact}: {differing[0]!r} is only in one of the word list and the vocabulary")
        for word in words:
            entries[fact, word] = tuple(_phrases(f"{name}: {fact}: {word}", raw[fact][word]))
    unknown = sorted(set(raw) - set(vocabulary))
    if unknown:
        raise ConfigError(f"{name}: {unknown[0]!r} is not in the vocabulary")
    return entries


def _phrases(where: str, forms: Mapping[str, str]) -> Iterator[Phrase]:
    for form, texts in forms.items():
        if form not in FORMS:
            raise ConfigError(f"{where}: unknown form {form!r}; the forms are {', '.join(FORMS)}")
        for item in _listed(texts):
            text, _, stems = item.partition(" @")
            yield Phrase(form, text, tuple(Stem.parse(s, where) for s in stems.split()) or STEMS)


def _frames(raw: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, texts in raw.items():
        if isinstance(texts, str):
            yield name, tuple(_listed(texts))
        else:  # one list a stem
            yield from ((f"{name} {stem}", tuple(_listed(listed))) for stem, listed in texts.items())


def _listed(texts: str) -> list[str]:
    return [" ".join(text.split()) for text in texts.split("|")]


def _reserve(
    entries: Mapping[tuple[str, str], tuple[Phrase, ...]], frames: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[Any, str]]:
    """Choose what is held out of every list, by a hash of the text, so that it does not change from run to run.

    A wording that also occurs inside another one is never chosen: it would be seen after all. Nor is a name: what Deep
    Purple played cannot be told from the words.
    """
    inside = Counter(run for phrases in entries.values() for p in phrases for run in _runs(plain(p.text).split()))
    for (fact, word), phrases in entries.items():
        names = {p.text for p in phrases if _is_name(p)}
        for forms in (AFFIRMING, ("neg",), ("thing",)):
            texts = [p.text for p in phrases if p.form in forms]
            free = [text for text in texts if plain(text) != plain(word) and inside[plain(text)] == 1]
            yield from (((fact, word), text) for text in _fifth(free, len(texts)) if text not in names)
    for name, texts_ in frames.items():
        uncommon = [text for text in texts_[1:] if text not in ("{}", ", {}")]  # the first and plainest are everyone's
        yield from ((name, text) for text in _fifth(uncommon, len(texts_)))


def _is_name(phrase: Phrase) -> bool:
    """Whether a wording refers to a player, a band, a record or a place by name."""
    return phrase.form == "ref" and phrase.text != phrase.text.lower()


def _runs(words: list[str]) -> set[str]:
    """Every run of neighbouring words."""
    return {" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}


def _fifth(free: Iterable[str], total: int) -> list[str]:
    count = round(total / 5) if total >= SPLIT_FROM else 0
    return sorted(free, key=lambda text: zlib.crc32(text.encode()))[:count]
