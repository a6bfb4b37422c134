"""Random rules about the random company of the properties."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from properties.world import DAYS, START

NAMES = ["Page", "Email Sent", "Order Completed", "Order Refunded"]
PLANS = ["free", "paid", "gold", "other"]


def _some(fields: dict[str, Any], least: int = 1) -> Any:
    """A mapping with one of these words or more."""
    chosen = st.lists(st.sampled_from(sorted(fields)), min_size=least, max_size=2, unique=True)
    return chosen.flatmap(lambda words: st.fixed_dictionaries({word: fields[word] for word in words}))


def _amounts(low: int, high: int) -> dict[str, Any]:
    whole = st.integers(low, high)
    return dict.fromkeys(("above", "at_least", "below", "at_most"), whole)


def traits() -> Any:
    known, plan = st.booleans(), st.sampled_from(PLANS)
    several = st.lists(plan, min_size=1, max_size=3, unique=True)
    tests = _some({"is": plan, "is_not": plan, "in": several, "not_in": several, "known": known})
    return tests.map(lambda found: {"trait": "plan", **found})


DATES = st.integers(0, DAYS).map(lambda days: START.fromordinal(START.toordinal() + days).date().isoformat())
WHEN = _some({"before": DATES, "since": DATES, **_amounts(0, 80)})
COUNT = _some({"at_least": st.integers(1, 5), "is": st.integers(1, 3), "below": st.integers(2, 6)})
MONEY = _some({**_amounts(0, 200), "above": st.sampled_from([12.5, 33.33, 70])})
SECONDS = _some(_amounts(0, 120)).map(lambda found: {"of": "seconds", **found})
WHERE = st.sampled_from([["country=FR"], ["country=FR|DE", "seconds>=20"], ["country!=ES"], ["seconds>=40"]])


def happenings() -> Any:
    event = st.one_of(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
    more = {
        "within": st.sampled_from(["5d", "3w", "60d", "all"]),
        "where": WHERE,
        "count": COUNT,
        "sum": st.one_of(MONEY, SECONDS),
        "first": WHEN,
        "last": WHEN,
    }
    return st.tuples(event, _some(more, 0)).map(lambda pair: {"event": pair[0], **pair[1]})


def measures() -> Any:
    share = st.sampled_from(["5%", "20%", "33.3%", "50%", "90%"])
    tests = _some({**_amounts(0, 30), "top": share, "bottom": share, "known": st.booleans()})
    asked = st.sampled_from([
        {"measure": "monetary", "parameters": {"window": "60d"}},
        {"measure": "frequency"},
        {"measure": "active_days", "parameters": {"active": "Page"}},
        {"measure": "recency"},
        {"measure": "rfm", "parameters": {"ties": "min"}},
    ])  # fmt: skip
    return st.tuples(asked, tests).map(lambda pair: {**pair[0], **pair[1]})


def buckets() -> Any:
    lot = st.fixed_dictionaries({"salt": st.sampled_from(["a", "spring 24"]), "of": st.just(10)})
    edges = st.integers(0, 8).flatmap(lambda low: st.tuples(st.just(low), st.integers(low + 1, 10)))
    return st.tuples(lot, edges).map(lambda pair: {"bucket": {**pair[0], "at_least": pair[1][0], "below": pair[1][1]}})


def rules() -> Any:
    """Rules up to three deep."""
    leaves = st.one_of(
        traits(), happenings().map(lambda said: {"did": said}), happenings().map(lambda said: {"did_not": said}),
        measures(), buckets(),
    )  # fmt: skip
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda several: {"all": several}),
            st.lists(inner, min_size=1, max_size=3).map(lambda several: {"any": several}),
            inner.map(lambda one: {"not": one}),
        ),
        max_leaves=5,
    )
