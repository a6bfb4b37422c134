"""Reading a holdout: a foreign sender that leaks, a lot that is not sound, the declared day, and small companies."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from cherish.collect.importing import import_files
from cherish.demo.simulated import Effects, simulate
from cherish.errors import QuestionError, Unanswerable
from cherish.library import Log
from cherish.spec.holdouts import Wish
from cherish.spec.noise import Rule
from cherish.store.memory import memory
from logs import add, event, log_of
from lots import SALT, START, Person, company, join
from random_days import load_people
from reports.asking import asked

CUSTOMERS, DAYS, HORIZON = 2_000, 364, 28
DRAWN = datetime(2024, 1, 1) + timedelta(days=250)
READ = (DRAWN + timedelta(days=60)).replace(tzinfo=UTC)
HOLD, LEAK = 0.25, 0.03
CAMPAIGNS = {"autumn": 2, "winter": 9}
"""The foreign sender's campaigns, and how many days after the lot each was sent."""


@cache
def background(seed: int) -> Any:
    """The simulated company without any effect of its own: orders and refunds as they would have been."""
    found = simulate(CUSTOMERS, seed=seed, days=DAYS, effects=Effects.none())
    return found.customers.to_pydict(), [
        row
        for row in found.events.select(["message_id", "name", "user_id", "ts", "order_id", "value"]).to_pylist()
        if row["name"].startswith("Order ")
    ]


@dataclass
class Sender:
    """A foreign tool: it sends each campaign to everybody who is not on its suppression list, but forgets some.

    `causes` extra orders follow in a receiver, spread over the horizon.
    """

    causes: float
    seed: int
    suppressed: set[str] = field(default_factory=set)
    history: list[dict[str, str]] = field(default_factory=list)
    forgot: dict[str, int] = field(default_factory=dict)

    def send(self, addresses: dict[str, str], leaking: str) -> list[dict[str, Any]]:
        """The history of what was sent, and the orders that it caused."""
        chance, extra = np.random.default_rng(self.seed), []
        reached: set[str] = set()
        for campaign, day in CAMPAIGNS.items():
            at = DRAWN + timedelta(days=day, hours=9)
            for number, (customer, address) in enumerate(addresses.items()):
                forgets = campaign == leaking and chance.random() < LEAK
                if address in self.suppressed and not forgets:
                    continue
                self.forgot[campaign] = self.forgot.get(campaign, 0) + (address in self.suppressed)
                told = {"message": f"{campaign}-{number}", "campaign": campaign, "channel": "email"}
                self.history.append(
                    told | {"customer": customer, "time": f"{at + timedelta(seconds=number):%Y-%m-%dT%H:%M:%SZ}"}
                )
                reached.add(customer)
        for customer in sorted(reached):
            for order in range(int(chance.poisson(self.causes))):
                at = DRAWN + timedelta(days=10 + float(chance.uniform(0, HORIZON - 11)))
                money = {"value": 20, "currency": "EUR", "order_id": f"extra-{customer}-{order}"}
                extra.append(event(customer, "Order Completed", at, message_id=money["order_id"], **money))
        return extra

    def write(self, file: Path) -> Path:
        """What a tool exports: one row a message."""
        with file.open("w", newline="") as out:
            rows = csv.DictWriter(out, ["message", "campaign", "time", "customer", "channel"])
            rows.writeheader()
            rows.writerows(self.history)
        return file


def told(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        event(row["user_id"], row["name"], row["ts"], message_id=row["message_id"], order_id=row["order_id"],
              value=row["value"], currency="EUR")
        for row in rows
    ]  # fmt: skip


@cache
def sold(causes: float, seed: int) -> tuple[Any, Sender]:
    """Plan, draw, export; the sender sends and forgets; its history is imported as CSV."""
    people, orders = background(seed)
    store = memory()
    store.configure(zone="UTC", currency="EUR")
    known = [Person(name, f"{name}@example.test", (at - START).days) for name, at in
             zip(people["user_id"], people["created_at"], strict=True) if at < DRAWN]  # fmt: skip
    join(store, known)
    add(store, told(row for row in orders if row["ts"] < DRAWN), "orders before")
    store.plan_holdout(Wish("mail", HOLD), SALT)
    store.assign_holdout("mail", DRAWN)
    list_ = store.held_addresses("mail", "csv")
    assert store.note_exported("mail", "csv", list_.digest)
    sender = Sender(causes, seed, suppressed=set(list_.addresses))
    extra = sender.send({each.name: each.address or "" for each in known}, leaking="autumn")
    add(store, told(row for row in orders if row["ts"] >= DRAWN), "orders after")
    add(store, extra, "caused")
    mapping = {"customer": "customer", "time": "time", "message": "message"}
    with TemporaryDirectory() as folder:
        import_files(
            store, sender.write(Path(folder) / "sends.csv"), event="Email Sent", kind="events", mapping=mapping
        )
    return store, sender


