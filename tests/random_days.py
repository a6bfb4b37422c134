"""Random small logs of active days, and what they mean in plain Python: for the tests of reports that count them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from hypothesis import strategies as st

from cherish.spec.filters import Filter
from cherish.spec.view import View
from cherish.store.contract import Origin
from effort import tries
from logs import event, log_of

SLOW = tries(6)
START = datetime(2023, 3, 20, 12)
ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata")
ACTIVE = ("Page", "Order Completed")


@dataclass(frozen=True)
class Case:
    """A random log, the moment it is looked at from, and its filters."""

    zone: str
    rows: tuple[tuple[str, str, datetime, str | None], ...]
    plans: Mapping[str, str | None]
    as_of: datetime
    filters: tuple[str, ...]

    def view(self) -> View:
        rows = [
            event(user, name, ts, properties=None if country is None else json.dumps({"country": country}))
            for user, name, ts, country in self.rows
        ]
        log = log_of(rows, self.zone)
        people = [
            {"user_id": user, "created_at": None, "traits": json.dumps({"plan": plan})}
            for user, plan in self.plans.items()
        ]
        load_people(log, people)
        return View.of(log, self.as_of, tuple(Filter.parse(text) for text in self.filters))

    def local(self, moment: datetime) -> date:
        """The local day of a naive UTC moment, by the standard library."""
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone)).date()

    @property
    def today(self) -> date:
        """The local day that the moment lies in: the first that isn't wholly past."""
        return self.local(self.as_of.replace(tzinfo=None))

    @property
    def whole(self) -> bool:
        """Whether the moment is the first of its local day."""
        return self.local(self.as_of.replace(tzinfo=None) - timedelta(microseconds=1)) < self.today

    @property
    def first(self) -> date:
        """The local day of the first event, active or not."""
        return min(self.local(ts) for _, _, ts, _ in self.rows)

    def days(self, by: str | None = None) -> set[tuple[str | None, str, date]]:
        """(group, customer, local day) of the active events before the moment that pass the filters."""
        found = set()
        for user, name, ts, country in self.rows:
            inside = ts < self.as_of.replace(tzinfo=None) and name in ACTIVE
            fields = {"country": country or "unknown", "plan": self.plans.get(user) or "unknown"}
            if inside and all(self._passes(text, fields) for text in self.filters):
                found.add((None if by is None else fields[by], user, self.local(ts)))
        return found

    @staticmethod
    def _passes(text: str, fields: Mapping[str, str]) -> bool:
        name, wanted = text.split("=")
        return fields[name] in wanted.replace("(none)", "unknown").split("|")

    def grouped(self, by: str | None, top: int) -> set[tuple[str | None, str, date]]:
        """The same with all but the groups of most customers made one group."""
        days = self.days(by)
        sizes = {group: len({user for other, user, _ in days if other == group}) for group, _, _ in days}
        keep = sorted(sizes, key=lambda group: (-sizes[group], group or ""))[:top]
        return {(group if group in keep or by is None else "other", user, day) for group, user, day in days}


def load_people(log: Any, people: list[dict[str, Any]]) -> None:
    schema = pa.schema([("user_id", pa.string()), ("created_at", pa.timestamp("us")), ("traits", pa.string())])
    with log.loading(Origin("people", "customers")) as load:
        load.connection.register("people", pa.Table.from_pylist(people, schema=schema))
        load.connection.execute(
            "CREATE TEMP TABLE staged_people AS SELECT * REPLACE (traits::JSON AS traits) FROM people"
        )
        load.customers("staged_people")
        load.connection.execute("DROP TABLE staged_people")
        load.connection.unregister("people")


@st.composite
def cases(draw: Any) -> Case:
    """Up to forty events of five customers over eight weeks around a clock change, seen at a day's start or within."""
    zone = draw(st.sampled_from(ZONES))
    minutes, users, names = st.integers(0, 56 * 24 * 60), st.integers(0, 4), st.sampled_from([*ACTIVE, "Email Sent"])
    countries = st.sampled_from(["FR", "FR", "DE", "ES", None])
    drawn = draw(st.lists(st.tuples(users, names, minutes, countries), min_size=1, max_size=40))
    rows = [(f"u{user}", name, START + timedelta(minutes=minute), country) for user, name, minute, country in drawn]
    rows.append(("u0", "Page", START, "FR"))
    plans = {f"u{number}": draw(st.sampled_from(["free", "paid", "gold", None])) for number in range(5)}
    day = (START + timedelta(days=draw(st.integers(1, 60)))).date()
    moment = datetime.combine(day, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
    if draw(st.booleans()):
        moment += timedelta(minutes=draw(st.integers(1, 1300)))
    filters = draw(st.sampled_from([(), ("country=FR|DE",), ("plan=free|paid",), ("country=FR", "plan=free|(none)")]))
    return Case(zone, tuple(rows), plans, moment, filters)


def answer(report: Any, view: View) -> tuple[Any, Mapping[str, Any]]:
    """The finished table and the headline."""
    plan = report.plan(view, view.log.run)
    table = plan.finish(view.log.run(plan.expression))
    return table, plan.headline(table)
