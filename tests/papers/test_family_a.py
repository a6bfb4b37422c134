"""Family A, active users and stickiness: the published and the worked figures, exactly.

CDNOW master, purchase = active, 28 days to 1997-01-31: MAU 7,288, mean DAU 288.571429, stickiness 0.0395954,
L histogram {1: 6633, 2: 546, 3: 91, 4: 11, 5: 4, 6: 3}; to 1997-03-31: 8,583 / 361.071429 / 0.0420682.
Toy: five users with 28, 14, 7, 1 and 1 active days: mean DAU 1.821429, stickiness 0.364286.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cdnow import cdnow
from cherish.reports.actives import Actives
from cherish.reports.stickiness import Stickiness
from cherish.spec.view import View
from logs import event, log_of
from random_days import answer

PRINTED = {
    datetime(1997, 2, 1, tzinfo=UTC): (7_288, 288.571429, 0.0395954),
    datetime(1997, 4, 1, tzinfo=UTC): (8_583, 361.071429, 0.0420682),
}


@pytest.fixture(scope="module")
def master() -> Any:
    return cdnow("master")


@pytest.mark.parametrize("as_of", PRINTED)
def test_stickiness_of_cdnow(master: Any, as_of: datetime) -> None:
    mau, mean_dau, stickiness = PRINTED[as_of]
    table, headline = answer(Stickiness.of(), View.of(master, as_of))
    assert headline["day"] == as_of.date() - timedelta(days=1)
    assert headline["mau"] == mau
    assert headline["mean_dau"] == pytest.approx(mean_dau, abs=5e-7)
    assert headline["stickiness"] == pytest.approx(stickiness, abs=5e-8)
    # The identity: mean DAU / MAU = mean(L) / N
    counts = table["customers"].to_pylist()
    mean_length = sum(k * n for k, n in enumerate(counts, 1)) / sum(counts)
    assert headline["stickiness"] == pytest.approx(mean_length / 28, abs=1e-12)


def test_the_histogram_of_cdnow(master: Any) -> None:
    table, headline = answer(Stickiness.of(), View.of(master, datetime(1997, 2, 1, tzinfo=UTC)))
    found = {row["active_days"]: row["customers"] for row in table.to_pylist() if row["customers"]}
    assert found == {1: 6_633, 2: 546, 3: 91, 4: 11, 5: 4, 6: 3}
    # 7,288 less the 6,633 of one day, and so on.
    at_least = {row["active_days"]: row["customers_at_least"] for row in table.to_pylist()}
    assert [at_least[k] for k in range(1, 8)] == [7_288, 655, 109, 18, 7, 3, 0]
    assert not headline["bimodal"]


@pytest.mark.parametrize("as_of", PRINTED)
def test_actives_of_cdnow(master: Any, as_of: datetime) -> None:
    mau, mean_dau, _ = PRINTED[as_of]
    table, headline = answer(Actives.of(), View.of(master, as_of))
    assert headline["mau"] == mau
    assert headline["mean_dau"] == pytest.approx(mean_dau, abs=5e-7)
    # 28 days x 288.571429 = 8,080 customer-days; 28 x 361.071429 = 10,110.
    assert sum(table["actives_1d"].to_pylist()[-28:]) == round(28 * mean_dau)


def test_customer_days_of_cdnow(master: Any) -> None:
    # 69,659 lines of 23,570 customers are 67,591 customer-days, from 1997-01-01 to 1998-06-30.
    table, headline = answer(Actives.of(windows="1d|546d"), View.of(master))
    assert sum(table["actives_1d"].to_pylist()) == 67_591
    assert table["actives_546d"].to_pylist()[-1] == 23_570
    assert (table["day"][0].as_py(), headline["day"], table.num_rows) == (date(1997, 1, 1), date(1998, 6, 30), 546)


def test_the_toy() -> None:
    end = datetime(2024, 2, 1, 9)
    lengths = {"a": 28, "b": 14, "c": 7, "d": 1, "e": 1}
    rows = [event(user, "Page", end - timedelta(days=back)) for user, days in lengths.items() for back in range(days)]
    _, headline = answer(Stickiness.of(), View.of(log_of(rows)))
    assert headline["mau"] == 5
    assert headline["mean_dau"] == pytest.approx(1.821429, abs=5e-7)
    assert headline["stickiness"] == pytest.approx(0.364286, abs=5e-7)
    assert headline["dau_over_mau_point"] == 1.0


def test_facebooks_point_ratio() -> None:
    # Dec 2011: DAU 483 million of MAU 845 million = 57 %; here one for a million.
    end = datetime(2011, 12, 31, 9)
    rows = [event(f"u{number}", "Page", end - timedelta(days=0 if number < 483 else 9)) for number in range(845)]
    _, headline = answer(Stickiness.of(), View.of(log_of(rows)))
    assert round(headline["dau_over_mau_point"], 2) == 0.57
