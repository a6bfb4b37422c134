"""The tournament of a company that is large enough to be ranked: every figure is the same wherever the events lie."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pytest

from cherish.library import Log
from cherish.store.table import TableLog
from conformance.engines import ENGINES, REFERENCE, placed
from reports.test_tournament import company

ROLES = {"customer": "user_id", "ts": "ts", "name": "name", "value": "value", "currency": "currency",
         "order_id": "order_id"}  # fmt: skip
ASKED = {"outcome": "any_order", "horizon": "60d", "cutoffs": 1, "scores": "recency|rfm", "bootstraps": 100}


@cache
def events() -> Any:
    return company(600).sql("SELECT user_id, ts, name, value, currency, order_id FROM events")


@cache
def leaderboard(engine: str) -> list[dict[str, Any]]:
    log = Log(TableLog.of(placed(engine, events(), "shop_of_hundreds"), zone="UTC", **ROLES))
    found: list[dict[str, Any]] = log.report("tournament", **ASKED).table.to_pylist()
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_the_leaderboard_is_that_of_the_reference(engine: str) -> None:
    assert len(leaderboard(engine)) == len(leaderboard(REFERENCE)) == 8
    for found, expected in zip(leaderboard(engine), leaderboard(REFERENCE), strict=True):
        for name, value in expected.items():
            same = found[name] == value
            if isinstance(value, float):
                same = math.isclose(found[name], value, rel_tol=1e-9, abs_tol=1e-12)
            assert same, f"{expected['score']}, {name}: {found[name]} and {value}"
