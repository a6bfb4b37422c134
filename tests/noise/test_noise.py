"""Who is marked is in no answer: every definition says what it says of a log that never heard of them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest

from cherish import verify
from cherish.answer import answer
from cherish.errors import QuestionError
from cherish.library import Log
from cherish.query import Query
from cherish.spec.bots import is_bot
from cherish.spec.noise import BOT, Rule
from logs import add, event, log_of
from noise.agreeing import answers
from properties.world import START, World, rows_of, same, world
from random_days import load_people
from store.support import load_traits

SEED = 11
BOT_AGENT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def staff(made: World, suffix: str = "@ourshop.com") -> list[dict[str, Any]]:
    """The company's own people, who do all that a third of the customers does, and give nobody else's orders back."""
    chosen = {f"user-{number:02d}" for number in range(0, 14, 3)}
    found = []
    for row in made.rows:
        if row["user_id"] in chosen:
            order = row["order_id"] and f"{row['order_id']}-staff"
            own = {"user_id": row["user_id"] + suffix, "message_id": f"{row['message_id']}-staff", "order_id": order}
            found.append({**row, **own})
    return found


def by_bots(made: World) -> list[dict[str, Any]]:
    """Events that bots sent in the customers' names, before and after all that the customers did themselves."""
    draw = random.Random(SEED)
    context = json.dumps({"userAgent": BOT_AGENT, "ip": "192.0.2.1"})
    found = []
    for place, row in enumerate(draw.sample(made.rows, 30)):
        moved = row["ts"] + timedelta(days=draw.choice((-200, 0, 3)))
        order = row["order_id"] and f"{row['order_id']}-bot"
        found.append({**row, "message_id": f"bot-{place}", "order_id": order, "ts": moved, "context": context})
    return [*found, event("only-a-bot", "Page", START, message_id="bot", context=context)]


def people(store: Any, made: World, more: Iterable[Mapping[str, Any]] = ()) -> None:
    load_people(store, [*(dict(each) for each in made.people), *(dict(each) for each in more)])


@cache
def plain() -> tuple[World, Log]:
    made = world(SEED)
    return made, made.log()


@cache
def noisy() -> Log:
    """The same company with its staff, a person known by a trait, bots, and a staging site that uses real people."""
    made, _ = plain()
    tester = [
        {**row, "user_id": "tester", "message_id": f"{row['message_id']}-t", "order_id": None, "name": "Page"}
        for row in made.rows[:40]
    ]
    staging = [{**row, "message_id": f"{row['message_id']}-s", "source": "staging"} for row in made.rows[20:60]]
    staging = [{**row, "order_id": row["order_id"] and f"{row['order_id']}-s"} for row in staging]
    rows = [*made.rows, *staff(made), *by_bots(made), *tester, *staging]
    random.Random(SEED).shuffle(rows)
    store = log_of(rows, "Asia/Kolkata")
    traits = json.dumps({"plan": "internal", "odd": {"only": "here"}})
    people(store, made, [{"user_id": "tester", "created_at": START - timedelta(days=99), "traits": traits}])
    for kind, value in (("email-domain", "ourshop.com"), ("trait", "plan=internal"), ("source", "staging")):
        assert store.add_noise(Rule.of(kind, value))
    return Log(store)


def test_every_definition_answers_as_if_the_noise_had_never_been_there() -> None:
    made, without = plain()
    for found, expected in answers(noisy(), without, made):
        assert [note for note in found.notes if not note.startswith("Left out as")] == list(expected.notes)


def test_filters_groups_and_audiences_leave_the_noise_out_too() -> None:
    made, without = plain()
    log = noisy()
    asked = (
        {"where": "country=FR"}, {"by": "plan"}, {"over": "20d"}, {"population": "all"},
        {"among": {"did": "Order Completed"}},
    )  # fmt: skip
    for given in asked:
        for name in ("recency", "monetary", "sessions"):
            found, expected = (each.measure(name, as_of=made.moments[1], **given) for each in (log, without))
            same(rows_of(found), rows_of(expected), f"{name} {given}")


