"""Groups of events as people write them: `browse=Page|Product Viewed; buy=Order Completed; again=Order Completed#2`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cherish.errors import QuestionError
from cherish.spec.view import View

_NUMBER = re.compile(r"(?P<name>.+?)\s*#\s*(?P<number>[1-9]\d*)")


@dataclass(frozen=True)
class EventGroup:
    """A name and its events, each with the occurrence from which on it counts (1: every one)."""

    name: str
    events: tuple[tuple[str, int], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The events' names."""
        return tuple(dict.fromkeys(name for name, _ in self.events))


def event_groups(parameter: str, text: str, *, numbered: bool = False) -> tuple[EventGroup, ...]:
    """Read groups in their order: NAME=EVENT|EVENT, separated by semicolons; EVENT#2 counts from the second one on.

    Raises:
        QuestionError: not of that form, a name twice, or an event twice.
    """
    example = "browse=Page|Product Viewed; buy=Order Completed"
    found: list[EventGroup] = []
    for part in filter(None, (each.strip() for each in text.split(";"))):
        name, equals, listed = (each.strip() for each in part.partition("="))
        events = tuple(_event(each.strip(), numbered) for each in listed.split("|") if each.strip())
        if not name or not equals or not events:
            raise QuestionError(f"{parameter}: {part!r} is no group of events; write {parameter}={example!r}")
        found.append(EventGroup(name, events))
    _refuse_twice(parameter, "group", [each.name for each in found])
    _refuse_twice(parameter, "event", [_written(event) for each in found for event in each.events])
    return tuple(found)


def there(view: View, parameter: str, groups: tuple[EventGroup, ...]) -> tuple[EventGroup, ...]:
    """The groups, when the log has all their events.

    Raises:
        QuestionError: a named event is not in the log.
    """
    missing = [name for group in groups for name in group.names if name not in view.facts.names]
    if missing:
        listed = ", ".join(sorted(view.facts.names))
        raise QuestionError(f"{parameter}: no event is called {missing[0]!r}; there are {listed}")
    return groups


def _event(text: str, numbered: bool) -> tuple[str, int]:
    found = _NUMBER.fullmatch(text) if numbered else None
    return (found["name"], int(found["number"])) if found else (text, 1)


def _written(event: tuple[str, int]) -> str:
    return event[0] if event[1] == 1 else f"{event[0]}#{event[1]}"


def _refuse_twice(parameter: str, what: str, names: list[str]) -> None:
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise QuestionError(f"{parameter}: the {what} {twice!r} stands there twice, and it can be in one place only")
