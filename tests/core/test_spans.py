"""Pairs of places that somebody gives."""

import pytest

from subtract_core.choice import whole_number
from subtract_core.errors import InputError
from subtract_core.spans import checked_spans, in_force, joined


def _bar(value: object) -> int:
    return whole_number("only", value, "1 to 8")


def test_pairs_are_taken_as_they_are_given() -> None:
    assert checked_spans([(3, 4), [1, None]], _bar, "[(1, 2)]") == [(3, 4), (1, None)]
    assert checked_spans(None, _bar, "[(1, 2)]") == []


@pytest.mark.parametrize(
    ("only", "message"),
    [
        (5, r"only: 5 is no list of pairs; give it as in \[\(1, 2\)\]"),
        ("1-2", "only: '1-2' is no list of pairs"),
        ([], "only: no places are given"),
        ([3], "only: 3 is no pair of places"),
        ([(1, 2, 3)], r"only: \(1, 2, 3\) is no pair"),
        ([("a", 2)], "only: 'a' is no whole number; choose 1 to 8"),
        ([(2, "b")], "only: 'b' is no whole number"),
        ([(4, 3)], "only: 4-3 ends before it begins"),
    ],
)
def test_what_are_no_pairs_is_named(only: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        checked_spans(only, _bar, "[(1, 2)]")


def test_spans_that_meet_or_overlap_are_one() -> None:
    assert joined([(7, 9), (1, 3), (3, 5), (4, 4)]) == [(1, 5), (7, 9)]


def test_of_several_spans_that_which_began_last_is_in_force() -> None:
    spans = [(1, 0, 9, "all"), (3, 0, 5, "some"), (3, 1, 4, "more"), (12, 0, 13, "late")]
    assert in_force(spans) == {1: "all", 3: "more", 4: "some", 5: "all", 9: None, 12: "late", 13: None}
    assert in_force([(0.5, 0, 1.5, "a"), (1.0, 0, 2.0, "a")]) == {0.5: "a", 2.0: None}