def test_the_facts_are_those_of_the_rest_and_say_how_many_are_left_out() -> None:
    _, without = plain()
    facts, expected = noisy().facts, without.facts
    for field in ("first", "last", "names", "currencies", "name_currencies", "traits", "active"):
        assert getattr(facts, field) == getattr(expected, field), field
    assert facts.rows == expected.rows
    assert facts.left_out["customers"] == 5 + 1 + 1
    everything = noisy().store.query("SELECT count(*) AS n FROM events").to_pylist()[0]["n"]
    assert facts.left_out["events"] == everything - facts.rows["events"]
    (note,) = [note for note in noisy().report("actives").notes if note.startswith("Left out as")]
    assert f"7 customers with {facts.left_out['events']:,} events" in note
    assert not without.report("actives").notes or "Left out" not in str(without.report("actives").notes)


def test_with_the_noise_the_answers_are_those_of_a_log_without_rules() -> None:
    made, _ = plain()
    rows = [*made.rows, *staff(made)]
    store, ruleless = (log_of(rows, "Asia/Kolkata") for _ in range(2))
    bots = by_bots(made)
    add(store, bots, "bots")
    add(ruleless, [{**row, "context": None} for row in bots], "bots")
    for each in (store, ruleless):
        people(each, made)
    store.add_noise(Rule.of("email-domain", "ourshop.com"))
    log, expected = Log(store), Log(ruleless)
    for name in ("recency", "frequency", "monetary", "sessions", "tenure", "active_days"):
        for as_of in made.moments:
            found = log.measure(name, as_of=as_of, include_noise=True)
            same(rows_of(found), rows_of(expected.measure(name, as_of=as_of)), name)
            assert found.notes == expected.measure(name, as_of=as_of).notes
    for name in ("actives", "retention", "growth", "revenue"):
        found = log.report(name, include_noise=True)
        same(rows_of(found), rows_of(expected.report(name)), name)
    facts, other = store.everybody.facts, ruleless.facts
    assert (facts.names, facts.rows, facts.first, facts.last) == (other.names, other.rows, other.first, other.last)


def test_a_rule_taken_back_brings_everything_back() -> None:
    made, _ = plain()
    staging = [{**row, "message_id": f"{row['message_id']}-s", "source": "staging"} for row in made.rows[20:60]]
    rows = [*made.rows, *staff(made), *staging]
    before, store = log_of(rows, "Asia/Kolkata"), log_of(rows, "Asia/Kolkata")
    rules = [Rule.of("email-domain", "ourshop.com"), Rule.of("source", "staging"), Rule.of("key", "user-03")]
    for rule in rules:
        store.add_noise(rule)
    assert store.check() == {}
    assert not store.add_noise(rules[0])
    assert {(each.rule, each.by) for each in store.noise()} == {(rule, "command") for rule in rules}
    assert store.facts.rows != before.facts.rows
    for rule in rules:
        store.remove_noise(rule)
    assert store.check() == {}
    assert (store.facts.rows, store.facts.names, store.facts.fingerprint) == (
        before.facts.rows, before.facts.names, before.facts.fingerprint,
    )  # fmt: skip
    with pytest.raises(QuestionError, match="key user-03 is no rule here; there are no rules"):
        store.remove_noise(rules[2])


def test_whoever_comes_to_match_is_marked_and_whoever_does_not_any_more_is_not() -> None:
    store = log_of([event("anna", "Page", START), event("ben", "Page", START)])
    store.add_noise(Rule.of("trait", "plan=internal"))
    assert names(store) == ["anna", "ben"]
    load_traits(store, "first", [("anna", START, {"plan": "internal"})])
    assert names(store) == ["ben"]
    load_traits(store, "second", [("anna", START, {"plan": "gold"})])
    assert names(store) == ["anna", "ben"]


def test_a_merge_takes_the_mark_along_and_its_undoing_brings_the_other_back() -> None:
    store = log_of([event("anna", "Page", START), event("ben", "Page", START), event("cleo", "Page", START)])
    store.add_noise(Rule.of("key", "user_id:ben"))
    assert names(store) == ["anna", "cleo"]
    store.merge("anna", "ben", "me")
    assert names(store) == ["cleo"]
    assert store.check() == {}
    store.undo_edge()
    assert names(store) == ["anna", "cleo"]


