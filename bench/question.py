"""A question in all its ways: our report or measure, statements written by hand, pandas, Polars."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.answers import Answer
from bench.frames import FRAMES
from bench.logs import RawEvents
from bench.side import HAND, OURS, Row, Way, compare, quickest
from bench.words import EVENT, Span
from cherish.library import Log

FOLDER = Path(__file__).parent / "hand_sql"
SOURCES = ("activity", "raw events")

_ROWS = {
    "activity": "(SELECT * FROM activity WHERE name = '{event}' AND day < DATE '{end}')",
    "raw events": "(SELECT customer_id, ts::DATE AS day, value FROM events "
    "WHERE name = '{event}' AND customer_id IS NOT NULL AND ts < TIMESTAMP '{end}')",
}

# Whoever writes these knows the data: there are no refunds and no updates, and no order stands in the log twice.
_ORDERS = {
    "activity": "(SELECT customer_id, day, value FROM orders WHERE day >= DATE '{end}' - 730 AND day < DATE '{end}')",
    "raw events": "(SELECT customer_id, ts::DATE AS day, value FROM events WHERE name = '{event}' "
    "AND customer_id IS NOT NULL AND ts < TIMESTAMP '{end}' AND ts >= DATE '{end}' - INTERVAL 730 DAY)",
}


@dataclass(frozen=True)
class Question:
    """What is asked, and how each of the ways answers.

    `ours` asks our library as anybody would; `plain` brings its table into the common form. `hand` gives the places
    to fill in the statements named in `files` (by source). `theirs` brings what statements and frames return into
    the common form. `by` holds the answers of pandas and of Polars, functions of a frame and the span of the log.
    """

    name: str
    ours: Callable[[Log], Any]
    plain: Callable[[Any], Answer]
    files: Mapping[str, tuple[str, ...]]
    hand: Callable[[Span], Mapping[str, Any]]
    theirs: Callable[[Any], Answer]
    by: Mapping[str, Callable[[Any, Span], Any]] = field(default_factory=dict)

    def rows(self, store: Any, rounds: int, frames: Mapping[str, Any] | None = None) -> list[Row]:
        """One comparison per source; frames take part where raw events are asked."""
        with store.session():
            return [self._row(store, source, rounds, (frames or {}) if source != "activity" else {})
                    for source in SOURCES]  # fmt: skip

    def statements(self, source: str, span: Span) -> dict[str, str]:
        """The statements written by hand, filled in."""
        rows, orders = (found[source].format(event=EVENT, end=span.end) for found in (_ROWS, _ORDERS))
        days = rows if source == "activity" else f"(SELECT DISTINCT customer_id, day FROM {rows})"
        places = {"source": rows, "days": days, "orders": orders, "first": span.first, "end": span.end}
        places |= self.hand(span)
        return {name: (FOLDER / f"{name}.sql").read_text().format(**places) for name in self.files[source]}

    def _row(self, store: Any, source: str, rounds: int, frames: Mapping[str, Any]) -> Row:
        log, span = Log(store if source == "activity" else RawEvents(store)), Span.of(store)
        statements = self.statements(source, span)
        best = quickest({name: lambda text=text: store.query(text) for name, text in statements.items()})
        ways = {
            OURS: Way(lambda: self.ours(log), self.plain),
            HAND: Way(lambda: store.query(statements[best]), self.theirs),
        }
        for name, frame in frames.items():
            work = self.by[name]
            ways[name] = Way(lambda work=work, frame=frame: work(frame, span), self.theirs)  # type: ignore[misc]
        ordered = {name: ways[name] for name in (OURS, HAND, *FRAMES) if name in ways}
        return Row(self.name, source, store.facts.rows["events"], compare(ordered, rounds), best)
