"""What both sides of a comparison share: the rows that hand-written SQL starts from, and a log without daily rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.side import Row, compare
from cherish.spec.registry import find
from cherish.spec.view import View

FOLDER = Path(__file__).parent / "hand_sql"


class FromEvents:
    """The same log, as if it kept no daily rows: everything is answered from raw events."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def activity(self) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@dataclass(frozen=True)
class Question:
    """A report asked of a log, the whole way or only its statement."""

    log: Any
    definition: Any

    def plan(self) -> Any:
        return self.definition.plan(View.of(self.log), self.log.run)

    def answer(self) -> Any:
        """Planned, compiled, run and laid out: the finished table."""
        plan = self.plan()
        return plan.finish(self.log.run(plan.expression))

    def statement(self) -> Callable[[], Any]:
        """What the engine alone is given to do: the statement is compiled beforehand."""
        text = self.log.sql(self.plan().expression)
        return lambda: self.log.query(text)


def question(log: Any, name: str, **given: str) -> Question:
    """A report with its parameters as text."""
    return Question(log, find("report", name).of(**given))


def both_ways(name: str, asked: Question, by_hand: str, same: Callable[[Any, Any], bool]) -> list[Row]:
    """The whole answer, and the engine's part of it alone, against one hand-written statement.

    The difference between the two is fixed: planning, compiling and laying out cost the same for any number of rows.
    """
    plan = asked.plan()

    def hand() -> Any:
        return asked.log.query(by_hand)

    return [
        compare(name, asked.answer, hand, same),
        compare(
            f"{name}, engine's part", asked.statement(), hand, lambda ours, theirs: same(plan.finish(ours), theirs)
        ),
    ]


def commonest(store: Any) -> str:
    """The most frequent event of a log."""
    names = store.facts.names
    return max(names, key=lambda name: (names[name], name))


def sources(store: Any, event: str) -> dict[str, str]:
    """Where hand-written SQL finds customer_id, day and value: in daily rows, or in events by the zone's offsets."""
    view = View.of(store)
    name = event.replace("'", "''")
    end, moment = view.calendar.day_of(view.as_of), view.as_of.replace(tzinfo=None)
    found = view.calendar.offsets
    span = [place for place, at in enumerate(found.instants) if view.facts.first < at < view.as_of]
    low = span[0] if span else next(p for p, s in enumerate(found.seconds) if s == found.at(view.facts.first))
    cases = "".join(
        f"WHEN ts < TIMESTAMP '{found.instants[place].replace(tzinfo=None)}' "
        f"THEN ts + INTERVAL ({found.seconds[place]}) SECOND "
        for place in span
    )
    last = f"ts + INTERVAL ({found.seconds[span[-1] + 1 if span else low]}) SECOND"
    local = f"(CASE {cases}ELSE {last} END)" if cases else f"({last})"
    return {
        "activity": f"(SELECT * FROM activity WHERE name = '{name}' AND day < DATE '{end}')",
        "events": f"(SELECT customer_id, {local}::DATE AS day, value FROM events "
        f"WHERE name = '{name}' AND ts < TIMESTAMP '{moment}')",
    }


def written(file: str, **parts: Any) -> str:
    """A hand-written statement with its places filled in."""
    return (FOLDER / f"{file}.sql").read_text().format(**parts)
