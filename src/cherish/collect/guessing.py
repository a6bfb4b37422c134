"""The guess: from names and contents to a mapping, with a reason for each choice; where it can't be sure it says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from cherish.collect import profile
from cherish.collect.mapping import Choice, Layout
from cherish.collect.profile import Column
from cherish.collect.roles import PEOPLE_FILES, ROLES, Kind, bare, event_name
from cherish.collect.sources import Source, first_line, names_json
from cherish.collect.workbench import Workbench
from cherish.errors import FileError

_ORDER = (
    "time",
    "customer",
    "event",
    "order",
    "value",
    "price",
    "quantity",
    "currency",
    "message",
    "anonymous",
    "product",
)
_SOME = 0.2
_SUFFIXES = {
    "time": ("timestamp", "datetime", "date", "time"),
    "customer": ("customerid", "userid", "clientid", "householdid", "memberid", "accountid", "custid"),
    "order": ("orderid", "invoiceno", "basketid", "orderno", "ordernumber"),
    "value": ("revenue", "amount", "salesvalue"),
}
_SEGMENT = {
    "userid": "customer", "anonymousid": "anonymous", "messageid": "message", "timestamp": "time",
    "originaltimestamp": "time", "event": "event", "type": "type", "properties": "properties", "traits": "traits",
    "context": "context",
}  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """The layout found for a file and why; `problem` says why it can't be taken, in a sentence with the way out."""

    layout: Layout | None
    choices: tuple[Choice, ...] = ()
    why: str = ""
    warnings: tuple[str, ...] = ()
    problem: str | None = None


def guess(
    bench: Workbench,
    source: Source,
    asked: Mapping[str, str | None] | None = None,
    kind: Kind | None = None,
    event: str | None = None,
) -> Guess:
    """The layout of a source: what was asked holds, the rest is found from names and contents.

    Raises:
        FileError: the file's first rows can't be read.
    """
    try:
        profile.sample(bench, source)
    except duckdb.Error as error:
        raise FileError(f"{source.label} can't be read: {first_line(error)}") from error
    about = profile.columns(bench, source)
    search = _Search(source, about, dict(asked or {}))
    if search.is_segment():
        search.take_segment()
    else:
        for role in _ORDER:
            search.find(role)
    return _Decision(bench, search, kind, event).guess()


