"""Every measure of the catalogue, of one customer: the figure that asking everybody gives this customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.test_reach import sample as sample
from cherish.customers import view
from cherish.customers.figures import COMPARES, LATER, Figure
from cherish.errors import CherishError, QuestionError
from cherish.library import Log
from cherish.points import at
from cherish.points.measure import Measure
from cherish.spec.registry import find, names
from customers.small import company
from effort import tries
from logs import event
from oracles.simulated import simulated
from properties.world import World, same, world

POINTS = ("value", "why", "stage")


def answers(log: Log, as_of: datetime, population: str = "identified", only: tuple[str, ...] = ()) -> dict[str, Any]:
    """What each measure says of everybody, or why it says nothing."""
    found: dict[str, Any] = {}
    for name in only or names("measure"):
        try:
            found[name] = log.measure(name, as_of=as_of, population=population)
        except CherishError as error:
            found[name] = error
    return found


def agree(figures: tuple[Figure, ...], customer: str, expected: dict[str, Any]) -> None:
    assert [each.name for each in figures] == list(expected)
    for each in figures:
        answer = expected[each.name]
        if isinstance(answer, CherishError):
            assert (each.value, each.why, each.because) == (None, None, str(answer))
            continue
        row = next(row for row in answer.table.to_pylist() if row["customer"] == customer)
        told = {name: getattr(each, name) for name in POINTS} | dict(each.parts)
        same(told, {"stage": None, **{name: row[name] for name in row if name in told}}, f"{each.name} of {customer}")
        assert set(row) - set(told) <= {"customer", "y", "x"}
        assert each.full == answer.name
        assert (each.because is not None) == (row["why"] is not None)
        assert each.because is None or each.because == answer.nulls[row["why"]]


@tries(1)
@given(st.integers(0, 10_000))
def test_a_figure_is_the_one_that_asking_everybody_gives(seed: int) -> None:
    made = world(seed)
    log = made.log()
    # All at a day's start; a third of them at a time inside the day, where windows begin otherwise.
    some = names("measure")[seed % 3 :: 3]
    for moment, places, only in zip(made.moments, ((0, -1), (5,)), (names("measure"), some), strict=True):
        expected = answers(log, moment, only=only)
        people = sorted({row["user_id"] for row in made.rows if row["ts"] < moment.replace(tzinfo=None)})
        for customer in (people[place] for place in places):
            found = view(log.store, customer, parts=["measures"], measures=only, as_of=moment.isoformat())
            assert found.as_of == moment
            agree(found.measures or (), customer, expected)


def test_of_the_simulated_company() -> None:
    log, _ = simulated(150, 5)
    seen = log.report("overview").as_of
    expected = answers(log, seen)
    # Models that can be fitted, stages, ratios and missing values are all among them.
    assert sum(not isinstance(each, CherishError) for each in expected.values()) >= len(expected) - 3
    buyers = log.measure("frequency").table["customer"].to_pylist()
    for customer in (buyers[0], buyers[-1]):
        agree(view(log.store, customer, parts=["measures"], measures="all").measures or (), customer, expected)


def test_an_anonymous_customer_is_measured_among_all() -> None:
    made = _with_a_browser(world(4))
    log = made.log()
    only = ("active_days", "recency", "rfm", "sessions", "tenure", "visitor_engagement")
    found = view(log.store, "browser", parts=["measures"], measures=only, as_of=made.moments[0].isoformat())
    assert found.population == "all"
    agree(found.measures or (), "browser", answers(log, made.moments[0], "all", only))


def _with_a_browser(made: World) -> World:
    rows = [
        {**event("", "Page", each["ts"], message_id=f"b{place}"), "user_id": None, "anonymous_id": "browser"}
        for place, each in enumerate(made.rows[:9])
    ]
    return replace(made, rows=(*made.rows, *rows))


@pytest.mark.usefixtures("sample")
def test_a_measure_that_lies_in_the_folder_is_there() -> None:
    found = view(company(), "anna", parts=["measures"]).measures or ()
    assert [each.name for each in found] == list(names("measure"))
    assert "sample_loudness" in names("measure")


def test_measures_that_compare_with_everybody_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: Any, **__: Any) -> None:
        raise AssertionError("everybody was looked at")

    monkeypatch.setattr(at, "fitted", nobody)
    monkeypatch.setattr(at, "hold", nobody)
    found = view(company(), "anna", parts=["measures"]).measures or ()
    learns = {name for name in names("measure") if find("measure", name).fit is not Measure.fit}  # type: ignore[attr-defined]
    assert {each.name for each in found if each.because == COMPARES} == learns
    assert {"rfm", "clv", "recency"} & learns == {"rfm", "clv"}


def test_everybody_is_looked_at_once_for_several_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    store, fits = world(8).log().store, []
    kept = at.fitted

    def fitted(*given: Any) -> Any:
        fits.append(given[1].measure.name)
        return kept(*given)

    monkeypatch.setattr(at, "fitted", fitted)
    first, second = (
        view(store, user, parts=["measures"], measures=["rfm", "recency"]) for user in ("user-00", "user-01")
    )
    assert (fits, [each.name for each in first.measures or ()]) == (["rfm"], ["rfm", "recency"])
    assert [each.full for each in first.measures or ()] == [each.full for each in second.measures or ()]
    store.define_active("core", ("Page",))
    view(store, "user-00", parts=["measures"], measures="rfm")
    assert fits == ["rfm", "rfm"], "the log changed"


def test_before_the_customer_was_seen_there_is_no_figure() -> None:
    found = view(company(), "ben", parts=["measures"], measures="recency|tenure", as_of="2024-03-31").measures or ()
    assert [(each.value, each.why, each.because) for each in found] == [(None, None, LATER)] * 2


def test_several_currencies_are_not_summed_in_silence() -> None:
    (found,) = view(company(), "anna", parts=["measures"], measures="monetary").measures or ()
    assert found.value is None
    assert found.because is not None
    assert found.because.startswith("the money is in several currencies: EUR (")


def test_no_measures_and_unknown_ones() -> None:
    assert view(company(), "anna", parts=["measures"], measures="none").measures == ()
    with pytest.raises(QuestionError, match="no measure is called 'recencie'; did you mean recency"):
        view(company(), "anna", measures="recencie")
