"""A random company for the properties, and every definition of the catalogue in every choice that it offers.

Nothing here names a definition: whatever lies in the folders is asked, so that a new one is tested by being there.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cherish.errors import QuestionError, Unanswerable
from cherish.library import Log
from cherish.points.at import fitted
from cherish.points.measure import Asked, Measure
from cherish.result import Result
from cherish.spec.registry import FOLDERS, find, names
from cherish.spec.view import View
from logs import event, log_of
from random_days import load_people

ZONE = "Asia/Kolkata"
"""Half an hour off and without clock changes, so that weeks can be added without changing a day."""
START = datetime(2022, 11, 7, 9)
DAYS = 90
COUNTRIES = ("FR", "DE", "ES", None)
REFERRERS = (None, "", "https://search.example/", "https://news.example/")
PLANS = ("free", "paid", "gold", None)


@dataclass(frozen=True)
class World:
    """Events and customers; the moments to look from are the start of a local day and a time inside the same day."""

    rows: tuple[Mapping[str, Any], ...]
    people: tuple[Mapping[str, Any], ...]
    moments: tuple[datetime, datetime]

    def log(self) -> Log:
        store = log_of(self.rows, ZONE)
        load_people(store, [dict(each) for each in self.people])
        return Log(store)

    def shifted(self, by: timedelta) -> World:
        rows = tuple({**row, "ts": row["ts"] + by, "received_at": row["received_at"] + by} for row in self.rows)
        people = tuple({**each, "created_at": each["created_at"] + by} for each in self.people)
        return World(rows, people, (self.moments[0] + by, self.moments[1] + by))

    def renamed(self, new: Mapping[str, str]) -> World:
        rows = tuple(
            {**row, "user_id": new[row["user_id"]], "properties": _named(row["properties"], new)} for row in self.rows
        )
        people = tuple({**each, "user_id": new[each["user_id"]]} for each in self.people)
        return replace(self, rows=rows, people=people)


def _named(properties: str | None, new: Mapping[str, str]) -> str | None:
    """The properties, with whoever an invitation names called anew."""
    told = json.loads(properties or "{}")
    return properties if "invitee" not in told else json.dumps({**told, "invitee": new[told["invitee"]]})


def world(seed: int, customers: int = 14) -> World:
    """Visits, orders, refunds before and after their orders, cancellations, and mails that the company sent."""
    draw = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for number in range(customers):
        user = f"user-{number:02d}"
        first = draw.uniform(0, DAYS * 0.7) if number else 0.0
        stays = draw.choice((5, 30, DAYS))
        at, gap = first, draw.choice((0.8, 2.5, 9.0))
        while at < min(DAYS, first + stays):
            rows += _acts(draw, user, START + timedelta(minutes=round(at * 24 * 60)), len(rows))
            if draw.random() < 0.5:
                rows += talk(draw, user, START + timedelta(minutes=round(at * 24 * 60) + draw.randint(0, 90)), number)
            at += draw.expovariate(1 / gap)
    rows += lots(seed, customers)
    rows = [row for row in rows if row["ts"] < START + timedelta(days=DAYS)]
    people = [
        {"user_id": f"user-{number:02d}", "created_at": START - timedelta(days=draw.randint(0, 40)),
         "traits": json.dumps({"plan": draw.choice(PLANS), "age": draw.choice(("19-24", "35-44", None))})}
        for number in range(customers)
    ]  # fmt: skip
    identified = tuple({**row, "message_id": f"m{place}"} for place, row in enumerate(rows))
    day = datetime.combine((START + timedelta(days=DAYS - 3)).date(), time(), ZoneInfo(ZONE)).astimezone(UTC)
    return World(identified, tuple(people), (day, day + timedelta(minutes=draw.randint(1, 24 * 60 - 1))))


def _acts(draw: random.Random, user: str, ts: datetime, number: int) -> Iterator[dict[str, Any]]:
    told = {"country": draw.choice(COUNTRIES), "seconds": draw.randint(1, 60), "referrer": draw.choice(REFERRERS)}
    properties = json.dumps({name: value for name, value in told.items() if value is not None})
    kind = draw.random()
    if kind < 0.45:
        yield event(user, "Page", ts, properties=properties)
    elif kind < 0.6:
        yield event(user, "Email Sent", ts)
    else:
        order = {"order_id": f"order-{number}", "currency": "EUR"}
        value = round(draw.uniform(1, 80), 2)
        yield event(user, "Order Completed", ts, value=value, properties=properties, **order)
        moved = ts + timedelta(hours=draw.choice((-30, 5, 60, 400)))
        if kind > 0.9:
            yield event(user, "Order Refunded", moved, value=-round(value / 3, 2), **order)
        elif kind > 0.85:
            yield event(user, "Order Cancelled", max(moved, ts + timedelta(hours=1)), **order)


SURVEYS = (
    ("satisfaction", "satisfaction", 1, 5), ("recommend", "recommend", 0, 10), ("affection", "affection_1", 1, 5),
    ("affection", "affection_2", 1, 5), ("affection", "affection_3", 1, 5),
)  # fmt: skip
TALK = (
    "Content Viewed", "Product Viewed", "Products Searched", "Post Created", "Comment Created", "Product Shared",
    "Product Reviewed", "Subscribed", "Invite Sent", "Signed Up", "Email Link Clicked", "Complaint Created",
    "Live Chat Message Sent", "Live Chat Message Received", "Survey Answered", "Survey Answered",
)  # fmt: skip


def lots(seed: int, customers: int) -> Iterator[dict[str, Any]]:
    """An experiment and a holdout: each customer is drawn once, some weeks into the company's time."""
    draw = random.Random(f"lots {seed}")
    for number in range(customers):
        told = {"experiment": "colours", "arm": draw.choice(("control", "green"))}
        ts = START + timedelta(minutes=draw.randint(20 * 24 * 60, 50 * 24 * 60))
        yield event(f"user-{number:02d}", "$arm_assigned", ts, properties=json.dumps(told))
    for number in range(customers):
        told = {"holdout": "mail", "held_out": number // 2 % 2 == 0, "holdout_share": 0.5}
        since = f"2022-11-{number % 28 + 1:02}T00:00:00.000000"
        told |= {"holdout_unit": f"unit-{number // 2}", "holdout_since": since}
        ts = START + timedelta(minutes=draw.randint(10 * 24 * 60, 30 * 24 * 60))
        yield event(f"user-{number:02d}", "$holdout_assigned", ts, properties=json.dumps(told))


def talk(draw: random.Random, user: str, ts: datetime, number: int, name: str = "") -> Iterator[dict[str, Any]]:
    """One of the other things that customers do: looking, asking, sharing, answering, all of a wave's items at once."""
    name = name or draw.choice(TALK)
    if name == "Survey Answered":
        wave = f"{ts:%G-%V}"
        for instrument, item, low, high in SURVEYS:
            told = {"instrument": instrument, "item": item, "score": draw.randint(low, high), "campaign": wave}
            yield event(user, name, ts, properties=json.dumps(told))
        return
    told = {
        "content_id": f"content-{draw.randint(1, 6)}",
        "country": draw.choice(COUNTRIES),
        "seconds": draw.randint(1, 60),
    }
    if name == "Invite Sent":
        told = {"invitee": f"user-{(number + draw.randint(1, 5)) % 14:02d}"}
    yield event(user, name, ts, properties=json.dumps({key: value for key, value in told.items() if value is not None}))


# -- every definition ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Variant:
    """A definition with parameters given."""

    kind: str
    name: str
    given: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value}' for name, value in self.given.items())})"

    @property
    def definition(self) -> Any:
        return find(self.kind, self.name).of(**self.given)

    def plan(self, view: View) -> None:
        """Make the statement, without running it."""
        made = self.definition
        if self.kind == "report":
            made.plan(view, view.log.run)
        else:
            made.facts(view)
            fitted(view, Asked("m", made), view.log.run)

    def ask(self, log: Log, as_of: datetime, **common: Any) -> Result:
        ask = log.measure if self.kind == "measure" else log.report
        return ask(self.name, **{"as_of": as_of, **self.given, **common})

    def shifted(self, by: timedelta) -> Variant:
        moved = {name: _moved(value, by) for name, value in self.given.items()}
        return replace(self, given=moved)

    @property
    def by_lot(self) -> bool:
        """Whether ties are broken by the hash of the customer's name, so that the name matters."""
        return any("random" in str(value) for value in self.given.values())

    @property
    def own_population(self) -> bool:
        """Whether the value of a customer needs nobody else."""
        return self.kind == "measure" and type(self.definition).fit is Measure.fit


