"""Stretches of a song, in whatever places are counted, bars or seconds: what `only` is given, and which of several is
in force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from subtract_core.choice import shown
from subtract_core.errors import InputError

N = TypeVar("N", int, float)
T = TypeVar("T")


def checked_spans(
    only: object, place: Callable[[object], N], example: str, named: Callable[[N], str] = str
) -> list[tuple[N, N | None]]:
    """Pairs of places, of which the second may be None: the song's end. None comes to no pairs.

    place: a value somebody gave as a place; raises `InputError` for what is none. example: how pairs are given.
    named: how messages show a place.
    Raises `InputError`, which names `only`, for what are no pairs of places in order.
    """
    if only is None:
        return []
    if isinstance(only, str | bytes) or not isinstance(only, Iterable):
        raise InputError(f"only: {shown(only)} is no list of pairs; give it as in {example}")
    pairs = list(only)
    if not pairs:
        raise InputError(f"only: no places are given; give them as in {example}, or nothing")
    spans: list[tuple[N, N | None]] = []
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise InputError(f"only: {shown(pair)} is no pair of places; give it as in {example}")
        first, last = place(pair[0]), None if pair[1] is None else place(pair[1])
        if last is not None and last < first:
            raise InputError(f"only: {named(first)}-{named(last)} ends before it begins; give the earlier place first")
        spans.append((first, last))
    return spans


def joined(spans: Iterable[tuple[N, N]]) -> list[tuple[N, N]]:
    """Half-open spans in order, those that meet or overlap as one."""
    out: list[tuple[N, N]] = []
    for first, stop in sorted(spans):
        if out and first <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], stop))
        else:
            out.append((first, stop))
    return out


def gaps(spans: Iterable[tuple[N, N]], begin: N, stop: N) -> list[tuple[N, N]]:
    """What lies between a beginning and an end, and in none of some half-open spans."""
    found: list[tuple[N, N]] = []
    for first, after in joined(spans):
        if begin < first:
            found.append((begin, first))
        begin = after
    if begin < stop:
        found.append((begin, stop))
    return found


def in_force(spans: Sequence[tuple[N, int, N, T]]) -> dict[N, T | None]:
    """What holds from each place on up to the next: of half-open spans (begin, rank, end, what) that which began last,
    of those that begin together the one of the highest rank, then the shortest; None where none does, but not before
    the first."""
    found: dict[N, T | None] = {}
    before: T | None = None
    for edge in sorted({edge for begin, _, end, _ in spans for edge in (begin, end)}):
        there = max(
            (span for span in spans if span[0] <= edge < span[2]), default=None, key=lambda span: (*span[:2], -span[2])
        )
        holds = there[3] if there else None
        if holds != before:
            found[edge] = before = holds
    return found
