"""Family G, recency, frequency, money: the worked example of the tie rules, Hughes' nesting, and CDNOW as published.

Sources: Hughes 1994, Strategic Database Marketing (quintiles, nesting); Fader, Hardie & Lee 2005, RFM and CLV (CDNOW);
Novo 2001, Drilling Down (who bought last is likeliest to buy next). The areas under the curve are those of the
published comparison of definitions on CDNOW at the cut-off 1997-10-01, with purchases until 1998-06-30 as the outcome.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from cdnow import FOLDER, cdnow
from cherish.library import Log
from cherish.result import Result
from logs import event, log_of

TODAY = datetime(2024, 3, 1, 9)
CUTOFF = "1997-10-01"
FOREVER = {"window": "all"}


def bought(user: str, day: datetime, value: float = 1) -> dict[str, Any]:
    return event(user, "Order Completed", day, value=value, currency="USD", order_id=f"{user}/{day.isoformat()}")


def shop(people: dict[str, tuple[int, int, float]]) -> Log:
    """Each customer's last order was `idle` days ago (1: yesterday); `often` orders, a day apart, of `spent` in all."""
    rows = []
    for user, (idle, often, spent) in people.items():
        days = [TODAY - timedelta(days=idle + back) for back in range(often)]
        rows += [bought(user, day, 0 if place else spent) for place, day in enumerate(days)]
    return Log(log_of([*rows, event("nobody's", "Page", TODAY - timedelta(days=1))]))


def column(result: Result, name: str) -> dict[str, Any]:
    rows = result.table.select(["customer", name]).to_pylist()
    return {row["customer"]: row[name] for row in rows if row[name] is not None}


# -- the tie rules ------------------------------------------------------------------------------------------------

WORKED = (0, 0, 0, 0, 0, 0, 1, 1, 2, 5)
"""Repeat purchases of ten customers: six never came back."""


@cache
def worked() -> Log:
    return shop({f"c{place}": (1, 1 + repeats, 1) for place, repeats in enumerate(WORKED)})


@pytest.mark.parametrize(("ties", "scores"), [
    # ceil(5 rank / 10): the six share rank 3.5, 1 or 6; the two share 7.5, 7 or 8; then 9 and 10.
    ("average", [2, 2, 2, 2, 2, 2, 4, 4, 5, 5]),
    ("min", [1, 1, 1, 1, 1, 1, 4, 4, 5, 5]),
    ("max", [3, 3, 3, 3, 3, 3, 4, 4, 5, 5]),
    ("ordinal_random", [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]),
])  # fmt: skip
def test_the_worked_example_of_the_tie_rules(ties: str, scores: list[int]) -> None:
    found = column(worked().measure("rfm", count="repeat", ties=ties, **FOREVER), "f")
    assert sorted(found.values()) == scores
    often = {f"c{place}": repeats for place, repeats in enumerate(WORKED)}
    assert all(found[one] <= found[other] for one in often for other in often if often[one] < often[other])


def test_random_ties_are_drawn_by_the_hash_of_seed_and_customer() -> None:
    for seed in (1, 2):
        found = column(worked().measure("rfm", count="repeat", ties="ordinal_random", seed=seed, **FOREVER), "f")
        order = sorted(found, key=lambda user: (WORKED[int(user[1:])], md5(f"{seed}:{user}")))
        assert [found[user] for user in order] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def test_the_realised_distribution_is_warned_of() -> None:
    # Six of ten in one score and three scores that are a fifth or less: 60 % is more than 5 points off 20 %.
    notes = worked().measure("rfm", count="repeat", **FOREVER).notes
    assert any(note.startswith("F scores are uneven") and "2: 60%" in note and "1: 0%" in note for note in notes)


# -- how the scores are cut ---------------------------------------------------------------------------------------


def test_nested_quintiles_make_125_equal_cells() -> None:
    # Hughes: R first, F inside each R, M inside each R and F. Here who bought long ago bought more often and spent
    # more, so that no quintile of F or M over everybody is one inside an R.
    people = {f"{r}{f}{m}": (100 - 10 * r, 30 - 6 * r + f, 1000.0 - 200 * r - 40 * f + 5 * m)
              for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)}  # fmt: skip
    log = shop(people)
    nested = column(log.measure("rfm", scoring="quintile_nested", **FOREVER), "cell")
    assert {user: str(cell) for user, cell in nested.items()} == {user: user for user in people}
    independent = column(log.measure("rfm", scoring="quintile_independent", **FOREVER), "cell")
    assert independent["155"] == 155  # R = 1: the most orders, the most money of all
    assert independent["555"] == 511  # R = 5: the fewest, the least
    assert len(set(independent.values())) < 125


