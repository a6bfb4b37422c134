"""Series as people write them: `count:Order Completed;p90(properties.seconds):Page Viewed;measure:recency`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import ascii_uppercase
from typing import cast

from cherish.errors import QuestionError
from cherish.points.measure import Measure
from cherish.spec.registry import find
from cherish.spec.relations import ActiveSet
from cherish.spec.view import View

_FORM = re.compile(r"(?P<how>[a-z]+)(?P<percent>\d+(?:\.\d+)?)?(?:\((?P<field>[^)]*)\))?(?::(?P<events>.*))?", re.S)
_MEASURE = re.compile(r"(?P<name>\w+)(?:\((?P<inside>.*)\))?(?:@\d+)?", re.S)
_COUNTED = ("count", "unique")
_OF_FIELD = ("sum", "average", "median", "p")


@dataclass(frozen=True)
class Series:
    """One series: what is counted, of which events, of which field; or a measure."""

    letter: str
    how: str
    events: tuple[str, ...] = ()
    label: str = ""
    field: str | None = None
    quantile: float | None = None
    measure: Measure | None = None

    @property
    def daily(self) -> bool:
        """Whether daily counts and money are enough to answer it."""
        return self.how in _COUNTED or (self.how == "sum" and self.field == "value")

    @property
    def additive(self) -> bool:
        """Whether no rows means 0; otherwise it means that there is no value."""
        return self.how in (*_COUNTED, "sum")


def read(view: View, text: str, active: str) -> tuple[Series, ...]:
    """The series of a text, named A, B, C ... in order.

    Raises:
        QuestionError: not of the form, or an unknown event, field or measure.
    """
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if not 1 <= len(parts) <= len(ascii_uppercase):
        raise QuestionError(f"series={text!r}: give between 1 and {len(ascii_uppercase)} series, separated by ;")
    return tuple(_one(view, letter, part, active) for letter, part in zip(ascii_uppercase, parts, strict=False))


def _one(view: View, letter: str, text: str, active: str) -> Series:
    found = _FORM.fullmatch(text)
    if found and found["how"] == "measure" and found["events"] and not found["field"]:
        return _measure(letter, found["events"].strip())
    allowed = (*_COUNTED, *_OF_FIELD)
    if not found or found["how"] not in allowed or (found["how"] == "p") != bool(found["percent"]):
        form = "count, unique, sum(value), average(value), median(value) or p90(value), then : and the events"
        raise QuestionError(f"series {text!r}: write {form}; or measure:NAME")
    if found["how"] in _COUNTED and found["field"]:
        raise QuestionError(f"series {text!r}: {found['how']} counts events and takes no field")
    events = view.active((found["events"] or active).strip())
    field = None if found["how"] in _COUNTED else _field(view, text, found["field"] or "value")
    return Series(
        letter=letter,
        how=found["how"],
        events=events.events,
        label=_label(found["how"] + (found["percent"] or ""), field, _set_name(view, events)),
        field=field,
        quantile=_quantile(text, found["how"], found["percent"]),
    )


def _field(view: View, text: str, name: str) -> str:
    field = view.field(name)
    number = field == "value" or view.facts.properties.get(field.removeprefix("properties.")) == "float64"
    if not number or field.startswith("traits."):
        raise QuestionError(f"series {text!r}: {field} holds no numbers of events; use value or a numeric property")
    return field


def _quantile(text: str, how: str, percent: str | None) -> float | None:
    if how == "median":
        return 0.5
    if percent is None:
        return None
    if not 0 <= float(percent) <= 100:
        raise QuestionError(f"series {text!r}: a percentile lies between p0 and p100")
    return float(percent) / 100


def _label(how: str, field: str | None, events: str) -> str:
    of = "" if field is None else f"({field.removeprefix('properties.')})"
    return f"{how}{of}: {events}"


def _measure(letter: str, text: str) -> Series:
    found = _MEASURE.fullmatch(text)
    if not found:
        raise QuestionError(f"measure {text!r}: write NAME or NAME(parameter=value,parameter=value)")
    given: dict[str, str] = {}
    for pair in filter(None, (found["inside"] or "").split(",")):
        name, sign, value = pair.partition("=")
        if not sign:
            raise QuestionError(f"measure {text!r}: {pair.strip()!r} is not of the form parameter=value")
        given[name.strip()] = value.strip()
    measure = cast(type[Measure], find("measure", found["name"])).of(**given)
    return Series(letter=letter, how="measure", label=measure.full_name(), measure=measure)


def _set_name(view: View, events: ActiveSet) -> str:
    stored = events.name == "core" or events.name in view.facts.active
    return str(events) if stored else events.name


def with_versions(view: View, text: str) -> str:
    """The series as written, stored sets with their versions."""
    return ";".join(_versioned(view, part.strip()) for part in text.split(";") if part.strip())


def _versioned(view: View, text: str) -> str:
    how, sign, events = text.partition(":")
    if how == "measure" or not events.strip():
        return text
    return f"{how}{sign}{_set_name(view, view.active(events.strip()))}"
