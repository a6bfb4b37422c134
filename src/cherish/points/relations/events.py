"""Single events with properties: for facts that look inside an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cherish.spec.filters import Filter, conjunction
from cherish.spec.view import View


@dataclass(frozen=True)
class Events:
    """The events of these names (None: of all), with the named properties as columns of their own names.

    `flags` are boolean columns: a name, and the filters that must all hold
    (`("mobile", (Filter.parse("device=phone"),))`).
    """

    names: tuple[str, ...] | None = None
    properties: tuple[str, ...] = ()
    flags: tuple[tuple[str, tuple[Filter, ...]], ...] = ()

    def rows(self, view: View) -> Any:
        """customer_id, ts, event_id, name, value, currency, the properties and the flags."""
        full = {name: view.field(name) for name in self.properties}
        conditions = [(flag, view.field(each.field), each) for flag, filters in self.flags for each in filters]
        wanted = [*full.values(), *(field for _, field, _ in conditions)]
        promoted = dict.fromkeys(field.removeprefix("properties.") for field in wanted if _is_property(field))
        events = view.events(properties=tuple(promoted))
        if self.names is not None:
            events = events.filter(events.name.isin(self.names))
        flags = {
            flag: conjunction([each.on(events[field]) for own, field, each in conditions if own == flag])
            for flag, _ in self.flags
        }
        columns = {name: events[field] for name, field in full.items()}
        kept = ("customer_id", "ts", "event_id", "name", "value", "currency")
        return events.select(*(name for name in kept if name not in columns), **columns, **flags)


def _is_property(field: str) -> bool:
    return field.startswith("properties.")