class _Search:
    """Columns looked for role by role; a column once taken is out of the race."""

    def __init__(self, source: Source, about: dict[str, Column], asked: dict[str, str | None]) -> None:
        self.source = source
        self.about = about
        self.open = {role for role in ROLES if role not in asked}
        self.choices = {role: Choice(role, column, "as you said") for role, column in asked.items() if column}
        self.rivals: dict[str, list[str]] = {}

    @property
    def taken(self) -> set[str]:
        return {choice.column for choice in self.choices.values()}

    def is_segment(self) -> bool:
        names = {bare(name) for name in self.source.names}
        return (
            "type" in names
            and bool(names & {"userid", "anonymousid"})
            and bool(names & {"messageid", "properties", "event"})
        )

    def take_segment(self) -> None:
        for name in self.source.names:
            role = _SEGMENT.get(bare(name))
            if role in self.open and role not in self.choices and name not in self.taken:
                self.choices[role] = Choice(role, name, "a field of Segment's messages")

    def find(self, role: str) -> None:
        if role not in self.open or role in self.choices:
            return
        free = [column for column in self.about.values() if column.name not in self.taken and self._fits(role, column)]
        habits = ROLES[role].habits
        ranked = sorted((habits.index(bare(each.name)), each.name) for each in free if bare(each.name) in habits)
        if ranked:
            best = ranked[0][1]
            self.choices[role] = Choice(role, best, f"{self._reason(role)}, and is called like one")
            return
        loose = [each.name for each in free if bare(each.name).endswith(_SUFFIXES.get(role, ())) and role in _SUFFIXES]
        self._settle(role, loose, "its name ends like one")
        if role == "time" and role not in self.choices and not loose:
            self._settle(role, [each.name for each in free if not each.is_number], "the only column of times")

    def _settle(self, role: str, names: list[str], reason: str) -> None:
        if len(names) == 1:
            self.choices[role] = Choice(role, names[0], f"{self._reason(role)}; {reason}", certain=False)
        elif names:
            self.rivals[role] = names

    def _fits(self, role: str, column: Column) -> bool:
        if not column.filled:
            return False
        if role in ("time", "created_at"):
            # Called like a time, it is one even where many rows are damaged: the refusal then names a line and why.
            return column.is_time or (column.temporal >= _SOME and bare(column.name) in ROLES["time"].habits)
        if role in ("value", "price", "quantity"):
            return column.is_number and not column.kind.startswith(("TIMESTAMP", "DATE", "BOOL"))
        if role == "event":
            return column.kind == "VARCHAR" and not column.is_number and column.distinct <= max(50, column.filled // 2)
        if role == "message":
            return column.distinct == column.filled == column.rows
        if role == "currency":
            return column.kind == "VARCHAR" and column.longest <= 3
        return not column.kind.startswith(("TIMESTAMP", "DATE", "BOOL", "STRUCT", "MAP")) and "[" not in column.kind

    @staticmethod
    def _reason(role: str) -> str:
        return {
            "time": "holds times",
            "value": "holds numbers",
            "price": "holds numbers",
            "quantity": "holds numbers",
            "event": "holds few different texts",
            "message": "is different on every row",
        }.get(role, "is filled")


class _Decision:
    """From the roles found to the kind of rows, and to what is still missing."""

    def __init__(self, bench: Workbench, search: _Search, kind: Kind | None, event: str | None) -> None:
        self.bench, self.search, self.source = bench, search, search.source
        self.choices = search.choices
        self.kind, self.event = kind, event
        self.why = "as you said" if kind else ""
        self.warnings: list[str] = []

    def guess(self) -> Guess:
        self._person_by_plain_id()
        kind = self.kind or self._kind()
        problem = self._missing(kind)
        if problem is None and kind in ("orders", "lines"):
            self._about_orders(kind)
            problem = self._shared_orders()
        if kind == "customers" or problem is not None:
            self._as_people(kind)
        for choice in self.choices.values():
            if not choice.certain:
                self.warnings.append(f"{choice.role} is taken from {choice.column}: {choice.reason}")
        roles = {role: choice.column for role, choice in self.choices.items()}
        event = self.event or (None if "event" in roles or kind != "events" else event_name(self.source.stem))
        layout = None if problem else Layout(kind or "events", roles, event)
        return Guess(layout, tuple(self.choices.values()), self.why, tuple(self.warnings), problem)

    def _column(self, role: str) -> Column | None:
        choice = self.choices.get(role)
        return None if choice is None else self.search.about[choice.column]

    def _people_file(self) -> bool:
        words = set(self.source.stem.lower().replace("-", "_").replace(".", "_").split("_"))
        return bool(words & PEOPLE_FILES)

    def _person_by_plain_id(self) -> None:
        # `id` is a person's only in a file of people; elsewhere it numbers the rows.
        if "customer" in self.choices or "customer" not in self.search.open:
            return
        plain = [name for name in self.source.names if bare(name) == "id" and name not in self.search.taken]
        about = self.search.about
        if len(plain) != 1 or not about[plain[0]].unique:
            return
        timeless = "time" not in self.choices and not any(
            bare(name).endswith("id") for name in self.source.names if name not in plain
        )
        if self._people_file() or timeless:
            reason = "is different on every row of a file of people" if self._people_file() else "is the only id"
            self.choices["customer"] = Choice("customer", plain[0], reason, certain=self._people_file())

    def _kind(self) -> Kind | None:
        has = self.choices.keys()
        customer, money = self._column("customer"), bool({"value", "price", "order_total"} & set(has))
        if {"event", "type"} & set(has):
            self.why = f"{self.choices['event' if 'event' in has else 'type'].column} names what happened"
            return "events"
        timeless = "time" not in has and self._unread_time() is None
        if customer and customer.unique and (timeless or ("time" in has and self._time_is_arrival() and not money)):
            self.why = f"every {customer.name} comes once, and no time but the customer's first"
            return "customers"
        if "time" in has and customer and money:
            return self._order_kind()
        self.why = "each row has a customer and a time"
        return "events" if "time" in has and (customer or "anonymous" in has) else None

    def _time_is_arrival(self) -> bool:
        column = bare(self.choices["time"].column)
        habits = ROLES["created_at"].habits
        return self._people_file() or (column in habits and habits.index(column) < habits.index("creationdate"))

    def _unread_time(self) -> str | None:
        """A column that is called like a time and can't be read as one: no reason to take the rows for people."""
        if self._people_file() or "time" not in self.search.open:
            return None
        habits = [name for name in ROLES["time"].habits if name not in ROLES["created_at"].habits]
        return next(
            (each.name for each in self.search.about.values() if each.filled and bare(each.name) in habits), None
        )

    def _order_kind(self) -> Kind:
        if "order" not in self.choices:
            self.why = "each row has a customer, a time and money, and there is no order id: each row is an order"
            return "orders"
        order = self.choices["order"].column
        orders, several, _ = profile.lines_per_order(self.bench, self.source, order, None)
        if several:
            self.why = f"{order} comes on several rows: these are lines of orders ({orders:,} among the first rows)"
            return "lines"
        self.why = f"every {order} comes once: each row is an order"
        return "orders"

    def _missing(self, kind: Kind | None) -> str | None:
        needs = {"customers": ("customer",)}.get(kind or "events", ("time", "customer"))
        if kind in ("orders", "lines"):
            needs = (*needs, "value")
        absent = [role for role in needs if not self._there(role)]
        if kind == "lines" and "order" not in self.choices:
            absent.append("order")
        if kind is None and not absent:
            return None
        return self._plea(absent[0]) if absent else None

    def _there(self, role: str) -> bool:
        same = {"customer": ("customer", "anonymous"), "value": ("value", "price", "order_total")}
        return any(each in self.choices for each in same.get(role, (role,)))

    def _plea(self, role: str) -> str:
        says = {
            "time": "says when",
            "customer": "says who",
            "value": "holds the money",
            "order": "holds the order's id",
        }[role]
        unread = self._unread_time() if role == "time" else None
        if unread:
            return (
                f"{self.source.label}: {unread} is called like a time, and hardly any of it can be read as one; "
                "write --map time=COLUMN for another, or --kind customers if each row is a customer"
            )
        rivals = self.search.rivals.get(role)
        if rivals:
            ways = " or ".join(f"--map {role}={_shell(name)}" for name in rivals)
            return f"{self.source.label}: which column {says}? {names_json(rivals)} could each; write {ways}"
        return (
            f"{self.source.label}: no column {says}; the columns are {names_json(self.source.names)}; "
            f"if one of them does, write --map {role}=COLUMN"
        )

    def _about_orders(self, kind: Kind) -> None:
        self.search.find("product_name")
        value = self._column("value")
        if kind != "lines" or value is None or self.choices["value"].reason == "as you said":
            return
        several, same = profile.same_within(self.bench, self.source, self.choices["order"].column, value.name)
        if several >= 5 and same >= 0.95 * several:
            reason = "says the same on every line of an order: it is the order's total, counted once"
            self.choices["order_total"] = Choice("order_total", value.name, reason, certain=False)
            del self.choices["value"]

    def _shared_orders(self) -> str | None:
        if not {"order", "customer"} <= self.choices.keys():
            return None
        order, customer = self.choices["order"].column, self.choices["customer"].column
        orders, _, shared = profile.lines_per_order(self.bench, self.source, order, customer)
        if shared > 0.01 * orders and shared > 1:
            return (
                f"{self.source.label}: {order} is no order id, for {shared:,} of the first {orders:,} hold "
                "several customers; "
                f"write --map order=COLUMN for another, or --map order= to take each row as an order"
            )
        return None

    def _as_people(self, kind: Kind | None) -> None:
        if kind != "customers":
            return
        if "time" in self.choices and "created_at" not in self.choices:
            choice = self.choices.pop("time")
            self.choices["created_at"] = Choice(
                "created_at", choice.column, "holds times: when the customer came", choice.certain
            )
        for role in set(self.choices) - {"customer", "anonymous", "created_at", "traits"}:
            del self.choices[role]


def _shell(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() else f"'{name}'"
