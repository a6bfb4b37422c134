"""The view of one customer by any key: what belongs to them, and to nobody else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from cherish.customers import PARTS, UnknownCustomer, view
from cherish.customers.orders import Money
from cherish.errors import QuestionError, Unsupported
from cherish.store.memory import memory
from cherish.store.table import TableLog
from customers.small import START, Clock, company, load, staged, tell

BARE: dict[str, Any] = {"measures": "none"}


@pytest.fixture(scope="module")
def store() -> Any:
    return company()


def utc(hours: float) -> datetime:
    return (START + timedelta(hours=hours)).replace(tzinfo=UTC)


# -- keys ---------------------------------------------------------------------------------------------------------


def test_any_key_of_a_customer_shows_the_same_view(store: Any) -> None:
    anna = view(store, "anna", **BARE)
    assert (anna.customer, anna.identified, anna.events, anna.population) == ("anna", True, 9, "identified")
    assert anna.acts == {"Order Completed": 4, "Page": 2, "Acme": 1, "Order Cancelled": 1, "Order Refunded": 1}
    assert (anna.first_seen, anna.last_seen) == (utc(0), utc(61))
    assert view(store, "user_id:anna", **BARE).to_json() == anna.to_json()
    browser = view(store, "browser-2", **BARE)
    assert (browser.customer, browser.identified, browser.events, browser.population) == ("browser-2", False, 1, "all")


def test_who_is_known_and_did_nothing_has_a_view(store: Any) -> None:
    cleo = view(store, "cleo", measures="recency")
    assert (cleo.events, cleo.acts, cleo.last_seen) == (0, {}, None)
    assert cleo.timeline is not None
    assert (cleo.timeline.events, cleo.timeline.after) == ((), None)
    assert cleo.orders is not None
    assert cleo.orders.money == ()
    assert [each.name for each in cleo.traits or ()] == ["email"]


def test_a_log_without_events_has_customers() -> None:
    store = memory()
    tell(store, "crm", {"cleo": {"email": "cleo@example.com"}})
    cleo = view(store, "cleo")
    assert [(each.name, each.source) for each in cleo.traits or ()] == [("email", "crm")]
    assert (cleo.measures, cleo.sessions and cleo.sessions.count) == ((), 0)


STRANGE = (
    "nobody",
    "",
    "ann",
    "anna'",
    "' OR 1=1 --",
    "a\x00b",
    "\ud83d",
    "x" * 100_000,
    "kind:",
    ":",
    "anna:anna",
    "%",
)


@pytest.mark.parametrize("key", STRANGE)
def test_an_unknown_key_is_refused_with_a_hint_and_is_not_repeated(store: Any, key: str) -> None:
    with pytest.raises(UnknownCustomer) as error:
        view(store, key)
    assert "cherish customers WORDS" in str(error.value)
    assert len(key) < 3 or key not in str(error.value)


@pytest.mark.parametrize("key", ["o'hara; DROP TABLE events", "http://id/1:2", "naïve 🙂", "user_id:anna ", "C:\\x"])
def test_a_key_may_hold_any_sign(key: str) -> None:
    store = memory()
    load(store, "web", [staged("Page", START, key), staged("Page", START, "other")])
    assert (view(store, key, **BARE).customer, view(store, f"user_id:{key}", **BARE).events) == (key, 1)


def test_a_text_that_is_a_key_of_two_customers_means_the_user_unless_its_kind_is_said() -> None:
    store = memory()
    load(store, "web", [staged("Page", START, anonymous_id="x"), staged("Order Completed", START, "x", order_id="1")])
    assert view(store, "x", **BARE).acts == {"Order Completed": 1}
    assert view(store, "anonymous_id:x", **BARE).acts == {"Page": 1}
    assert view(store, "user_id:x", **BARE).acts == {"Order Completed": 1}


# -- parts --------------------------------------------------------------------------------------------------------


def test_identifiers_tell_which_events_carry_them(store: Any) -> None:
    found = view(store, "anna", parts=["identifiers"]).identifiers or ()
    assert [(each.kind, each.key, each.events, each.first, each.last) for each in found] == [
        ("user_id", "anna", 9, utc(0), utc(61)),
        ("anonymous_id", "browser-1", 2, utc(0), utc(0.1)),
    ]


def test_edges_say_why_keys_are_one_customer(store: Any) -> None:
    anna = view(store, "browser-1", parts=["identifiers"])
    assert anna.edges == store.why("anna")
    told = [(each["a"], each["b"], each["reason"], each["binds"]) for each in json.loads(anna.to_json())["edges"]]
    browser, user = {"kind": "anonymous_id", "key": "browser-1"}, {"kind": "user_id", "key": "anna"}
    assert told == [(browser, user, "seen_together", True)]


def test_a_merge_is_one_view_and_taken_back_two() -> None:
    store = company(memory(clock=Clock()))
    told: dict[str, Any] = {"parts": [each for each in PARTS if each != "identifiers"]}
    before = view(store, "ben", **told).to_json()
    number = store.merge("anna", "ben", "zoe")
    both = view(store, "anna", **BARE)
    assert view(store, "ben", **BARE).to_json() == both.to_json()
    # anna's 9 events and ben's 4; where both had said something, the load that said it last.
    assert both.events == 13
    assert {each.key for each in both.identifiers or ()} == {"anna", "ben", "browser-1"}
    assert {each.name for each in both.traits or ()} == {
        "address", "email", "first_name", "last_name", "name", "plan", "vat",
    }  # fmt: skip
    assert [each.group_id for each in both.groups or ()] == ["sailing", "acme"]
    store.undo_edge(number)
    assert view(store, "ben", **told).to_json() == before
    assert view(store, "ben", parts=["identifiers"]).edges == store.why("ben")


def test_money_is_told_per_currency_and_never_summed_over_several(store: Any) -> None:
    orders = view(store, "anna", parts=["orders"]).orders
    assert orders is not None
    # EUR: 100 + 50.50 + 70 came in; 20.25 of o2 and all of the cancelled o4 went back. o4 is no completed order.
    euro = Money("EUR", 2, Decimal("220.50"), Decimal("-90.25"), Decimal("130.25"), utc(0.2), utc(30))
    dollar = Money("USD", 1, Decimal("9.99"), Decimal(0), Decimal("9.99"), utc(50), utc(50))
    assert orders.money == (euro, dollar)
    last = [(each.order_id, each.net, each.completed, each.changed_at) for each in orders.last]
    assert last == [
        ("o4", Decimal(0), False, utc(61)), ("o3", Decimal("9.99"), True, utc(50)),
        ("o2", Decimal("30.25"), True, utc(40)), ("o1", Decimal(100), True, utc(0.2)),
    ]  # fmt: skip


def test_a_refund_of_an_order_that_is_not_there_lowers_the_money_and_counts_no_order() -> None:
    store = memory()
    load(store, "web", [staged("Order Refunded", START, "dan", value=-5, currency="EUR", order_id="old")])
    orders = view(store, "dan", parts=["orders"]).orders
    assert orders is not None
    assert orders.money == (Money("EUR", 0, Decimal(0), Decimal(-5), Decimal(-5), None, None),)


def test_a_group_has_its_own_totals_of_all_its_members(store: Any) -> None:
    sailing, acme = view(store, "ben", parts=["groups"]).groups or ()
    assert (acme.group_id, acme.joined, acme.members) == ("acme", utc(22), 2)
    # anna's 9 events and ben's 4; her 130.25 EUR in 2 orders with his 10 EUR in one, and her 9.99 USD.
    assert (acme.events, acme.last_seen) == (13, utc(61))
    assert [(each.currency, each.orders, each.net) for each in acme.money] == [
        ("EUR", 3, Decimal("140.25")), ("USD", 1, Decimal("9.99")),
    ]  # fmt: skip
    assert (sailing.group_id, sailing.members, sailing.events) == ("sailing", 1, 4)
    assert [each.group_id for each in view(store, "anna", parts=["groups"]).groups or ()] == ["acme"]
    assert view(store, "browser-2", parts=["groups"]).groups == ()


def test_sessions_are_cut_by_the_rule_of_the_measures(store: Any) -> None:
    anna = view(store, "anna", parts=["sessions", "measures"], measures="sessions")
    visits = anna.sessions
    assert visits is not None
    # Pages at 0 and 6 minutes and an order at 12; then acts hours apart. Refund and cancellation are the company's.
    assert (visits.count, visits.rule) == (5, "30min/ge")
    assert [each.begin for each in visits.last] == [utc(60), utc(50), utc(30), utc(1), utc(0)]
    first = visits.last[-1]
    assert (first.events, first.views, first.goals, first.seconds, first.engaged) == (3, 2, 1, 720.0, True)
    assert [each.value for each in anna.measures or ()] == [visits.count]


def test_sessions_that_cannot_be_say_why() -> None:
    store = memory()
    load(store, "mail", [staged("Email Sent", START, "dan")])
    visits = view(store, "dan", parts=["sessions"]).sessions
    assert visits is not None
    assert (visits.count, visits.last) == (None, ())
    assert visits.why is not None
    assert "a session is made of what customers do" in visits.why


def test_only_what_was_asked_for_is_there(store: Any) -> None:
    told = json.loads(view(store, "anna", parts=["orders"]).to_json())
    assert "orders" in told
    assert not {"traits", "identifiers", "timeline", "sessions", "groups", "measures", "edges"} & set(told)
    with pytest.raises(QuestionError, match="no part of a view is called 'order'; there are traits, identifiers"):
        view(store, "anna", parts=["order"])


def test_json_holds_money_as_text_and_times_with_their_zone(store: Any) -> None:
    told = json.loads(view(store, "anna").to_json())
    assert told["orders"]["money"][0]["net"] == "130.2500"
    assert told["first_seen"] == "2024-03-30T09:00:00Z"
    assert told["timeline"]["events"][-1]["properties"] == {"path": "/", "n": 1e300}
    # The last act is at 23:00 on 1 April in Berlin, the last event after midnight: seen from the end of 2 April.
    assert {each["name"]: each["value"] for each in told["measures"]}["recency"] == 2
    assert "customer_id" not in json.dumps(told)


def test_a_table_that_stays_where_it_lies_has_no_view() -> None:
    rows = pa.table({"who": ["a"], "at": [START]})
    log = TableLog.of(_table(rows), customer="who", ts="at")
    with pytest.raises(Unsupported, match="cherish import FILE"):
        view(log, "a")


def _table(rows: Any) -> Any:
    connection = ibis.duckdb.connect()
    return connection.create_table("visits", rows)


def test_an_undone_import_leaves_the_view() -> None:
    store = company(memory(clock=Clock()))
    tell(store, "guess", {"anna": {"plan": "silver"}})
    assert {each.name: each.value for each in view(store, "anna", **BARE).traits or ()}["plan"] == "silver"
    store.undo("guess")
    assert {each.name: (each.value, each.source) for each in view(store, "anna", **BARE).traits or ()}["plan"] == (
        "gold", "billing",
    )  # fmt: skip
    store.undo("web")
    with pytest.raises(UnknownCustomer):
        view(store, "browser-2")