def test_fixed_cuts_score_by_what_is_given() -> None:
    people = {"a": (91, 1, 9.0), "b": (90, 2, 10.0), "c": (45, 3, 99.0), "d": (31, 5, 100.0), "e": (30, 8, 500.0),
              "f": (7, 9, 499.0), "g": (8, 4, 24.0)}  # fmt: skip
    given = {"cuts_r": "90|60|30|7", "cuts_f": "2|3|5|9", "cuts_m": "10|25|100|500"}
    result = shop(people).measure("rfm", scoring="fixed_cuts", **given, **FOREVER)
    # R: at most 90, 60, 30, 7 days idle. F and M: at least so much. 499 is not 500, and 91 days are not 90.
    cells = {"a": 111, "b": 222, "c": 333, "d": 344, "e": 445, "f": 554, "g": 432}
    assert column(result, "cell") == cells
    assert result.table["value"].null_count == 1


def test_behaviour_cuts_where_each_fifth_holds_an_equal_share_of_the_sum() -> None:
    # M = 1 x 5, 5, 10: 20 in all. The middles stand at 2.5, 7.5 and 15 of 20: in the first, second and fourth fifth.
    people = {f"one{place}": (5, 1, 1.0) for place in range(5)} | {"five": (5, 1, 5.0), "ten": (5, 1, 10.0)}
    found = column(shop(people).measure("rfm", scoring="behaviour", **FOREVER), "m")
    assert found == {**{f"one{place}": 1 for place in range(5)}, "five": 2, "ten": 4}
    # F = 1, 1, 2, 4, 12: 20 in all; the middles at 1, 3, 8 and 14 of 20 (the two ones together: 1 of 20).
    often = {"a": (5, 1, 1.0), "b": (5, 1, 1.0), "c": (5, 2, 1.0), "d": (5, 4, 1.0), "e": (5, 12, 1.0)}
    assert column(shop(often).measure("rfm", scoring="behaviour", **FOREVER), "f") == {
        "a": 1, "b": 1, "c": 1, "d": 2, "e": 4,
    }  # fmt: skip


def test_the_cell_the_sum_and_the_weighted_sum() -> None:
    log = worked()
    plain = log.measure("rfm", count="repeat", **FOREVER).table.to_pylist()
    weighted = column(log.measure("rfm", count="repeat", weights="3|2|1", **FOREVER), "value")
    for row in (row for row in plain if row["why"] is None):
        assert row["value"] == row["r"] + row["f"] + row["m"]
        assert row["cell"] == int(f"{row['r']}{row['f']}{row['m']}")
        assert weighted[row["customer"]] == 3 * row["r"] + 2 * row["f"] + row["m"]
    assert {row["customer"]: row["why"] for row in plain if row["why"]} == {"nobody's": "no_orders"}


# -- CDNOW --------------------------------------------------------------------------------------------------------


@cache
def music(name: str) -> Log:
    return Log(cdnow(name))


@cache
def lines(name: str) -> tuple[tuple[str, Any, Decimal], ...]:
    """Customer, day and spend of every line of the file."""
    rows = pq.read_table(FOLDER / "cdnow" / f"{name}.parquet", columns=["customer_id", "date", "spend"]).to_pylist()
    return tuple((str(row["customer_id"]), row["date"].date(), Decimal(f"{row['spend']:.2f}")) for row in rows)