def test_addresses_mark_whoever_came_from_them_once() -> None:
    rows = [
        event("anna", "Page", START, context='{"ip": "203.0.113.77"}'),
        event("anna", "Page", START + timedelta(days=1), context='{"ip": "198.51.100.1"}'),
        event("ben", "Page", START, context='{"ip": "203.0.114.1"}'),
        event("cleo", "Page", START, context='{"ip": "2001:db8::7"}'),
        event("dora", "Page", START, context='{"ip": "no address"}'),
        event("emil", "Page", START),
    ]
    store = log_of(rows)
    store.add_noise(Rule.of("address", "203.0.113.9/24"))
    assert names(store) == ["ben", "cleo", "dora", "emil"]
    store.add_noise(Rule.of("address", "2001:db8::/32"))
    assert names(store) == ["ben", "dora", "emil"]
    add(store, [event("emil", "Page", START, context='{"ip": "::ffff:203.0.113.1"}')], "later")
    assert names(store) == ["ben", "dora"]
    assert store.check() == {}


def test_events_of_bots_are_marked_and_kept() -> None:
    made, _ = plain()
    store = log_of([*made.rows, *by_bots(made)])
    told = {each.why: (each.customers, each.events) for each in store.noise_counts()}
    assert told[BOT][1] == 31
    assert told["only bot events"] == (1, 0)
    assert store.query("SELECT count(*) AS n FROM events").to_pylist()[0]["n"] == len(made.rows) + 31


def test_an_import_taken_back_leaves_no_mark() -> None:
    made, _ = plain()
    store = log_of(made.rows, "Asia/Kolkata")
    before = store.facts
    add(store, by_bots(made), "bots")
    store.undo("bots")
    assert store.check() == {}
    assert store.noise_counts() == ()
    assert store.facts.fingerprint == before.fingerprint
    assert (store.facts.rows, store.facts.names) == (before.rows, before.names)


def test_a_figure_is_derived_again_and_a_new_rule_is_noticed() -> None:
    made, _ = plain()
    store = log_of([*made.rows, *staff(made)], "Asia/Kolkata")
    with_all = answer(store, Query.from_args("report", "actives", {"include_noise": "yes"}))
    before = answer(store, Query.from_args("report", "actives"))
    store.add_noise(Rule.of("email-domain", "ourshop.com"))
    assert verify.reproduce(store, verify.of_result(with_all)).differences == ()
    differences = verify.reproduce(store, verify.of_result(before)).differences
    assert {each.cause for each in differences} == {"reading"}
    after = answer(store, Query.from_args("report", "actives"))
    assert verify.reproduce(store, verify.of_result(after)).differences == ()


def test_the_question_carries_the_noise_through_every_door() -> None:
    query = Query.from_args("measure", "recency", {"include_noise": True})
    assert query.to_url() == "measure/recency?include_noise=yes"
    assert Query.from_url(query.to_url()) == query == Query.from_json(query.to_json())
    assert query.command() == "cherish measure recency --include-noise"
    assert "include_noise" not in Query.from_args("measure", "recency").to_json()
    with pytest.raises(QuestionError, match="include_noise='perhaps': yes or no"):
        Query.from_args("measure", "recency", {"include_noise": "perhaps"})


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("colour", "red", "a rule is about one of email-domain"),
        ("trait", "plan", "write TRAIT=VALUE"),
        ("address", "300.1.1.1", "is no address"),
        ("email-domain", "ourshop", "is no domain"),
        ("key", " ", "say which"),
    ],
)
def test_a_rule_that_can_not_be_meant_is_refused(kind: str, value: str, message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        Rule.of(kind, value)


@pytest.mark.parametrize(
    "agent",
    [
        BOT_AGENT, "Mozilla/5.0 AppleWebKit/537.36 (compatible; bingbot/2.0)", "Slackbot-LinkExpanding 1.0",
        "facebookexternalhit/1.1", "WhatsApp/2.23.20.0", "Mozilla/5.0 HeadlessChrome/120.0.0.0 Safari/537.36",
        "curl/8.4.0", "python-requests/2.31", "Pingdom.com_bot_version_1.4", "Mozilla/5.0 Chrome-Lighthouse",
        "Mozilla/5.0 (compatible; Baiduspider/2.0)",
    ],
)  # fmt: skip
def test_bots_are_known(agent: str) -> None:
    assert is_bot(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
        "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 Chrome/90.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148",
        "analytics-python/2.2", "Dalvik/2.1.0 (Linux; U; Android 13)", "", None, 7,
    ],
)  # fmt: skip
def test_people_are_not_taken_for_bots(agent: Any) -> None:
    assert not is_bot(agent)


def names(store: Any) -> list[str]:
    """Whom a measure counts."""
    found = Log(store).measure("recency", as_of=datetime(2023, 6, 1))
    return sorted(found.table["customer"].to_pylist())
