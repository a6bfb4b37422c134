"""Family B, growth accounting: the published and the worked figures, exactly.

CDNOW by month (active, new, retained, resurrected, churned, quick ratio). No acquisition after March 1997, so a quick
ratio above 1 there is pure resurrection.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from cdnow import cdnow
from cherish.reports.growth import Growth
from cherish.spec.view import View
from logs import event, log_of
from random_days import answer

MASTER = {
    date(1997, 1, 1): (7846, 7846, 0, 0, 0, None),
    date(1997, 2, 1): (9633, 8476, 1157, 0, 6689, 1.267155),
    date(1997, 3, 1): (9524, 7248, 1681, 595, 7952, 0.986293),
    date(1997, 4, 1): (2822, 0, 1773, 1049, 7751, 0.135337),
    date(1997, 5, 1): (2214, 0, 852, 1362, 1970, 0.691371),
    date(1997, 6, 1): (2339, 0, 747, 1592, 1467, 1.085208),
    date(1998, 3, 1): (2060, 0, 571, 1489, 980, 1.519388),
    date(1998, 6, 1): (1506, 0, 446, 1060, 1042, 1.017274),
}
SAMPLE = {
    date(1997, 2, 1): (981, 857, 124, 0, 657),
    date(1997, 3, 1): (948, 719, 168, 61, 813),
    date(1997, 4, 1): (267, 0, 171, 96, 777),
}
NAMES = ("active", "new", "retained", "resurrected", "churned")


@pytest.fixture(scope="module")
def master() -> Any:
    return cdnow("master")


def test_growth_of_cdnow_master(master: Any) -> None:
    table, headline = answer(Growth.of(), View.of(master))
    rows = {row["period"]: row for row in table.to_pylist()}
    assert len(rows) == 18
    for period, (*counts, quick) in MASTER.items():
        assert [rows[period][name] for name in NAMES] == counts
        assert rows[period]["quick_ratio"] == (None if quick is None else pytest.approx(quick, abs=1e-6))
    assert rows[date(1997, 1, 1)]["quick_ratio_why"] == "no_churn"
    assert [row["period"] for row in rows.values() if row["warmup"]] == [date(1997, 1, 1)]
    assert headline["period"] == date(1998, 6, 1)
    assert headline["quick_ratio"] == pytest.approx(1.017274, abs=1e-6)
    assert headline["periods"] == 17


def test_nobody_is_acquired_after_march(master: Any) -> None:
    table, _ = answer(Growth.of(), View.of(master))
    new = {row["period"]: row["new"] for row in table.to_pylist()}
    assert sum(new.values()) == 23_570
    assert all(count == 0 for period, count in new.items() if period > date(1997, 3, 31))


def test_growth_of_the_cdnow_sample() -> None:
    table, _ = answer(Growth.of(), View.of(cdnow("sample")))
    rows = {row["period"]: row for row in table.to_pylist()}
    for period, counts in SAMPLE.items():
        assert tuple(rows[period][name] for name in NAMES) == counts


def test_money_of_cdnow_adds_up(master: Any) -> None:
    table, _ = answer(Growth.of(what="revenue"), View.of(master))
    rows = table.to_pylist()
    # The master file's total is 2,500,315.63.
    assert sum(row["end"] for row in rows) == Decimal("2500315.63")
    for before, row in pairwise(rows):
        gains, losses = row["new"] + row["resurrected"] + row["expansion"], row["contraction"] + row["churned"]
        assert row["start"] == before["end"]
        assert row["end"] == row["start"] + gains - losses


def test_the_quick_ratio_of_revenue() -> None:
    # Worked example: new 20, expansion 8, contraction 5, churned 3: (20 + 8) / (5 + 3) = 3.5.
    january, february = datetime(2024, 1, 15, 9), datetime(2024, 2, 15, 9)
    orders = [("grows", january, 10), ("grows", february, 18), ("shrinks", january, 10), ("shrinks", february, 5)]
    orders += [("leaves", january, 3), ("comes", february, 20)]
    rows = [
        event(user, "Order Completed", ts, value=value, currency="USD", order_id=f"o{number}")
        for number, (user, ts, value) in enumerate(orders)
    ]
    # The data are of both months as a whole.
    rows += [event("grows", "Page", datetime(2024, *day, 9)) for day in ((1, 1), (2, 29))]
    table, headline = answer(Growth.of(what="revenue"), View.of(log_of(rows)))
    row = table.to_pylist()[-1]
    parts = ("start", "new", "resurrected", "expansion", "contraction", "churned", "end")
    assert [row[name] for name in parts] == [23, 20, 0, 8, 5, 3, 43]
    assert row["quick_ratio"] == headline["quick_ratio"] == 3.5
    # NRR = (23 + 8 - 5 - 3) / 23 = 1; GRR = (23 - 5 - 3) / 23
    assert row["nrr"] == 1.0
    assert row["grr"] == pytest.approx(15 / 23, abs=1e-12)
