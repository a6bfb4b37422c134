"""What stands behind an answer: definition, formula, source, statement, rows, and what would change it."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, NoReturn

import msgspec

from cherish.cards import question
from cherish.errors import CherishError, Unsupported
from cherish.query import Query
from cherish.show import exchange, numbers
from cherish.show.answered import Answered
from cherish.show.layout import columns_of, sentence
from cherish.show.moments import moment_in
from cherish.spec.relations import Facts
from cherish.spec.view import default_active

ROWS = 10
OTHERS = 3
PATIENCE = 3.0
"""Seconds after which no further alternative is computed."""


@dataclass(frozen=True)
class Alternative:
    """Another choice and what it makes of the headline; where there is no `value`, `why` says why."""

    change: str
    query: Query
    key: str
    value: Any
    why: str = ""


@dataclass(frozen=True)
class Explanation:
    """An answer with all that stands behind it."""

    result: Answered
    question: str
    statement: str
    alternatives: tuple[Alternative, ...]

    def show(self, screen: Any) -> None:
        """Write it to a console."""
        from cherish.show import terminal

        for text, style in self._head():
            terminal.write(screen, text, style, hang=12 if text[11:12] == " " and "  " in text[:12] else 0)
        screen.print()
        terminal.write(screen, "The statement that ran", "bold")
        screen.print()
        for line in self.statement.splitlines():
            terminal.write(screen, f"  {line}", "dim")
        screen.print()
        first = self.result.table.slice(0, ROWS)
        terminal.write(screen, f"The first {first.num_rows} of {self.result.table.num_rows:,} rows", "bold")
        screen.print()
        terminal.table(columns_of(first), screen)
        screen.print()
        for text, style in self._changes():
            terminal.write(screen, text, style)

    def shared(self, k: int | None = None) -> NoReturn:
        """Refused: a statement and rows are for whoever may see the log.

        Raises:
            Unsupported: always.
        """
        raise Unsupported("an explanation shows rows and a statement, which are not for sharing; share the answer")

    def __repr__(self) -> str:
        from cherish.show.terminal import console

        out = io.StringIO()
        self.show(console(out))
        return out.getvalue().rstrip("\n")

    def _repr_html_(self) -> str:
        return f"<pre>{escape(repr(self))}</pre>"

    def to_json(self) -> str:
        """Everything as JSON; the answer itself under `result`."""
        fields = {
            "question": self.question,
            "statement": self.statement,
            "alternatives": [
                {
                    "change": each.change,
                    "command": each.query.command(),
                    each.key: exchange.cell(each.value),
                    "why": each.why,
                }
                for each in self.alternatives
            ],
            "result": msgspec.json.decode(self.result.to_json()),  # type: ignore[attr-defined]  # a Result has it
        }
        return msgspec.json.encode(fields).decode()

    def to_csv(self) -> str:
        """The rows that are shown, as CSV."""
        return exchange.to_csv(self.result.table.slice(0, ROWS))

    def _head(self) -> Iterator[tuple[str, str]]:
        result = self.result
        yield f"{result.query.name}: {self.question}", "bold"
        yield result.about["line"], ""
        yield "", ""
        yield f"here        {sentence(result)}", ""
        yield f"formula     {result.about['formula']}", ""
        yield f"source      {result.about.get('source', 'our own')}", ""
        yield f"full name   {result.name}", ""
        yield f"convention  {result.convention}", ""
        yield f"moment      before {moment_in(result.as_of, result.zone)} ({result.zone})", ""
        settings = ", ".join(f"{name}={value}" for name, value in result.parameters.items())
        yield f"parameters  {settings or 'none'}", ""
        counts = ", ".join(f"{count:,} {name}" for name, count in result.rows.items() if count)
        yield f"read        {counts}", ""
        for reason, meaning in result.nulls.items():
            yield f"no value    {reason}: {meaning}", ""

    def _changes(self) -> Iterator[tuple[str, str]]:
        yield "What would change the answer", "bold"
        width = max((len(each.change) for each in self.alternatives), default=0)
        key = self.alternatives[0].key if self.alternatives else ""
        unit = self.result.about.get("unit", "") if self.result.query.kind == "measure" else ""
        values = numbers.texts([each.value for each in self.alternatives], key, unit)
        for each, value in zip(self.alternatives, values, strict=True):
            told = each.why or f"{each.key.replace('_', ' ')} {value}"
            yield f"  {each.change:{width}}  {told}", "dim" if each.why else ""
        yield "  other filters (--where), another population (--population), another time zone of the workspace", ""
        yield f"Ask: {self.result.query.command()}", "dim"


def explain(result: Answered) -> Explanation:
    """Explain an answer whose log is still at hand."""
    definition = result.origin.definition
    key = _key(result.headline)
    found = tuple(_alternatives(result, key)) if key else ()
    return Explanation(result, question(type(definition)), result.sql(), found)


def _key(headline: Mapping[str, Any]) -> str | None:
    """The figure by which alternatives are compared: `value`, a rate, or else the first number."""
    numeric = [name for name, value in headline.items() if isinstance(value, float) or name == "value"]
    numeric += [name for name, value in headline.items() if isinstance(value, int) and not isinstance(value, bool)]
    ranked = sorted(numeric, key=lambda name: (name != "value", not numbers.is_rate(name)))
    return ranked[0] if ranked else None


def _alternatives(result: Answered, key: str) -> Iterator[Alternative]:
    yield Alternative("as it is", result.query, key, result.headline[key])
    start = time.monotonic()
    for change, query in _changes(result):
        if time.monotonic() - start > PATIENCE:
            yield Alternative(change, query, key, None, "not computed, it would take a while")
            continue
        try:
            found = result.origin.ask(query)
        except CherishError as error:
            yield Alternative(change, query, key, None, str(error).partition(":")[0])
            continue
        if _differs(found, result):
            yield Alternative(change, query, key, found.headline.get(key))


def _differs(found: Answered, result: Answered) -> bool:
    """Whether another choice is another question: one of the same convention, moment and window is not."""
    same_window = found.parameters.get("window") == result.parameters.get("window")
    return found.convention != result.convention or found.as_of != result.as_of or not same_window


def _changes(result: Answered) -> Iterator[tuple[str, Query]]:
    query, definition, facts = result.query, result.origin.definition, result.origin.log.facts
    known = {each.name: each for each in definition.parameters()}
    if "active" in known:
        for name in _other_sets(definition.active, facts):
            yield f"active={name}", _with(query, "active", name)
    for each in known.values():
        now = getattr(definition, each.name)
        for choice in each.choices:
            if choice != now:
                yield f"{each.name}={choice}", _with(query, each.name, choice)
    if "window" in known and definition.window:
        for days in (7, 28, 90, 365):
            if days != definition.window:
                yield f"window={days}d", _with(query, "window", f"{days}d")
    earlier = _month_before(result)
    if earlier:
        yield f"as of {earlier}", query.changed(as_of=earlier)


def _other_sets(now: str, facts: Facts) -> list[str]:
    """A few other active sets, stored ones first; an event's own name is a set, too."""
    sets: dict[str, tuple[str, ...]] = {
        name: (name,) for name in sorted(facts.names, key=lambda name: -facts.names[name])
    }
    sets = {name: stored.events for name, stored in facts.active.items()} | sets
    current = sets.get(now) or default_active(facts)
    return [name for name, events in sets.items() if name != now and set(events) != set(current)][:OTHERS]


def _with(query: Query, name: str, value: str) -> Query:
    return query.changed(parameters=dict(sorted({**query.parameters, name: value}.items())))


def _month_before(result: Answered) -> str | None:
    from datetime import timedelta

    earlier = result.as_of - timedelta(days=28)
    first = result.origin.log.facts.first
    return moment_in(earlier, result.zone)[:10] if first is not None and earlier > first else None
