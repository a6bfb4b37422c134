"""Formulas over series: + - * / and parentheses over letters and numbers, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cherish.errors import QuestionError

Numbers = npt.NDArray[np.float64]
_TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<letter>[A-Za-z])(?![A-Za-z])|(?P<sign>[-+*/()]))")


@dataclass(frozen=True)
class Formula:
    """A formula that has been read: the letters it needs and how to compute it; NaN stands for a missing value."""

    text: str
    letters: tuple[str, ...]
    compute: Callable[[Mapping[str, Numbers]], Numbers]

    @classmethod
    def parse(cls, text: str, known: tuple[str, ...]) -> Formula:
        """Read a formula over the series of these letters.

        Raises:
            QuestionError: anything but these letters, numbers, + - * / and parentheses.
        """
        reader = _Reader(text, known)
        compute = reader.whole()
        return cls(text, tuple(dict.fromkeys(reader.seen)), compute)


_Compute = Callable[[Mapping[str, Numbers]], Numbers]


class _Reader:
    """Recursive descent: a sum of products of factors."""

    def __init__(self, text: str, known: tuple[str, ...]) -> None:
        self._text = text
        self._known = known
        self._tokens = self._split()
        self._place = 0
        self.seen: list[str] = []

    def whole(self) -> _Compute:
        found = self._sum()
        if self._place < len(self._tokens):
            raise self._refusal(f"{self._tokens[self._place]!r} comes too late")
        return found

    def _split(self) -> list[str]:
        tokens, at, end = [], 0, len(self._text.rstrip())
        while at < end:
            found = _TOKEN.match(self._text, at)
            if not found:
                raise self._refusal(f"{self._text[at:].strip()[:10]!r} is not part of a formula")
            tokens.append(found[0].strip())
            at = found.end()
        return tokens

    def _sum(self) -> _Compute:
        left = self._product()
        while (sign := self._take("+", "-")) is not None:
            left = _joined(np.add if sign == "+" else np.subtract, left, self._product())
        return left

    def _product(self) -> _Compute:
        left = self._factor()
        while (sign := self._take("*", "/")) is not None:
            left = _joined(np.multiply if sign == "*" else _divide, left, self._factor())
        return left

    def _factor(self) -> _Compute:
        if self._take("-") is not None:
            inner = self._factor()
            return lambda series: -inner(series)
        if self._take("(") is not None:
            inner = self._sum()
            if self._take(")") is None:
                raise self._refusal("a parenthesis is not closed")
            return inner
        return self._atom()

    def _atom(self) -> _Compute:
        token = self._tokens[self._place] if self._place < len(self._tokens) else ""
        self._place += 1
        letter = token.upper()
        if letter in self._known:
            self.seen.append(letter)
            return lambda series: series[letter]
        if token[:1].isdigit() or token[:1] == ".":
            number = float(token)
            return lambda series: np.full_like(next(iter(series.values())), number)
        if not token:
            raise self._refusal("it ends too early")
        raise self._refusal(f"{token!r} is no series; there are {', '.join(self._known)}")

    def _take(self, *wanted: str) -> str | None:
        if self._place < len(self._tokens) and self._tokens[self._place] in wanted:
            self._place += 1
            return self._tokens[self._place - 1]
        return None

    def _refusal(self, why: str) -> QuestionError:
        return QuestionError(f"formula {self._text!r}: {why}; write for example A/B*100")


def _joined(operation: Callable[[Numbers, Numbers], Numbers], left: _Compute, right: _Compute) -> _Compute:
    return lambda series: operation(left(series), right(series))


def _divide(above: Numbers, below: Numbers) -> Numbers:
    """Division by zero has no value."""
    return above / np.where(below == 0, np.nan, below)
