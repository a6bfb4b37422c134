"""The groups (accounts, companies, teams) that a customer belongs to, with what all their members did."""

# ruff: noqa: S608  # statements are put together from our own texts, numbers and quoted values
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cherish.customers.orders import SUMS, Money, by_orders, money_of
from cherish.customers.rows import aware, document, rows
from cherish.customers.traits import Said, Trait, folded
from cherish.store.duckdb import schema


@dataclass(frozen=True)
class Group:
    """A group with its own totals: all events and orders of everybody who belongs to it.

    Whoever belongs to two groups counts in both. `joined` is when the customer was first said to belong to it.
    """

    group_id: str
    joined: datetime | None
    traits: tuple[Trait, ...]
    members: int
    events: int
    last_seen: datetime | None
    money: tuple[Money, ...]


def groups_of(store: Any, number: int) -> tuple[Group, ...]:
    """The groups of a customer, the one joined last first."""
    joined = {
        each["group_id"]: aware(each["joined"])
        for each in rows(
            store,
            f"SELECT group_id, min(ts) AS joined FROM events WHERE customer_id = {number} AND type = 'group' "
            "AND group_id IS NOT NULL GROUP BY group_id ORDER BY joined DESC, group_id",
        )
    }
    if not joined:
        return ()
    members = (
        f"SELECT DISTINCT group_id, customer_id FROM events WHERE type = 'group' AND group_id IN ({_listed(joined)})"
    )
    totals = {each.pop("group_id"): each for each in rows(store, _totals(members))}
    money: dict[str, list[Money]] = {}
    for each in rows(store, _money(members)):
        money.setdefault(each.pop("group_id"), []).append(money_of(each))
    traits = _traits(store, joined)
    return tuple(
        Group(
            group_id, at, traits.get(group_id, ()), totals[group_id]["members"], totals[group_id]["events"],
            aware(totals[group_id]["last_seen"]), by_orders(money.get(group_id, ())),
        )
        for group_id, at in joined.items()
    )  # fmt: skip


def _listed(groups: Iterable[str]) -> str:
    return ", ".join(schema.text(each) for each in groups)


def _totals(members: str) -> str:
    return f"""
        WITH members AS ({members})
        SELECT group_id, count(DISTINCT members.customer_id) AS members, CAST(sum(n) AS BIGINT) AS events,
            max(last_ts) AS last_seen
        FROM members JOIN activity USING (customer_id) GROUP BY group_id"""


def _money(members: str) -> str:
    return f"""
        WITH members AS ({members})
        SELECT group_id, currency, {SUMS} FROM members JOIN orders USING (customer_id) GROUP BY group_id, currency"""


def _traits(store: Any, groups: Iterable[str]) -> dict[str, tuple[Trait, ...]]:
    """What group calls said of the groups, whoever of the members sent them."""
    ledger: dict[str, list[Said]] = {}
    for each in rows(
        store,
        "SELECT group_id, CAST(ledger.traits AS VARCHAR) AS traits, loads.name AS source, "
        "coalesce(ledger.said_at, loads.loaded_at) AS at FROM traits AS ledger JOIN loads USING (load_id) "
        f"WHERE group_id IN ({_listed(groups)}) ORDER BY said_at, place",
    ):
        ledger.setdefault(each["group_id"], []).append(
            Said(document(each["traits"]), each["source"], aware(each["at"]))
        )
    return {group_id: folded(said) for group_id, said in ledger.items()}
