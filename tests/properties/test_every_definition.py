"""What holds for every measure and report there is, in every choice that it offers, on a random company."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.test_reach import sample as sample
from cherish.library import Log
from cherish.result import Result
from cherish.spec.registry import FOLDERS, names
from cherish.store.duckdb import statements
from effort import EFFORT, tries
from logs import add, event
from properties.world import ONLY, Variant, World, rows_of, same, variants, world

ONCE = tries(1)
SEEDS = st.integers(0, 10_000)
YEARS = timedelta(weeks=1461)
"""28 years: whole weeks, after which months and leap years lie on the same days again."""


@pytest.fixture(scope="module", autouse=True)
def _compiled_once() -> Iterator[None]:
    """The same questions are asked of many companies: their statements are kept until the last has answered."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statements, "_MOST", 10_000)
        yield
    statements._known.clear()


@cache
def every() -> tuple[Variant, ...]:
    return variants()


@cache
def kept(seed: int) -> tuple[World, Log]:
    made = world(seed)
    return made, made.log()


@cache
def plain(seed: int) -> tuple[tuple[Variant, datetime, Result], ...]:
    """The answers that the changed company's are held against: half at the start of a day, half inside one."""
    made, log = kept(seed)
    with log.session():
        return tuple(
            (each, as_of, each.ask(log, as_of)) for each, as_of in zip(every(), cycle(made.moments), strict=False)
        )


def third(seed: int, which: int) -> list[tuple[Variant, datetime, Result]]:
    """Every definition's defaults and a third of the other choices, the same third each time; all in a soak."""
    found = []
    for place, (each, as_of, expected) in enumerate(plain(seed)):
        default = place == 0 or every()[place - 1].name != each.name
        if default or place % 3 == which % 3 or EFFORT > 1:
            found.append((each, as_of, expected))
    return found


def measures() -> list[Variant]:
    return [each for each in every() if each.kind == "measure"]


# -- rows ---------------------------------------------------------------------------------------------------------


@ONCE
@given(SEEDS)
def test_the_order_of_rows_and_rows_that_come_again_change_nothing(seed: int) -> None:
    made, _ = kept(seed)
    draw = random.Random(seed)
    rows = [*made.rows, *draw.sample(made.rows, 40)]
    draw.shuffle(rows)
    log = replace(made, rows=tuple(rows)).log()
    assert add(log.store, draw.sample(made.rows, 60), "again").new == 0
    for each, as_of, expected in third(seed, 0):
        found = each.ask(log, as_of)
        same(rows_of(found), rows_of(expected), str(each))
        same(found.headline, expected.headline, str(each))
        assert (found.name, found.convention, found.notes) == (expected.name, expected.convention, expected.notes)
        assert (found.fingerprint, found.rows) == (expected.fingerprint, expected.rows)


@ONCE
@given(SEEDS)
def test_new_names_for_the_customers_change_nothing_but_names(seed: int) -> None:
    made, _ = kept(seed)
    people = sorted(each["user_id"] for each in made.people)
    new = {user: f'Zoë {99 - place}\'s "{place}"' for place, user in enumerate(people)}
    old = {name: user for user, name in new.items()}
    log = made.renamed(new).log()
    for each, as_of, expected in third(seed, 1):
        if each.by_lot:
            continue
        found, before = rows_of(each.ask(log, as_of)), rows_of(expected)
        if each.kind == "measure":
            found = sorted(({**row, "customer": old[row["customer"]]} for row in found), key=_customer)
            before = sorted(before, key=_customer)
        same(found, before, str(each))


def _customer(row: Mapping[str, Any]) -> str:
    return str(row["customer"])


# -- time ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weeks", [1461, 3])
def test_whole_weeks_later_the_numbers_are_the_same(weeks: int) -> None:
    by = timedelta(weeks=weeks)

    @ONCE
    @given(SEEDS)
    def check(seed: int) -> None:
        log = kept(seed)[0].shifted(by).log()
        for each, as_of, expected in third(seed, 2):
            if by == YEARS or not _counts_months(each):
                found = each.shifted(by).ask(log, as_of + by)
                same([_back(row, by) for row in rows_of(found)], rows_of(expected), str(each))
                same(_back(found.headline, by), dict(expected.headline), str(each))

    check()