@pytest.mark.parametrize("seed", [1, 2])
def test_a_leaking_sender_is_caught_and_the_effect_lies_within_its_interval(seed: int) -> None:
    store, sender = sold(0.4, seed)
    leaks, leaked, _ = asked(store, "contamination", READ)
    of = {row["campaign"]: row for row in leaks}
    assert of["autumn"]["leaked"] == sender.forgot["autumn"] > 0
    assert of["winter"]["leaked"] == 0
    assert list(of) == ["autumn", "winter"], "the leaking campaign comes first"
    assert of["autumn"]["leak_share"] == pytest.approx(LEAK, abs=0.02)
    assert of["winter"]["reached_share"] == 1.0
    rows, head, plan = asked(store, "holdout", READ, horizon=f"{HORIZON}d")
    assert (head["leaked"], head["sample_ratio"]) == (leaked["leaked"], "ok")
    # Everybody but the held out was mailed; of the held out the share that was forgotten.
    truth = 0.4 * (1 - head["leak_share"])
    orders = next(row for row in rows if row["metric"] == "orders")
    assert orders["reading"] == "always-valid"
    assert orders["effect_low"] < truth < orders["effect_high"]
    assert orders["verdict"] == "caused"
    assert orders["caused"] == pytest.approx(orders["effect"] * orders["customers"])
    assert head["says"].startswith("Mail caused about")
    assert any("intention to treat" in note for note in plan.notes)
    day = {"until": (DRAWN + timedelta(days=HORIZON + 1)).date().isoformat()}
    once = next(
        row for row in asked(store, "holdout", READ, horizon=f"{HORIZON}d", **day)[0] if row["metric"] == "orders"
    )
    assert once["reading"] == "planned"
    assert once["effect_low"] < truth < once["effect_high"]
    assert once["effect_high"] - once["effect_low"] < orders["effect_high"] - orders["effect_low"]


def test_mail_without_effect_is_credited_with_nothing() -> None:
    store, sender = sold(0.0, 2)
    rows, head, _ = asked(store, "holdout", READ, horizon=f"{HORIZON}d")
    assert {row["verdict"] for row in rows} == {"not proven"}
    assert head["leaked"] == sum(sender.forgot.values()) > 0
    assert head["says"].startswith("Not proven")
    assert "caused" not in head["says"]
    assert all(row["effect_low"] < 0 < row["effect_high"] for row in rows)


def test_the_reading_of_the_declared_day_stays_the_same_afterwards() -> None:
    store, _ = sold(0.4, 1)
    given = {"horizon": f"{HORIZON}d", "until": (DRAWN + timedelta(days=HORIZON + 1)).date().isoformat()}
    first, later = (asked(store, "holdout", READ + timedelta(days=days), **given)[0] for days in (0, 30))
    assert [row["effect_low"] for row in first] == pytest.approx([row["effect_low"] for row in later])
    early = asked(store, "holdout", READ - timedelta(days=33), **(given | {"horizon": "21d"}))[0]
    assert {row["reading"] for row in early} == {"always-valid"}


# -- the lot ------------------------------------------------------------------------------------------------------


def drawn(customers: int, share: float = 0.5, **wish: Any) -> Any:
    store = company([Person(f"c{number}", f"c{number}@x.test", number % 20) for number in range(customers)])
    store.plan_holdout(Wish("mail", share, **wish), SALT)
    store.assign_holdout("mail", START + timedelta(days=30))
    rows = [
        event(f"c{number}", "Order Completed", START + timedelta(days=31 + number % 9), order_id=f"o{number}", value=9,
              currency="EUR")
        for number in range(0, customers, 3)
    ]  # fmt: skip
    add(store, rows, "orders")
    return store


LATER = (START + timedelta(days=120)).replace(tzinfo=UTC)