@cache
def later(name: str) -> dict[str, Decimal]:
    """What each customer spent after the cut-off, for those who bought at all."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for customer, day, spend in lines(name):
        if day.isoformat() >= CUTOFF:
            found[customer] += spend
    return found


def scored(name: str, measure: str, sign: int, **given: str) -> dict[str, float]:
    result = music(name).measure(measure, as_of=CUTOFF, **given)
    return {customer: sign * float(value) for customer, value in column(result, "value").items()}


def auc(scores: dict[str, float], positive: set[str]) -> float:
    """P(s1 > s0) + P(tie) / 2, by average ranks."""
    values = np.array(list(scores.values()))
    hit = np.array([customer in positive for customer in scores])
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    many, rest = int(hit.sum()), int((~hit).sum())
    return float((ranks[hit].sum() - many * (many + 1) / 2) / (many * rest))


CONTESTANTS = {
    # score: the measure, its direction and parameters; AUC on the master file and on the sample
    "RFM sum (independent, average ties)": (("rfm", 1, {"count": "days"}), 0.7663, 0.7757),
    "recency": (("recency", -1, {}), 0.7594, 0.7714),
    "past purchase count": (("frequency", 1, {"count": "days"}), 0.7527, 0.7576),
    "past spend": (("monetary", 1, {}), 0.7240, 0.7268),
}


@pytest.mark.parametrize("score", CONTESTANTS)
def test_the_published_areas_under_the_curve(score: str) -> None:
    (measure, sign, given), *printed = CONTESTANTS[score]
    for name, expected in zip(("master", "sample"), printed, strict=True):
        scores = scored(name, measure, sign, **given)
        assert auc(scores, set(later(name))) == pytest.approx(expected, abs=5.1e-5)


def test_the_base_rate_and_the_holdout_spend() -> None:
    for name, people, buyers, rate, spend in (("master", 23_570, 7_058, 0.29945, "776961.13"),
                                              ("sample", 2_357, 684, 0.29020, "70976.39")):  # fmt: skip
        known = scored(name, "tenure", 1)
        assert (len(known), len(later(name))) == (people, buyers)
        assert round(buyers / people, 5) == rate
        assert sum(later(name).values()) == Decimal(spend)


def test_the_order_changes_among_repeat_buyers() -> None:
    # Among the 9,451 who had bought on two days or more: recency .711, count .678, spend .646.
    often = scored("master", "frequency", 1, count="repeat")
    repeaters = {customer for customer, repeats in often.items() if repeats > 0}
    assert len(repeaters) == 9_451
    for measure, sign, given, expected in (("recency", -1, {}, 0.711), ("frequency", 1, {"count": "days"}, 0.678),
                                           ("monetary", 1, {}, 0.646)):  # fmt: skip
        scores = {customer: value for customer, value in scored("master", measure, sign, **given).items()
                  if customer in repeaters}  # fmt: skip
        assert auc(scores, set(later("master"))) == pytest.approx(expected, abs=5.1e-4)


def test_the_more_recent_are_likelier_to_buy_again() -> None:
    # Novo's claim. Days idle at 1997-09-30, 0-30, 31-60, ...: how many, and the share that bought later.
    printed = [(1775, 0.7696), (1208, 0.6921), (1244, 0.6198), (1111, 0.5455), (867, 0.4717), (1076, 0.3820),
               (5007, 0.2001), (6213, 0.1564), (4815, 0.1354)]  # fmt: skip
    idle = {customer: int(-value) - 1 for customer, value in scored("master", "recency", -1).items()}
    band = {customer: max(0, (days - 1) // 30) for customer, days in idle.items()}
    sizes, back = Counter(band.values()), Counter(band[customer] for customer in later("master"))
    # The other 254 of the 23,570 bought on the first two days of the file and not again.
    assert [(sizes[place], round(back[place] / sizes[place], 4)) for place in range(9)] == printed
    assert sizes[9] == 254


def test_the_published_summary_of_the_sample() -> None:
    # Fader & Hardie's summary in weeks: repeat purchases x, last minus first t_x, end minus first T; 2 decimals.
    music("sample")  # skips where the data are absent
    rows = pq.read_table(FOLDER / "cdnow" / "sample_rfT_weeks.parquet").to_pylist()
    often, last, tenure = (scored("sample", *each[:2], **each[2]) for each in (
        ("frequency", 1, {"count": "repeat"}), ("recency", 1, {}), ("tenure", 1, {})))  # fmt: skip
    assert len(rows) == len(often) == 2_357
    for row in rows:
        customer = str(row["ID"])
        assert often[customer] == row["frequency"]
        assert (tenure[customer] - last[customer]) / 7 == pytest.approx(row["recency"], abs=0.0051)
        assert (tenure[customer] - 1) / 7 == pytest.approx(row["T"], abs=0.0051)


def test_frequency_is_degenerate_on_cdnow() -> None:
    # 60 % have not come back: they all land in one score, and scores 1 and 3 are empty.
    result = music("master").measure("rfm", count="repeat", as_of=CUTOFF)
    scores = Counter(column(result, "f").values())
    assert scores[2] == 23_570 - 9_451
    assert set(scores) == {2, 4, 5}
    assert any("F scores are uneven" in note and "2: 60%" in note for note in result.notes)
    ordinal = music("master").measure("rfm", count="repeat", ties="ordinal_random", as_of=CUTOFF)
    assert set(Counter(column(ordinal, "f").values()).values()) == {23_570 // 5}


def test_the_totals_of_cdnow() -> None:
    # 69,659 lines of 23,570 customers, 67,591 customer-days, 2,500,315.63; the sample: 6,919 lines, 6,696 days.
    for name, orders, days, people in (("master", 69_659, 67_591, 23_570), ("sample", 6_919, 6_696, 2_357)):
        for count, expected in (("orders", orders), ("days", days), ("repeat", days - people)):
            headline = music(name).measure("frequency", count=count, **FOREVER).headline
            assert (headline["sum"], headline["customers"]) == (expected, people)
    assert music("master").measure("monetary", **FOREVER).headline["sum"] == Decimal("2500315.63")