def _counts_months(each: Variant) -> bool:
    return getattr(each.definition, "unit", "week") in ("month", "quarter", "year")


def _back(row: Mapping[str, Any], by: timedelta) -> dict[str, Any]:
    def earlier(value: Any) -> Any:
        if isinstance(value, str):
            return _DAY.sub(lambda found: (date.fromisoformat(found[0]) - by).isoformat(), value)
        return value - by if isinstance(value, date) else value

    return {name: earlier(value) for name, value in row.items()}


_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
"""A day in a sentence."""


@ONCE
@given(SEEDS)
def test_no_answer_sees_what_happens_at_its_moment_or_later(seed: int) -> None:
    made, _ = kept(seed)
    logs = {moment: _until(made, moment).log() for moment in made.moments}
    for each, as_of, expected in third(seed, 1):
        found = each.ask(logs[as_of], as_of)
        same(rows_of(found), rows_of(expected), str(each))
        same(found.headline, expected.headline, str(each))


def _until(made: World, moment: datetime) -> World:
    """Nothing at or after the moment, but in its place other things: at the moment itself, and much later."""
    rows = [row for row in made.rows if row["ts"] < moment.replace(tzinfo=None)]
    for place, ts in enumerate((moment, moment + timedelta(hours=30), moment + timedelta(days=80))):
        at = ts.replace(tzinfo=None)
        order = {"order_id": f"later-{place}", "currency": "EUR", "value": 1000}
        told = {"properties": '{"country": "IT", "seconds": 9}'}
        rows.append(event("user-00", "Order Completed", at, message_id=f"o{place}", **order, **told))
        rows.append(event("user-03", "Page", at, message_id=f"p{place}", **told))
        rows.append(event("newcomer", "Page", at, message_id=f"n{place}", **told))
    early = next(row for row in rows if row["name"] == "Order Completed")
    rows.append(event(early["user_id"], "Order Refunded", at, order_id=early["order_id"], value=-5, currency="EUR",
                      message_id="refund"))  # fmt: skip
    return replace(made, rows=tuple(rows))


# -- values -------------------------------------------------------------------------------------------------------


@ONCE
@given(SEEDS)
def test_values_lie_in_the_range_of_the_card(seed: int) -> None:
    for each, _, found in plain(seed):
        low, high = each.definition.card.range
        columns = ["value"] if each.kind == "measure" else _counts_and_shares(found, high)
        for name in columns:
            for value in (value for value in found.table[name].to_pylist() if value is not None):
                assert low is None or value >= low, f"{each}: {name} is {value}"
                assert high is None or value <= high, f"{each}: {name} is {value}"


def _counts_and_shares(found: Result, high: float | None) -> list[str]:
    """Of a report the shares where its range ends, else the counts too; money may be less than nothing."""
    kinds = ("double",) if high is not None else ("double", "int64")
    return [field.name for field in found.table.schema if str(field.type) in kinds]


@ONCE
@given(SEEDS)
def test_a_missing_value_has_a_reason_that_the_card_declares(seed: int) -> None:
    for each, _, found in plain(seed):
        declared = each.definition.card.nulls
        reasons = [name for name in found.table.column_names if name == "why" or name.endswith("_why")]
        for name in reasons:
            given_reasons = {why for why in found.table[name].to_pylist() if why is not None}
            assert given_reasons <= set(declared), f"{each}: {given_reasons - set(declared)} is not on the card"
        if each.kind == "measure":
            assert all((row["value"] is None) == (row["why"] is not None) for row in rows_of(found)), str(each)


@ONCE
@given(SEEDS)
def test_everybody_first_seen_before_the_moment_is_in_every_measure_once(seed: int) -> None:
    made, _ = kept(seed)
    for each, as_of, found in plain(seed):
        if each.kind == "measure":
            before = {row["user_id"] for row in made.rows if row["ts"] < as_of.replace(tzinfo=None)}
            assert sorted(found.table["customer"].to_pylist()) == sorted(before), str(each)


