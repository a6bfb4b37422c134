"""Reports about several events, asked about one: the answer says that it is trivial, and what to ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cherish.library import Log
from logs import event, log_of
from reports.asking import asked

START = datetime(2024, 3, 4, 9)
MOMENT = datetime(2024, 3, 20, tzinfo=UTC)
ORDER = "Order Completed"
TRIVIAL = {
    "paths": "no path leads from one event to another",
    "breadth_depth": "everybody who used anything has the same breadth",
    "feature_matrix": "it lies on both lines itself and is called core",
}


def notes(name: str, events: tuple[str, ...], **given: str) -> list[str]:
    rows = [
        event("ann", each, START + timedelta(minutes=place), properties='{"category": "tea"}')
        for place, each in enumerate(events)
    ]
    return [note for note in asked(log_of(rows), name, MOMENT, **given)[2].notes if note.startswith("Only one event")]


@pytest.mark.parametrize("name", TRIVIAL)
@pytest.mark.parametrize(
    ("events", "more"),
    [((ORDER, "Email Sent", "Product Viewed"), f"{ORDER}|Product Viewed"), ((ORDER, "Email Sent"), None)],
)
def test_one_event_is_named_with_what_to_pass(name: str, events: tuple[str, ...], more: str | None) -> None:
    (note,) = notes(name, events, active=ORDER)
    assert note.startswith(f"Only one event is looked at, {ORDER}, so {TRIVIAL[name]}.")
    parameter = "features" if name == "feature_matrix" else "active"
    assert (f"{parameter}='{more}'" in note) == (more is not None)
    assert ("feature=category" in note) == (name != "paths")
    if more is None and name == "paths":
        assert note.endswith("The log has no other that customers do.")
    if more is not None:
        assert notes(name, events, **{"active": ORDER, parameter: more}) == []


@pytest.mark.parametrize("name", ["breadth_depth", "feature_matrix"])
def test_values_of_a_property_are_features_of_their_own(name: str) -> None:
    assert notes(name, (ORDER,), feature="category") == []


def test_how_few_are_active_is_not_shared() -> None:
    events = [event(f"u{n}", name, START) for n in range(8) for name in ("Read", "Write")]
    events += [event(f"gone{n}", "Read", START - timedelta(days=60)) for n in range(20)]
    found = Log(log_of(events)).report("feature_matrix", as_of=MOMENT)
    assert found.headline["actives"] == 8
    shared = found.shared()
    assert shared.headline["actives"] is None
    assert set(shared.table["actives"].to_pylist()) == {None}