def test_a_lot_that_lost_customers_of_one_arm_is_not_read() -> None:
    store = drawn(2_000)
    lost = store.query(
        "SELECT user_id FROM events WHERE name = '$holdout_assigned' AND properties ->> '$.held_out' = 'true'"
    )
    told = [
        {"user_id": name, "created_at": None, "traits": '{"plan": "internal"}'} for name in lost["user_id"].to_pylist()
    ]
    load_people(store, told[:250])
    store.add_noise(Rule.of("trait", "plan=internal"))
    rows, head, plan = asked(store, "holdout", LATER, horizon="30d")
    assert rows == []
    assert head["sample_ratio"] == "block"
    assert head["says"].startswith("Not read")
    assert any("is not as it was meant to be" in note for note in plan.notes)


def test_a_share_that_grew_is_no_wrong_ratio() -> None:
    store = company([Person(f"c{number}", day=number % 40) for number in range(3_000)])
    store.plan_holdout(Wish("mail", 0.05), SALT)
    store.assign_holdout("mail", START + timedelta(days=20))
    store.plan_holdout(Wish("mail", 0.5), SALT)
    store.assign_holdout("mail", START + timedelta(days=50))
    _, head, plan = asked(store, "holdout", LATER, horizon="14d")
    assert head["sample_ratio"] == "ok"
    # 1,500 at 5 % and 1,500 at 50 %: 825 expected.
    assert any("825.0 are expected" in note for note in plan.notes)


def test_customers_of_one_address_are_one_in_the_check_of_the_lot() -> None:
    store = company([Person(f"c{number}", f"a{number // 50}@x.test") for number in range(2_000)])
    store.plan_holdout(Wish("mail", 0.5), SALT)
    store.assign_holdout("mail", START + timedelta(days=30))
    _, head, plan = asked(store, "holdout", LATER, horizon="14d")
    assert head["sample_ratio"] == "ok"
    assert any("20.0 are expected" in note for note in plan.notes), "forty addresses, drawn at a half"


@pytest.mark.parametrize("customers", [10, 100, 1_000])
def test_a_small_company_gets_an_honest_sentence(customers: int) -> None:
    rows, head, plan = asked(drawn(customers), "holdout", LATER, horizon="30d")
    assert head["says"].startswith("Not proven")
    assert head["customers"] == customers
    assert all(row["verdict"] == "not proven" for row in rows)
    for row in rows:
        assert (row["effect_low"] is None) == (row["effect_low_why"] is not None)
    assert any("no messages" in note for note in plan.notes)
    if customers == 10:
        assert {row["effect_low_why"] for row in rows} <= {"under_30", "few_customers", "no_spread"}


def test_what_is_shared_tells_of_no_few() -> None:
    log = Log(drawn(60, share=0.1))
    found = log.report("holdout", as_of=LATER, horizon="30d")
    few = found.headline["held_out"]
    assert 0 < few < 10
    shared = found.shared()
    told = " ".join((*shared.notes, *map(str, shared.headline.values()), shared.to_csv()))
    assert "held_out" not in {name for name, value in shared.headline.items() if value is not None}
    assert f"{few} customers" not in told
    assert f" {few} " not in told


def test_mail_from_before_the_lot_and_mail_that_must_go_out_are_no_leaks() -> None:
    store = drawn(200)
    arms = store.query(
        "SELECT user_id, properties ->> '$.held_out' = 'true' AS out FROM events WHERE name = '$holdout_assigned'"
    ).to_pylist()
    out = [row["user_id"] for row in arms if row["out"]]
    at = START + timedelta(days=30)
    sends = [(out[0], "welcome", at - timedelta(minutes=1)), (out[1], "receipts", at + timedelta(minutes=1)),
             (out[2], "spring", at + timedelta(minutes=1)), (out[2], "spring", at + timedelta(days=1))]  # fmt: skip
    add(
        store,
        [event(who, "Email Sent", ts, properties=f'{{"campaign": "{name}"}}') for who, name, ts in sends],
        "sends",
    )
    rows, head, _ = asked(store, "contamination", LATER, exempt="receipts")
    assert [(row["campaign"], row["leaked"]) for row in rows] == [("spring", 1)]
    assert head["leaked"] == 1
    assert rows[0]["told_before_why"] == "no_list"