def _moved(value: Any, by: timedelta) -> Any:
    try:
        return (date.fromisoformat(value) + by).isoformat() if isinstance(value, str) else value
    except ValueError:
        return value


COMPANIONS = {
    # What a choice may need beside it, by the name of the parameter.
    "brackets": "0|1-2|4-6", "since": (START + timedelta(days=20)).date().isoformat(), "criterion": "on_or_before",
    "by": "plan", "cuts_r": "60|30|14|7", "cuts_f": "2|3|5|8", "cuts_m": "10|50|100|200",
    "parameters_given": "0.55|10.6|0.61|11.7", "spend_given": "6.25|3.74|15.44",
}  # fmt: skip
SHORT = "21d"
LIGHT = {"seven_questions": {"question": "2|4|6|7"}}
"""What asks many other definitions by default is asked without that: these are asked by themselves."""


ONLY = tuple(filter(None, os.environ.get("CHERISH_DEFINITIONS", "").split(",")))
"""Whoever writes a definition asks for it alone: CHERISH_DEFINITIONS=funnel,paths."""


def variants() -> tuple[Variant, ...]:
    """Every definition with its defaults, with each choice of each parameter, each flag turned, and broken down."""
    asked = [(kind, name) for kind in FOLDERS for name in names(kind) if not ONLY or name in ONLY]
    return tuple(each for kind, name in asked for each in _variants(kind, name))


