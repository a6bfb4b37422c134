"""Rules in plain Python: what each condition means, one customer after the other, on rows and not on relations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from hashlib import md5
from typing import Any
from zoneinfo import ZoneInfo

from cherish.library import Log
from cherish.spec.calendar import EPOCH
from properties.world import ZONE, World


@dataclass(frozen=True)
class Plain:
    """A world at a moment; `log` answers measures, which have witnesses of their own."""

    world: World
    moment: datetime
    log: Log

    @cached_property
    def rows(self) -> list[Mapping[str, Any]]:
        return [row for row in self.world.rows if row["ts"] < self.moment.replace(tzinfo=None)]

    @cached_property
    def people(self) -> list[str]:
        return sorted({row["user_id"] for row in self.rows})

    @cached_property
    def traits(self) -> dict[str, dict[str, Any]]:
        found = {each["user_id"]: json.loads(each["traits"]) for each in self.world.people}
        return {user: found.get(user, {}) for user in self.people}

    def members(self, rule: Mapping[str, Any]) -> list[str]:
        """The customers' own ids."""
        return [user for user in self.people if self.holds(rule, user)]

    def holds(self, rule: Mapping[str, Any], user: str) -> bool:
        kind = next(key for key in ("all", "any", "not", "trait", "did", "did_not", "measure", "bucket") if key in rule)
        said = rule[kind]
        if kind == "all":
            return all(self.holds(each, user) for each in said)
        if kind == "any":
            return any(self.holds(each, user) for each in said)
        if kind == "not":
            return not self.holds(said, user)
        if kind == "did_not":
            return not self.did(said, user)
        return {"did": self.did, "trait": lambda *_: self.trait(rule, user), "bucket": bucket,
                "measure": lambda *_: self.measure(rule, user)}[kind](said, user)  # fmt: skip

    # -- traits ---------------------------------------------------------------------------------------------------

    def trait(self, rule: Mapping[str, Any], user: str) -> bool:
        value = self.traits[user].get(rule["trait"])
        tests = {
            "is": lambda wanted: value == wanted,
            "is_not": lambda wanted: value != wanted,
            "in": lambda wanted: value in wanted,
            "not_in": lambda wanted: value not in wanted,
            "known": lambda wanted: (value is not None) == wanted,
        }
        return all(test(rule[word]) for word, test in tests.items() if word in rule)

    # -- events ---------------------------------------------------------------------------------------------------

    def local(self, ts: datetime) -> datetime:
        return ts.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)

    def did(self, said: Any, user: str) -> bool:
        said = said if isinstance(said, dict) else {"event": said}
        names = [said["event"]] if isinstance(said["event"], str) else said["event"]
        rows = [row for row in self.rows if row["user_id"] == user and row["name"] in names]
        rows = [row for row in rows if self.inside(row, said.get("within"))]
        rows = [row for row in rows if all(fulfils(row, text) for text in said.get("where", ()))]
        days = [(self.local(row["ts"]).date() - EPOCH).days for row in rows]
        return (
            bool(rows)
            and compared(len(rows), said.get("count", {}))
            and self.summed(rows, said.get("sum"))
            and self.on_day(min(days), said.get("first", {}))
            and self.on_day(max(days), said.get("last", {}))
        )

    def inside(self, row: Mapping[str, Any], within: str | None) -> bool:
        if within is None or within == "all":
            return True
        length = timedelta(days=int(within[:-1]) * {"d": 1, "w": 7}[within[-1]])
        return self.local(row["ts"]) >= self.local(self.moment.replace(tzinfo=None)) - length

    def summed(self, rows: list[Mapping[str, Any]], said: Mapping[str, Any] | None) -> bool:
        if said is None:
            return True
        if "of" in said:
            values = [json.loads(row["properties"] or "{}").get(said["of"]) for row in rows]
            return compared(sum(each for each in values if each is not None), said)
        return compared(sum((row["value"] for row in rows if row["value"] is not None), Decimal(0)), said)

    def on_day(self, day: int, said: Mapping[str, Any]) -> bool:
        today = (self.local(self.moment.replace(tzinfo=None)).date() - EPOCH).days
        before, since = said.get("before"), said.get("since")
        return (
            (before is None or day < (date.fromisoformat(before) - EPOCH).days)
            and (since is None or day >= (date.fromisoformat(since) - EPOCH).days)
            and compared(today - day, said)
        )

    # -- measures -------------------------------------------------------------------------------------------------

    def values(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        found = self.log.measure(rule["measure"], as_of=self.moment, **rule.get("parameters", {}))
        return dict(zip(found.table["customer"].to_pylist(), found.table["value"].to_pylist(), strict=True))

    def measure(self, rule: Mapping[str, Any], user: str) -> bool:
        values = self.values(rule)
        value = values[user]
        if "known" in rule and (value is not None) != rule["known"]:
            return False
        tests = [word for word in rule if word in (*WORDS, "top", "bottom")]
        if tests and value is None:
            return False
        known = [each for each in values.values() if each is not None]
        for word, better in (("top", lambda each: each > value), ("bottom", lambda each: each < value)):
            if word in rule:
                ahead, equal = sum(map(better, known)), sum(each == value for each in known)
                average = ahead + Fraction(equal + 1, 2)
                if not average < Fraction(rule[word].removesuffix("%")) / 100 * len(known) + 1:
                    return False
        return compared(value, rule)


WORDS = {
    "is": lambda value, wanted: value == wanted,
    "above": lambda value, wanted: value > wanted,
    "at_least": lambda value, wanted: value >= wanted,
    "below": lambda value, wanted: value < wanted,
    "at_most": lambda value, wanted: value <= wanted,
}


def compared(value: Any, said: Mapping[str, Any]) -> bool:
    """A number against all that is said of it; money exactly."""
    exact = (lambda wanted: Decimal(str(wanted))) if isinstance(value, Decimal) else (lambda wanted: wanted)
    return all(test(value, exact(said[word])) for word, test in WORDS.items() if word in said)


def fulfils(row: Mapping[str, Any], text: str) -> bool:
    """One filter of an event: FIELD=A|B, FIELD!=A, or FIELD>=NUMBER."""
    given = json.loads(row["properties"] or "{}")
    for sign in (">=", "!=", "="):
        if sign in text:
            field, _, wanted = text.partition(sign)
            value = given.get(field)
            if sign == ">=":
                return value is not None and value >= float(wanted)
            hit = value in wanted.split("|")
            return hit if sign == "=" else not hit
    raise AssertionError(text)


def bucket(said: Mapping[str, Any], user: str) -> bool:
    number = int(md5(f"{said['salt']}:{user}".encode()).hexdigest()[:8], 16) % said["of"]
    return said.get("at_least", 0) <= number < said["below"]
