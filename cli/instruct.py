"""`msub instruct`: sentences that say how the parts of a training set are played."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from subtract_core.stems import Stem

from .output import Output, Quiet, Show, UsageError, Verbose, counted, exit_code

if TYPE_CHECKING:
    from subtract_core.instructions.openai_writer import Estimate, OpenAIWriter
    from subtract_core.instructions.writer import InstructionWriter

T = TypeVar("T")


class Writer(str, Enum):
    """Who words the facts."""

    GRAMMAR = "grammar"
    OPENAI = "openai"


class ResponseFormat(str, Enum):
    """How a language model is told to answer."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"


def instruct(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A training set of `msub prepare midi`.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="The instructions, as JSON lines.")],
    writer: Annotated[Writer, typer.Option(help="Our phrase grammar, or a language model.")] = Writer.GRAMMAR,
    stems: Annotated[str, typer.Option(help="Whose parts, separated by commas.")] = "drums,bass,guitar",
    count: Annotated[int, typer.Option("-n", "--count", metavar="N", min=1, help="Sentences a part.")] = 6,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Of the grammar.")] = 0,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Language model; MSUB_OPENAI_MODEL if not given.")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Of a compatible server; OPENAI_BASE_URL if not given.")
    ] = None,
    response_format: Annotated[
        ResponseFormat, typer.Option(help="Of the language model's answers; json_object for servers without schemas.")
    ] = ResponseFormat.SCHEMA,
    cache: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Answers of the language model; FILE.cache if not given.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what the language model would cost.")] = False,
    input_price: Annotated[float, typer.Option(metavar="P", min=0, help="Of a million tokens read.")] = 0.0,
    output_price: Annotated[float, typer.Option(metavar="P", min=0, help="Of a million tokens written.")] = 0.0,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write the instructions that a MIDI model is trained with.

    Measures every part, and words what was measured. Audio training sets need none: `msub prepare audio` measures
    their parts. A run that was stopped goes on where it was. The key of the language model is read from
    OPENAI_API_KEY.
    """
    output = Output(quiet, verbose)
    with output.guarded():
        from midi_subtract.training.instruct import count_parts, training_facts
        from subtract_core.instructions.writer import write_instructions

        chosen = [Stem.parse(name.strip(), "--stems") for name in stems.split(",")]
        if writer is not Writer.OPENAI:
            if dry_run:
                raise UsageError("--dry-run: the grammar costs nothing; it goes with --writer openai")
            for option, given in (("--model", model), ("--base-url", base_url), ("--cache", cache)):
                if given is not None:
                    raise UsageError(f"{option}: the grammar has none; it goes with --writer openai")
        total = count_parts(data, chosen)
        answers = cache or out.with_name(out.name + ".cache")
        with output.progress() as show:
            counter = _Counter(show, total)
            if dry_run:
                facts = [facts for _, facts in counter.counted(training_facts(data, chosen))]
                known = answers if answers.is_file() else None  # nothing is written, not even an empty cache
                asking = _openai(model, base_url, response_format, known)
                estimate = asking.estimate(facts, count, input_price, output_price)
                output.line(_estimated(estimate))
                return
            words = _openai(model, base_url, response_format, answers) if writer is Writer.OPENAI else _grammar(seed)
            report = write_instructions(out, training_facts(data, chosen), words, count, progress=counter.add)
        kept = f", {report.kept:,} were there" if report.kept else ""
        output.line(f"{out}: {counted(report.written, 'part')} worded{kept}")
        if report.unworded:
            unworded, why = counted(report.unworded, "part"), getattr(words, "fault", "")
            told = f" ({why})" if why else ""
            output.error(f"{out}: {unworded} could not be worded{told}; the same command asks for them again")
            raise typer.Exit(exit_code(failed=True, written=report.written + report.kept > 0))


@dataclass
class _Counter:
    """Parts done, on their way to a progress bar."""

    show: Show
    total: int
    done: int = 0

    def add(self, more: int) -> None:
        self.done += more
        self.show(self.done, self.total, "parts")

    def counted(self, items: Iterable[T]) -> Iterator[T]:
        for item in items:
            self.add(1)
            yield item


def _estimated(estimate: Estimate) -> str:
    tokens = f"about {estimate.input_tokens:,} tokens to read and {estimate.output_tokens:,} to write"
    there = f" ({estimate.cached:,} answers are there already)" if estimate.cached else ""
    cost = f", cost {estimate.cost:.2f}" if estimate.cost else ""
    return f"{counted(estimate.stems, 'part')}{there}: {counted(estimate.requests, 'request')}, {tokens}{cost}"


def _grammar(seed: int) -> InstructionWriter:
    from subtract_core.instructions.grammar import GrammarWriter

    return GrammarWriter(seed)


def _openai(
    model: str | None, base_url: str | None, response_format: ResponseFormat, cache: Path | None
) -> OpenAIWriter:
    from subtract_core.instructions.openai_writer import OpenAIWriter
    from subtract_core.language_model import LanguageModel

    language_model = LanguageModel(model, base_url=base_url, response_format=response_format.value)
    return OpenAIWriter(language_model, cache=cache)
