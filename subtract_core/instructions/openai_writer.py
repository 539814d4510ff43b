"""Instructions worded by a language model, over any server that speaks OpenAI's chat completions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from subtract_core.errors import InputError
from subtract_core.facts import StemFacts
from subtract_core.instructions.cache import AnswerCache
from subtract_core.instructions.prompt import SCHEMA, SYSTEM, read_answer, request_text
from subtract_core.instructions.worded import Worded
from subtract_core.instructions.writer import Progress
from subtract_core.language_model import LanguageModel, RequestRefused, UnusableAnswer

NO_SCHEMA = "--response-format json_object"
BARREN_LIMIT = 3  # requests in a row without one usable answer: the model cannot do it, and every further one costs

# For the estimate: English text has about four characters a token; a sentence about a part some fifteen tokens, and the
# facts it states, in JSON, twice as many.
CHARACTERS_PER_TOKEN, TOKENS_PER_SENTENCE, TOKENS_PER_PART = 4, 45, 12


@dataclass(frozen=True)
class Estimate:
    """What wording some stems would take: `cached` stems cost nothing; tokens are a rough guess; cost as the prices."""

    stems: int
    cached: int
    requests: int
    input_tokens: int
    output_tokens: int
    cost: float


class OpenAIWriter:
    """Asks a language model, several stems a request and several requests at a time.

    cache: a file of answers by facts, prompt and model; with it, a run that was stopped asks only for what it did not
    get yet.

    An answer that cannot be read is asked for once more; stems that have none then are left empty and counted in
    `unworded`; `fault` says why the last unusable answer was none, where the server told. `InputError` ends a run on a
    missing or refused key, a rate limit that persists, a server that cannot be reached or refuses the request, and
    after three requests in a row without a single usable answer.
    """

    def __init__(
        self,
        language_model: LanguageModel,
        *,
        cache: Path | None = None,
        stems_per_request: int = 8,
        concurrency: int = 4,
    ) -> None:
        for name, number in (("stems_per_request", stems_per_request), ("concurrency", concurrency)):
            if number < 1:
                raise InputError(f"{name}: {number} is too few; at least 1 is needed")
        self.language_model = language_model
        self.cache = AnswerCache(cache)
        self.stems_per_request, self.concurrency = stems_per_request, concurrency
        self.unworded = 0
        self.fault = ""
        self._barren = 0

    @property
    def name(self) -> str:
        """What rows of an instruction file call this writer."""
        return f"openai {self.language_model.model}"

    def write(self, facts: Sequence[StemFacts], count: int, progress: Progress | None = None) -> list[list[Worded]]:
        """Up to `count` sentences for each of `facts`; none for those that the model could not word."""
        keys = [self._key(one, count) for one in facts]
        asked = self._missing(facts, keys)
        if progress and len(asked) < len(facts):
            progress(len(facts) - len(asked))
        if asked:
            self._ask_all(asked, count, progress)
        stored = [self.cache.get(key) or [] for key in keys]
        answers = [[Worded.from_dict(s, one.stem) for s in said] for said, one in zip(stored, facts, strict=True)]
        self.unworded += sum(not sentences for sentences in answers)
        return answers

    def estimate(
        self, facts: Sequence[StemFacts], count: int, input_price: float = 0.0, output_price: float = 0.0
    ) -> Estimate:
        """What `write` would ask for and cost, at prices per million tokens; asks nothing and needs no key.

        Tokens are approximate (see the constants above) and leave out retries and what a model thinks unseen.
        """
        asked = self._missing(facts, [self._key(one, count) for one in facts])
        batches = self._batches(asked)
        characters = sum(len(SYSTEM) + len(json.dumps(SCHEMA)) + len(request_text(b, count)) for b in batches.values())
        input_tokens = round(characters / CHARACTERS_PER_TOKEN)
        output_tokens = len(asked) * (TOKENS_PER_PART + count * TOKENS_PER_SENTENCE)
        cost = (input_tokens * input_price + output_tokens * output_price) / 1e6
        return Estimate(len(facts), len(facts) - len(asked), len(batches), input_tokens, output_tokens, cost)

    def _key(self, facts: StemFacts, count: int) -> str:
        parts = (facts.as_dict(), count, SYSTEM, self.language_model.model, self.language_model.temperature)
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _missing(self, facts: Sequence[StemFacts], keys: Sequence[str]) -> dict[str, StemFacts]:
        """Facts that the cache has no answer for, each once."""
        return {key: one for key, one in zip(keys, facts, strict=True) if self.cache.get(key) is None}

    def _batches(self, asked: dict[str, StemFacts]) -> dict[tuple[str, ...], list[StemFacts]]:
        keys, size = list(asked), self.stems_per_request
        groups = [tuple(keys[i : i + size]) for i in range(0, len(keys), size)]
        return {group: [asked[key] for key in group] for group in groups}

    def _ask_all(self, asked: dict[str, StemFacts], count: int, progress: Progress | None) -> None:
        _ = self.language_model.client  # a missing key is told before anything is asked
        with ThreadPoolExecutor(self.concurrency) as pool:
            futures = {pool.submit(self._ask, batch, count): group for group, batch in self._batches(asked).items()}
            try:
                for future in as_completed(futures):
                    group, answers = futures[future], future.result()
                    self.cache.put(_by_key(group, answers))
                    self._check_barren(bool(answers))
                    if progress:
                        progress(len(group))
            except BaseException:  # Ctrl-C too: what runs is waited for, what waits is not asked
                pool.shutdown(wait=True, cancel_futures=True)
                self._keep_finished(futures)
                raise

    def _keep_finished(self, futures: dict[Any, tuple[str, ...]]) -> None:
        """Store what other requests brought before one failed: it is paid for."""
        for future, group in futures.items():
            if future.done() and not future.cancelled() and future.exception() is None:
                self.cache.put(_by_key(group, future.result()))

    def _check_barren(self, fruitful: bool) -> None:
        self._barren = 0 if fruitful else self._barren + 1
        if self._barren >= BARREN_LIMIT:
            asked = self.language_model
            if self.fault:
                raise InputError(f"{asked.base_url}: no answer of {asked.model} can be used: {self.fault}")
            advice = f"a model with structured output, or {NO_SCHEMA}" if asked.by_schema else "another model"
            raise InputError(
                f"{asked.base_url}: {self._barren} answers of {asked.model} in a row are malformed; choose {advice}"
            )

    def _ask(self, facts: Sequence[StemFacts], count: int) -> dict[int, list[Worded]]:
        """Sentences by place in `facts`; asks a second time for those that the first answer lacks."""
        answers = self._answers(facts, count)
        left = [place for place in range(len(facts)) if place not in answers]
        if left:
            second = self._answers([facts[place] for place in left], count)
            answers |= {left[place]: sentences for place, sentences in second.items()}
        return answers

    def _answers(self, facts: Sequence[StemFacts], count: int) -> dict[int, list[Worded]]:
        """Sentences by place in `facts`, of one answer."""
        try:
            said = self.language_model.answer(SYSTEM, request_text(facts, count), "instructions", SCHEMA)
        except RequestRefused as error:
            if not self.language_model.by_schema:
                raise
            raise InputError(f"{error}; a server that knows no schemas needs {NO_SCHEMA}") from None
        except UnusableAnswer as error:
            self.fault = str(error)
            return {}
        answers = read_answer(said, facts, count)
        if not answers:
            self.fault = ""
        return answers


def _by_key(group: tuple[str, ...], answers: dict[int, list[Worded]]) -> dict[str, list[dict[str, Any]]]:
    """Answers under the cache's keys, as plain values."""
    return {group[place]: [worded.as_dict() for worded in said] for place, said in answers.items()}