def test_a_message_to_a_shared_address_reaches_all_who_share_it() -> None:
    store = company([Person("one", "home@x.test", 1), Person("two", "Home@x.test", 2), Person("other", None, 3)])
    store.plan_holdout(Wish("mail", 0.5), next(salt for salt in map(str, range(99)) if _splits(salt)))
    store.assign_holdout("mail", START + timedelta(days=30))
    # The sender knows its receiver by the address alone, so that to the log it is another customer.
    sent = event("home@x.test", "Email Sent", START + timedelta(days=31), properties='{"campaign": "spring"}')
    add(store, [sent], "sends")
    rows, head, _ = asked(store, "contamination", LATER)
    assert (rows[0]["leaked"], head["leaked"]) == (2, 2)


def _splits(salt: str) -> bool:
    from cherish.audiences.bucket import place_of

    return place_of("one", salt, 10_000) < 5_000 <= place_of("other", salt, 10_000)


def test_without_a_holdout_or_without_messages_the_way_is_told() -> None:
    store = log_of([event("a", "Page", START)])
    with pytest.raises(Unanswerable, match="no holdout"):
        asked(store, "holdout", LATER)
    with pytest.raises(Unanswerable, match="bring the history of your sender in"):
        asked(drawn(40), "contamination", LATER)
    with pytest.raises(QuestionError, match="no holdout is called 'post'"):
        asked(drawn(40), "holdout", LATER, holdout="post")


def test_of_two_customers_who_became_one_the_older_ones_arm_is_read() -> None:
    store = drawn(400)
    arms = {
        row["user_id"]: row["out"]
        for row in store.query(
            "SELECT user_id, properties ->> '$.held_out' = 'true' AS out FROM events WHERE name = '$holdout_assigned'"
        ).to_pylist()
    }
    seen = {f"c{number}": number % 20 for number in range(400)}
    old = next(name for name, out in arms.items() if out and seen[name] == 1)
    young = next(name for name, out in arms.items() if not out and seen[name] == 15)
    before = asked(store, "holdout", LATER, horizon="30d")[1]
    store.merge(young, old, "me")
    after, plan = asked(store, "holdout", LATER, horizon="30d")[1:]
    assert (after["customers"], after["held_out"]) == (399, before["held_out"]), (
        "the pair is held out, as the older one"
    )
    assert any("two arms when they were merged" in note for note in plan.notes)


def test_merges_of_a_small_company_are_counted_and_refuse_nothing() -> None:
    store = drawn(40)
    rows = store.query(
        "SELECT user_id, properties ->> '$.held_out' = 'true' AS out FROM events WHERE name = '$holdout_assigned'"
    ).to_pylist()
    store.merge(
        next(row["user_id"] for row in rows if row["out"]), next(r["user_id"] for r in rows if not r["out"]), "me"
    )
    _, head, plan = asked(store, "holdout", LATER, horizon="30d")
    assert head["customers"] == 39
    assert any("1 customers (2.56%) came into two arms" in note for note in plan.notes)


def test_customers_of_one_address_are_read_as_one_draw() -> None:
    """Ten customers to an address, all of whom order or none: as if there were a tenth of them."""
    people = [Person(f"c{number}", f"a{number // 10}@x.test") for number in range(2_000)]
    alone = [Person(f"c{number}") for number in range(2_000)]
    widths = []
    for there in (people, alone):
        store = company(there)
        store.plan_holdout(Wish("mail", 0.5), SALT)
        store.assign_holdout("mail", START + timedelta(days=30))
        at = START + timedelta(days=31)
        rows = [event(f"c{number}", "Order Completed", at, order_id=f"o{number}", value=9, currency="EUR")
                for number in range(2_000) if number // 10 % 2]  # fmt: skip
        add(store, rows, "orders")
        row = asked(store, "holdout", LATER, horizon="30d", metrics="any_order", cuped="no")[0][0]
        assert row["customers"] + row["held_out"] == 2_000
        widths.append(row["effect_high"] - row["effect_low"])
    assert widths[0] / widths[1] == pytest.approx(10**0.5, rel=0.15)


def test_a_ratio_adds_up_to_nothing() -> None:
    ratio = "session_depth(views=Order Completed)"
    rows, _, _ = asked(drawn(400), "holdout", LATER, horizon="30d", metrics=f"orders|{ratio}")
    of = {row["metric"]: row for row in rows}
    depth = of[ratio]
    assert of["orders"]["caused"] is not None
    assert (depth["caused"], depth["caused_why"]) == (None, "ratio")