@ONCE
@given(SEEDS)
def test_who_was_not_there_in_the_window_is_zero_or_null_with_a_reason(seed: int) -> None:
    made, log = kept(seed)
    windowed = [each for each in measures() if hasattr(each.definition, "window")]
    assert windowed or ONLY
    for each in windowed:
        later = made.moments[0] + timedelta(days=400)
        rows = rows_of(replace(each, given={**each.given, "window": "21d"}).ask(log, later))
        assert len(rows) == len({row["user_id"] for row in made.rows})
        for row in rows:
            assert row["value"] == 0 or row["why"] in each.definition.card.nulls, f"{each}: {row}"


# -- populations --------------------------------------------------------------------------------------------------

PARTS = ("plan=free", "plan=paid|gold", "plan=(none)")


@ONCE
@given(SEEDS)
def test_parts_of_the_population_make_the_whole(seed: int) -> None:
    _, log = kept(seed)
    with log.session():
        for each, as_of, whole in plain(seed):
            if each.kind != "measure" or not each.own_population:
                continue
            parts = [each.ask(log, as_of, where=where) for where in PARTS]
            same(
                sorted((row for part in parts for row in rows_of(part)), key=_customer),
                sorted(rows_of(whole), key=_customer),
                str(each),
            )
            if each.definition.additive:
                sums = [part.headline["sum"] for part in parts]
                assert sum(Decimal(each) for each in sums if each is not None) == Decimal(whole.headline["sum"])


@ONCE
@given(SEEDS)
def test_a_group_is_the_population_that_its_filter_leaves(seed: int) -> None:
    _, log = kept(seed)
    broken_down = [(each, as_of, found) for each, as_of, found in plain(seed) if each.given.get("by") == "plan"]
    assert broken_down or ONLY
    with log.session():
        for each, as_of, found in broken_down:
            if "plan" not in found.table.column_names:
                continue
            alone = replace(each, given={name: value for name, value in each.given.items() if name != "by"})
            for group, where in (("free", "plan=free"), ("unknown", "plan=(none)")):
                of_group = [_bare(row) for row in rows_of(found) if row["plan"] == group]
                expected = [_bare(row) for row in rows_of(alone.ask(log, as_of, where=where))]
                # The breakdown's periods begin with the first of all, before the group's own.
                quiet, own = of_group[: -len(expected)], of_group[-len(expected) :]
                names = expected[0].keys()
                same([{name: row[name] for name in names} for row in own], expected, f"{each}: {group}")
                assert not any(value for row in quiet for value in row.values() if isinstance(value, int | Decimal))


def _bare(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row without its group and without flags, which may speak of the whole (a warm-up, say)."""
    return {name: value for name, value in row.items() if name != "plan" and not isinstance(value, bool)}


@ONCE
@given(SEEDS)
def test_a_filter_that_keeps_one_currency_is_enough(seed: int) -> None:
    made, _ = kept(seed)
    abroad = [
        event(row["user_id"], "Order Completed", row["ts"], value=7, currency="USD", order_id=f"usd-{place}",
              message_id=f"usd-{place}")
        for place, row in enumerate(made.rows[::5])
    ]  # fmt: skip
    log = replace(made, rows=(*made.rows, *abroad)).log()
    for each, as_of, expected in third(seed, 0):
        found = each.ask(log, as_of, where="currency=EUR")
        if each.kind == "measure" and "orders" in each.definition.card.needs:
            same(rows_of(found), rows_of(expected), str(each))


# -- the catalogue ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("sample")
def test_a_definition_is_tested_by_lying_in_its_folder() -> None:
    found = {each.name for each in variants()}
    assert {"sample_loudness", "sample_everything"} <= found
    assert found == {name for kind in FOLDERS for name in names(kind)}


def test_every_choice_is_asked() -> None:
    for each in every():
        choices = {(name.name, choice) for name in type(each.definition).parameters() for choice in name.choices}
        asked = {pair for other in every() if other.name == each.name for pair in other.definition.settings().items()}
        assert choices <= asked, f"{each.name} is never asked with {sorted(choices - asked)}"
