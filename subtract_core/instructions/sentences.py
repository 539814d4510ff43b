"""How wordings become a sentence: nouns and articles, openings, joints, case, punctuation and typing slips."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from subtract_core.instructions.phrases import Lexicon
from subtract_core.stems import Stem

RULING_OUT = ("neg", "lack", "deny", "dont")  # forms that deny: on their own, or by the frames of that name
PLAINEST = 0.15  # of frames that are the first of their list whatever else it holds
# Adjectives nearer the noun come later: "sparse brushed jazz drums".
_NEARNESS = ("figure", "kit", "style", "sound")
_NEIGHBOURS = dict(zip("abcdefghiklmnoprstuy", "svxfrghjolknmpotarit", strict=True))


@dataclass(frozen=True)
class Said:
    """One wish in words: its form (AFFIRMING, RULING_OUT or "have") and text; `wording` is the synonym used."""

    fact: str
    form: str
    text: str
    wording: str


@dataclass(frozen=True)
class Sentences:
    """Builds sentences for one stem out of the lexicon's frames."""

    stem: Stem
    lexicon: Lexicon
    held_out: bool
    rng: np.random.Generator

    def build(self, said: list[Said]) -> str:
        """A sentence in which every one of `said` occurs once."""
        said = [Said(s.fact, s.form, self._fill(s.text), s.wording) for s in said]
        text, rest = self._core(said)
        question = text.endswith("?")
        text = text.rstrip("?")
        for one in rest:
            text = _joined(text, self._tail(one))
        return self._finish(text, question)

    def of_nothing(self) -> str:
        """A sentence that asks for the part and says nothing of how it is played."""
        return self._finish(self._pick("nothing"), question=False)

    def _core(self, said: list[Said]) -> tuple[str, list[Said]]:
        """The main clause, and what it did not say yet."""
        builders = {
            "adj": self._describe, "more": self._describe, "pred": self._play, "do": self._command,
            "ref": self._resemble, "np": self._fetch, "have": self._have, **dict.fromkeys(RULING_OUT, self._rule_out),
        }  # fmt: skip
        affirmed = [s for s in said if s.form not in RULING_OUT]
        head = next(iter(affirmed or said), None)
        # Asking for the part by name suits anything; a denial alone rarely makes a whole wish.
        if head is None or self.rng.random() < (0.45 if affirmed else 0.7):
            return self._add(said)
        return builders[head.form](head, [s for s in said if s is not head])

    def _add(self, said: list[Said]) -> tuple[str, list[Said]]:
        adjectives = [s for s in said if s.form == "adj"][:2]
        rest = [s for s in said if s not in adjectives]
        adjectives.sort(key=lambda s: _NEARNESS.index(s.fact) if s.fact in _NEARNESS else -1)
        phrase, counted = " ".join(self._commas(adjectives)), self.rng.random() < 0.5
        noun = self._noun("count" if counted else "plain", any(s.fact == "sound" for s in said))
        phrase = f"{phrase} {noun}".strip()
        if self.rng.random() < 0.2:
            return self._into("telegraph", phrase), rest
        if counted:
            phrase = f"{article(phrase)} {phrase}"
        elif self.rng.random() < 0.3:
            phrase = f"some {phrase}"
        return self._into("add", phrase), rest

    def _noun(self, frame: str, sound: bool) -> str:
        nouns = [self._pick(f"{frame} {self.stem.value}") for _ in range(4)]
        if self.stem is Stem.BASS and sound:  # an upright or synth bass is no bass guitar
            nouns = [noun for noun in nouns if "guitar" not in noun] or ["bass"]
        return nouns[0]

    def _describe(self, head: Said, others: list[Said]) -> tuple[str, list[Said]]:
        if head.form == "more":
            return self._into("make", self._compared(head.text)), others
        second = [s for s in others if s.form == "adj"][:1]
        text = self._choice((" and ", ", ", ", ")).join(s.text for s in [head, *second])
        rest = [s for s in others if s not in second]
        if self.rng.random() < 0.12:
            return self._choice((f"{self.stem.value}: {text}", f"{self.stem.value} - {text}")), rest
        return self._into("make", text), rest

    def _play(self, head: Said, others: list[Said]) -> tuple[str, list[Said]]:
        return self._into("play", head.text), others

    def _command(self, head: Said, others: list[Said]) -> tuple[str, list[Said]]:
        return self._into("command", head.text), others

    def _resemble(self, head: Said, others: list[Said]) -> tuple[str, list[Said]]:
        like = self._into("like", head.text)
        opening = self._choice(("make it sound ", "", "", "something ")) if like.startswith("like ") else ""
        return opening + like, others

    def _fetch(self, head: Said, others: list[Said]) -> tuple[str, list[Said]]:
        return self._into("add", head.text), others

    def _have(self, head: Said, others: list[Said]) -> tuple[str, list[Said]]:
        return self._into("have", head.text), others

    def _rule_out(self, head: Said, others: list[Said]) -> tuple[str, list[Said]]:
        text = self._denied(head)
        stem = self.stem.value
        options = (text, f"{text} please", f"{text} on the {stem}", f"{text} in the {stem}", f"$part: {text}")
        return self._choice(options), others

    def _tail(self, said: Said) -> str:
        if said.form in RULING_OUT:
            return self._into("join_neg", self._denied(said))
        if said.form == "have":
            return self._into("join_neg", self._into("have", said.text))
        if said.form == "ref":
            return ", " + self._into("like", said.text)
        if said.form == "more":
            return self._into("join_more", self._compared(said.text))
        return self._into(f"join_{said.form}", said.text)

    def _denied(self, said: Said) -> str:
        return said.text if said.form == "neg" else self._into(said.form, said.text)

    def _compared(self, text: str) -> str:
        return f"{text} {self._pick('than')}" if self.rng.random() < 0.5 else text

    def _commas(self, adjectives: list[Said]) -> list[str]:
        """Two adjectives of scales take a comma; one before a style or sound takes none."""
        texts = [s.text for s in adjectives]
        if len(texts) == 2 and adjectives[1].fact not in _NEARNESS and self.rng.random() < 0.8:
            texts[0] += ","
        return texts

    def _finish(self, text: str, question: bool) -> str:
        text = self._fill(text)
        if self.rng.random() < 0.07:
            text = f"{self._pick('before')} {text}"
        if self.rng.random() < 0.07:
            text = _joined(text, self._pick("after"))
        if text.lower().count("please") > 1:
            text = re.sub(r"(?i),? *\bplease\b", "", text).lstrip(" ,") + ", please"
        end = self._choice(("?", "?", "?", "") if question else ("", "", "", "", ".", ".", ".", "!", "..."))
        if self.rng.random() < 0.5:
            text = text[0].upper() + text[1:]
        elif self.rng.random() < 0.5:
            text = text.lower()
        elif self.rng.random() < 0.06:
            text = text.upper()
        if text[0].isupper():
            text = re.sub(r"(?<=[a-z]\. )([a-z])", lambda match: match[1].upper(), text)
        return text if text[-1] in "?)" and end != "." else text.rstrip("?") + end

    def _fill(self, text: str) -> str:
        text = text.replace("$note", "hit" if self.stem is Stem.DRUMS else "note")
        while "$removal" in text:
            text = text.replace("$removal", self._pick("removal"), 1)
        while "$part" in text:
            text = text.replace("$part", self._pick(f"part {self.stem.value}"), 1)
        return text

    def _into(self, frame: str, text: str) -> str:
        """`text` in a template called `frame`, more often than in any other in the first, which is the plainest."""
        template = self.lexicon.frames[frame][0] if self.rng.random() < PLAINEST else self._pick(frame)
        return template.replace("{}", text)

    def _pick(self, frame: str) -> str:
        return self._choice(self.lexicon.frame(frame, self.held_out))

    def _choice(self, options: tuple[str, ...]) -> str:
        return options[int(self.rng.integers(len(options)))]


def article(phrase: str) -> str:
    """`a` or `an`, by the sound that the phrase begins with."""
    vowel = re.match(r"(?!one\b|once\b|uni|use|eu)[aeiou]|(?:8|11\b|18\b)|[FHLMNRSX][A-Z&]", phrase)
    return "an" if vowel else "a"


def typo(text: str, rng: np.random.Generator) -> str:
    """`text` with one slip in one longer word: letters swapped, dropped, doubled, or a neighbouring key."""
    words = [match for match in re.finditer(r"[A-Za-z]{5,}", text)]
    if not words:
        return text
    word = words[int(rng.integers(len(words)))]
    at = word.start() + 1 + int(rng.integers(len(word[0]) - 2))
    kind = int(rng.integers(4))
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2:
        return text[: at + 1] + text[at:]
    return text[:at] + _NEIGHBOURS.get(text[at], "e") + text[at + 1 :]


def _joined(text: str, tail: str) -> str:
    return text + tail if tail[0] in ",;.?!" else f"{text} {tail}"
