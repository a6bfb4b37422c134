"""What an answer is: a sentence, the figures it rests on, and what is missing; and the table they all become."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

SCHEMA = pa.schema([
    ("question", pa.string()), ("answer", pa.string()), ("of", pa.string()), ("measured", pa.string()),
    ("figure", pa.float64()), ("low", pa.float64()), ("high", pa.float64()), ("n", pa.int64()),
    ("p_value", pa.float64()), ("why_not", pa.string()),
])  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One figure of an answer: what is measured, of which definition or group, with its interval and n.

    `p_value` is adjusted for all that its question tests (Holm). Without a value, `why_not` says why and what would
    give one. `leading` figures stand in the short form of the table.
    """

    measured: str
    of: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    p_value: float | None = None
    why_not: str | None = None
    leading: bool = False


@dataclass(frozen=True)
class Answer:
    """An answer to one question. `why_not` is what is missing for a better one, and what would bring it."""

    sentence: str
    figures: tuple[Figure, ...] = ()
    why_not: str | None = None
    known: bool = True

    def rows(self, question: str, *, everything: bool) -> list[dict[str, Any]]:
        """The answer's rows; the first carries the sentence and what is missing."""
        shown = [each for each in self.figures if everything or each.leading]
        rows = [
            {
                "question": question, "answer": None, "of": each.of or None, "measured": each.measured,
                "figure": each.value, "low": each.low, "high": each.high, "n": each.n, "p_value": each.p_value,
                "why_not": each.why_not,
            }
            for each in shown
        ] or [dict.fromkeys(SCHEMA.names) | {"question": question}]  # fmt: skip
        first = rows[0]
        return [{**first, "answer": self.sentence, "why_not": first["why_not"] or self.why_not}, *rows[1:]]


def unknown(reason: str, figures: Iterable[Figure] = (), *, said: str = "Not known") -> Answer:
    """An answer that these data can't give: the reason, which says what would."""
    return Answer(f"{said}: {reason}", tuple(replace(each, leading=True) for each in figures), reason, known=False)


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """The rows of all answers as one table."""
    return pa.Table.from_pylist(rows, schema=SCHEMA)


# -- words --------------------------------------------------------------------------------------------------------


def percent(share: float) -> str:
    """A share as people read it: 41.2%, 0.31%."""
    return f"{share:.1%}" if abs(share) >= 0.01 or share == 0 else f"{share:.2%}"


def number(value: float) -> str:
    """A number with the digits that matter: 0.412, 13.1, 1,284."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}" if value else "0"


def count(n: int, what: str = "customer") -> str:
    """`1 customer`, `2,469 customers`."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def between(figure: Figure, *, share: bool = False) -> str:
    """The value with its interval: 41.2% (38.0% to 44.5%)."""
    say = percent if share else number
    if figure.value is None:
        return "not known"
    if figure.low is None or figure.high is None:
        return say(figure.value)
    return f"{say(figure.value)} ({say(figure.low)} to {say(figure.high)})"


def points(figure: Figure) -> str:
    """A difference of shares in points, with its interval: +2.3 points (-4.0 to 8.6)."""
    if figure.value is None:
        return "not known"
    text = f"{100 * figure.value:+.1f} points"
    if figure.low is None or figure.high is None:
        return text
    return f"{text} ({100 * figure.low:.1f} to {100 * figure.high:.1f})"
