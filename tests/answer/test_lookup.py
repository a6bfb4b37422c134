"""Words looked up: how far down the texts they stand decides who comes first."""

from __future__ import annotations

import pytest

from cherish.lookup import best, distance

TEXTS = ("active_days", "How many days?", "Novo 2001", "the average of a window; the last active day")


@pytest.mark.parametrize(
    ("words", "far"),
    [
        ("active_days", 0.0),  # the name itself
        ("ACTIVE days", 0.0),
        ("tive", 0.5),  # a part of the name
        ("many", 1.5),  # one word, in the second text
        ("novo", 2.5),
        ("many novo", 5.0),  # the second text and the third: 2 + 3
        ("last active", 7.5),  # together in the fourth: 4 + 4, and a half less
        ("active last", 5.0),  # apart: the first and the fourth, 1 + 4
        ("age", None),  # `average` does not begin with it
        ("novo xyzzy", None),
    ],
)
def test_how_far_words_stand(words: str, far: float | None) -> None:
    assert distance(words, TEXTS) == far


def test_the_nearest_come_first_and_equals_stay_in_order() -> None:
    things = [("c", ("x", "in the text")), ("a", ("text", "")), ("b", ("y", "a text too")), ("d", ("z", "none"))]
    assert best("text", things) == ["a", "c", "b"]
