"""A rule holds for the same customers on every engine, and asks nothing of one that another refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiences.random_rules import rules
from cherish.audiences.bucket import place, place_of
from cherish.audiences.members import members
from cherish.audiences.reading import of_plain
from cherish.spec.view import View
from conformance.asking import forbidden, operations
from conformance.company import company
from conformance.engines import ENGINES, REFERENCE, log_on
from effort import tries

WHERE = "Asia/Kolkata"


def names_of(engine: str, rule: dict[str, Any], inside_a_day: bool) -> list[str]:
    where = company(WHERE)
    view = View.of(log_on(engine, where).store, where.moments[inside_a_day])
    found = members(view, of_plain(rule))
    people = view.customers().select("customer_id", "customer")
    return sorted(view.log.run(people.semi_join(found, "customer_id"))["customer"].to_pylist())


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_finds_whom_the_reference_finds(engine: str) -> None:
    @tries(12)
    @given(rules(), st.booleans())
    def check(rule: dict[str, Any], inside_a_day: bool) -> None:
        assert names_of(engine, rule, inside_a_day) == names_of(REFERENCE, rule, inside_a_day), rule

    check()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("of", [2, 10, 1000, 2**32])
def test_every_engine_draws_the_lot_that_python_draws(engine: str, of: int) -> None:
    view = View.of(log_on(engine, company(WHERE)).store)
    people = view.customers()
    found = view.log.run(people.select("customer", place=place(people.customer, "spring 24", of))).to_pylist()
    assert len(found) > 10
    assert all(each["place"] == place_of(each["customer"], "spring 24", of) for each in found)


@tries(40)
@given(rules(), st.booleans())
def test_a_rule_asks_what_every_engine_can(rule: dict[str, Any], inside_a_day: bool) -> None:
    where = company(WHERE)
    view = View.of(log_on(REFERENCE, where).store, where.moments[inside_a_day])
    for node in operations(members(view, of_plain(rule))):
        why = forbidden(node, frozenset({"hash", "bit_count"}))
        assert why is None, f"{rule} asks {type(node).__name__}: {why}"