def _variants(kind: str, name: str) -> Iterator[Variant]:
    return map(first, ways(kind, name))


def ways(kind: str, name: str) -> Iterator[list[Variant]]:
    """The variants of a definition, each as the ways to ask for it, of which `first` finds the one that can be asked.

    To find it a plan is made, which takes as long as an answer: whoever asks for some variants finds only theirs.
    """
    light = LIGHT.get(name, {})
    plain = first([Variant(kind, name, {**light, **more}) for more in _companions(kind, name, light)])
    yield [plain]
    for parameter in find(kind, name).parameters():
        for choice in _choices(parameter):
            given = {**plain.given, parameter.name: choice}
            yield [Variant(kind, name, {**given, **more}) for more in _companions(kind, name, given)]


def _choices(parameter: Any) -> list[Any]:
    found: list[Any] = [choice for choice in parameter.choices if choice != parameter.default]
    if parameter.kind.name == "yes or no":
        found.append(not parameter.default)
    if parameter.kind.name == "window" and parameter.default is not None:
        found.append(SHORT)
    if parameter.name == "by":
        found += ["age"] if parameter.default is None else ["plan", "plan|age"]
    return found


def _companions(kind: str, name: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What might have to stand beside these parameters: nothing, one companion, all cuts, a model's parameters."""
    own = {each.name for each in find(kind, name).parameters()} - set(given)
    beside = {key: value for key, value in COMPANIONS.items() if key in own}
    together = [{key: beside[key] for key in beside if part in key} for part in ("cuts", "_given")]
    return [{}, *({key: value} for key, value in beside.items()), *together]


def first(tried: Sequence[Variant]) -> Variant:
    """The first way that can be asked; of a single one that is known already."""
    if len(tried) == 1:
        return tried[0]
    for each in tried:
        try:
            each.plan(_probe())
        except (QuestionError, Unanswerable):
            continue
        return each
    pytest.fail(f"{tried[0]} can't be asked: tell what it needs in COMPANIONS")


@cache
def _probe() -> View:
    return View.of(world(0).log().store)


def rows_of(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = result.table.to_pylist()
    return found


def same(left: Any, right: Any, where: str) -> None:
    """Equal counts, money, texts and dates; floats to 1e-12 of their size, because sums of doubles have no order."""
    if isinstance(left, float) and isinstance(right, float):
        assert left == pytest.approx(right, rel=1e-12, abs=1e-12), where
    elif isinstance(left, Mapping):
        assert left.keys() == right.keys(), where
        for key in left:
            same(left[key], right[key], f"{where}, {key}")
    elif isinstance(left, list):
        assert len(left) == len(right), f"{where}: {len(left)} and {len(right)} rows"
        for place, pair in enumerate(zip(left, right, strict=True)):
            same(*pair, f"{where}, row {place}")
    else:
        assert left == right, where
