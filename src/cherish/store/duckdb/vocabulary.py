"""The vocabulary of a log: what was said of names, one action after the other, followed whenever the log is read.

Events keep the names that they were sent under. What is maintained is computed anew for whoever has such events.
"""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from cherish.errors import QuestionError
from cherish.spec.vocabulary import Action
from cherish.store.duckdb import schema, upkeep
from cherish.store.duckdb.reading import Reading


@dataclass(frozen=True)
class Name:
    """An event as it is called by now; `sent_as` are the other names under which it is sent, or was called meanwhile.

    `first` and `last` are naive UTC. A hidden one is counted by what the log holds.
    """

    name: str
    count: int
    first: datetime | None
    last: datetime | None
    sent_as: tuple[str, ...] = ()
    description: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Vocabulary:
    """The names of a log, most frequent first and hidden ones last, and all that was said of them."""

    names: tuple[Name, ...]
    properties: dict[str, str]
    hidden_properties: tuple[str, ...]
    actions: tuple[Action, ...]


def read(connection: Any) -> Vocabulary:
    """The vocabulary as it is now."""
    reading, said = Reading.of(connection), actions(connection)
    described = {(each.of, each.names[0]): each.text for each in said if each.do == "describe"}
    sent: dict[str, list[str]] = {}
    for old, now in reading.names:
        sent.setdefault(now, []).append(old)
    activity = f"(SELECT activity.* FROM {reading.relation('activity')})"
    seen = _seen(connection, f"SELECT name, sum(n), min(first_ts), max(last_ts) FROM {activity} GROUP BY name")
    hidden: list[tuple[str, int, Any, Any]] = []
    if reading.hidden:
        listed = ", ".join(map(schema.text, reading.hidden))
        hidden = _seen(
            connection,
            f"SELECT name, count(*), min(ts), max(ts) FROM {reading.renamed('events')} "
            f"WHERE name IN ({listed}) GROUP BY name",
        )
    names = [
        Name(name, count, first, last, tuple(sent.get(name, ())), described.get(("event", name), ""), gone)
        for rows, gone in ((seen, False), (hidden, True))
        for name, count, first, last in rows
    ]
    properties = {name: text for (of, name), text in described.items() if of == "property" and text}
    return Vocabulary(tuple(names), properties, reading.hidden_properties, said)


def actions(connection: Any) -> tuple[Action, ...]:
    """All that was said, oldest first."""
    said = json.loads(schema.setting(connection, "vocabulary") or "[]")
    return tuple(Action(**{**each, "names": tuple(each["names"])}) for each in said)


def say(connection: Any, action: Action) -> None:
    """Add an action, and compute anew what it changes.

    Raises:
        QuestionError: a name that the log lacks, or one that is taken.
    """
    before = actions(connection)
    _check(connection, Reading.of(connection), action)
    _put(connection, (*before, action))


def unsay(connection: Any, number: int | None) -> Action:
    """Take the last action back, or the one of this number (from 1).

    Raises:
        QuestionError: there is none.
    """
    before = actions(connection)
    place = len(before) if number is None else number
    if not 1 <= place <= len(before):
        raise QuestionError("nothing was said of names; there is nothing to take back" if not before
                            else f"there is no action {number}; there are 1 to {len(before)}")  # fmt: skip
    _put(connection, (*before[: place - 1], *before[place:]))
    return before[place - 1]


def _put(connection: Any, said: Sequence[Action]) -> None:
    old = Reading.of(connection)
    schema.set_setting(connection, "vocabulary", json.dumps([asdict(each) for each in said]))
    new = Reading.of(connection)
    changed = sorted(_changed(old, new))
    if not changed:
        return
    upkeep.touch(connection, f"name IN ({', '.join(map(schema.text, changed))})")
    upkeep.redo(connection)


def _changed(old: Reading, new: Reading) -> set[str]:
    """The names in the log that are read in another way than before."""
    before, after = dict(old.names), dict(new.names)
    names = {*before, *after, *old.hidden, *new.hidden}

    def read_as(name: str, by: dict[str, str], hidden: Iterable[str]) -> tuple[str, bool]:
        now = by.get(name, name)
        return now, now in hidden

    return {name for name in names if read_as(name, before, old.hidden) != read_as(name, after, new.hidden)}


def _check(connection: Any, reading: Reading, action: Action) -> None:
    if action.of == "property":
        _check_property(connection, reading, action)
        return
    there = {row[0] for row in connection.execute(
        f"SELECT DISTINCT name FROM {reading.renamed('events')}").fetchall()}  # fmt: skip
    for name in action.names:
        if name not in there:
            raise QuestionError(f"{name!r} is no event here; cherish events shows their names")
        if action.do == "show" and name not in reading.hidden:
            raise QuestionError(f"{name!r} is not hidden")
        if action.do in ("rename", "hide") and name in reading.hidden:
            raise QuestionError(f"{name!r} is hidden; show it first")
    if action.do == "rename":
        if action.to in reading.hidden:
            raise QuestionError(f"{action.to!r} is the name of a hidden event; show it first")
        if len(action.names) == 1 and action.to in there and action.names[0] != action.to:
            raise QuestionError(
                f"there is an event {action.to!r} already; to count both as one: "
                f'cherish events merge "{action.names[0]}" "{action.to}" --into "{action.to}"'
            )
        if action.names == (action.to,):
            raise QuestionError(f"{action.to!r} has this name already")


def _check_property(connection: Any, reading: Reading, action: Action) -> None:
    if action.do == "rename":
        raise QuestionError("properties keep their names; describe or hide them")
    there = {row[0] for row in connection.execute("SELECT DISTINCT name FROM properties").fetchall()}
    (name,) = action.names
    if name not in there:
        raise QuestionError(f"no event has a property {name!r}")
    if action.do in ("hide", "show") and (name in reading.hidden_properties) is (action.do == "hide"):
        raise QuestionError(f"{name!r} is {'hidden already' if action.do == 'hide' else 'not hidden'}")


def _seen(connection: Any, statement: str) -> list[tuple[str, int, Any, Any]]:
    rows = connection.execute(statement).fetchall()
    return sorted(((name, int(n), first, last) for name, n, first, last in rows), key=lambda row: (-row[1], row[0]))
