"""Family X, privacy of small cells: the worked examples of the specification and of statistical offices."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from cherish.errors import QuestionError, Unanswerable, Unsupported
from cherish.library import Log
from cherish.privacy import Declared, allowed, small, suppressed
from logs import event, log_of
from random_days import load_people


def row_of(*counts: int) -> Any:
    return pa.table({"group": [f"g{place}" for place in range(len(counts))], "customers": pa.array(counts, pa.int64())})


def shown(counts: tuple[int, ...], k: int = 10) -> list[int | None]:
    found: list[int | None] = suppressed(row_of(*counts), {"customers": sum(counts)}, k).table["customers"].to_pylist()
    return found


def test_t30_four_twenty_thirty() -> None:
    """T30: row 4, 20, 30 total 54, k = 10: hiding only 4 is undone by 54 - 50, so hide 4 and 20."""
    found = suppressed(row_of(4, 20, 30), {"customers": 54}, 10)
    assert found.table["customers"].to_pylist() == [None, None, 30]
    assert found.headline == {"customers": 54}
    assert found.cells == {"customers": (0, 1)}


def test_t30_as_the_columns_of_one_row() -> None:
    table = pa.table({"name": ["r"], "total": [54], "first": [4], "second": [20], "third": [30]})
    found = suppressed(table, {}, 10).table.to_pylist()[0]
    assert found == {"name": "r", "total": 54, "first": None, "second": None, "third": 30}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # Nothing small: nothing hidden.
        ((10, 20, 30), [10, 20, 30]),
        # Nought is shown, and hides nobody: 4 + 0 is still 4.
        ((4, 0, 20, 30), [None, 0, None, 30]),
        # Two small ones of 5 together: the total less the others still tells of fewer than 10.
        ((2, 3, 40, 50), [None, None, None, 50]),
        # Two small ones of 12 together: enough.
        ((6, 6, 40, 50), [None, None, 40, 50]),
        # Alone there is nobody to hide behind, and nothing to tell it from.
        ((4,), [None]),
        ((9, 10), [None, None]),
    ],
)
def test_the_next_smallest_is_hidden_until_the_rest_cannot_be_worked_out(
    counts: tuple[int, ...], expected: list[int | None]
) -> None:
    assert shown(counts) == expected


def test_cms_hides_one_to_ten() -> None:
    """US CMS cell size policy: cells of 1 to 10 are hidden, so k = 11; nought and 11 are shown."""
    assert [shown((count, 500, 600), 11)[0] for count in (0, 1, 10, 11)] == [0, None, None, 11]


def test_viva_insights_minimum_of_five() -> None:
    """Microsoft Viva Insights: groups of fewer than 5 are hidden; 5 is the floor here."""
    assert [shown((count, 50, 60), 5)[0] for count in (4, 5)] == [None, 5]
    assert allowed(5) == 5
    with pytest.raises(QuestionError, match="smallest_group=4: a shared figure needs at least 5"):
        suppressed(row_of(1), {}, 4)


@pytest.mark.parametrize(
    ("retained", "hidden"),
    [(0, False), (1, True), (9, True), (10, False), (30, False), (31, True), (39, True), (40, False)],
)
def test_a_rate_needs_k_above_and_k_below_or_none(retained: int, hidden: bool) -> None:
    """Numerator and complement at least k or 0: of 40 customers with k = 10 that is 0, 10 to 30, or 40."""
    table = pa.table({"cohort": ["a"], "size": [40], "retained": [retained], "rate": [retained / 40]})
    found = suppressed(table, {}, 10).table.to_pylist()[0]
    assert (found["retained"] is None) == (found["rate"] is None) == hidden
    assert found["size"] == 40


def test_money_of_a_hidden_group_is_hidden_and_so_is_the_group_it_could_be_worked_out_from() -> None:
    table = pa.table({"group": ["a", "b", "c"], "customers": [4, 20, 30],
                      "value": [Decimal("70.5"), Decimal("200"), Decimal("300")]})  # fmt: skip
    found = suppressed(table, {"customers": 54, "value": Decimal("570.5"), "greatest": Decimal("44")}, 10)
    assert found.table["value"].to_pylist() == [None, None, Decimal("300.0")]
    # The greatest is one customer's value.
    assert found.headline == {"customers": 54, "value": Decimal("570.5"), "greatest": None}


def test_both_ways_of_a_table_are_looked_along() -> None:
    """Rows a, b, c and columns x, y, z with known totals: 4 alone would follow from its row and from its column."""
    cells = {("a", "x"): 4, ("a", "y"): 20, ("a", "z"): 30, ("b", "x"): 40, ("b", "y"): 50, ("b", "z"): 60,
             ("c", "x"): 70, ("c", "y"): 80, ("c", "z"): 90}  # fmt: skip
    table = pa.table({"row": [key[0] for key in cells], "column": [key[1] for key in cells],
                      "customers": list(cells.values())})  # fmt: skip
    found = suppressed(table, {}, 10).table.to_pylist()
    hidden = {(each["row"], each["column"]) for each in found if each["customers"] is None}
    assert hidden == {("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")}


def test_a_sum_of_columns_is_seen_and_a_difference_too() -> None:
    """growth: active = new + retained + resurrected, net = new + resurrected - churned; new = 3 follows from either."""
    rows = [(100, 3, 80, 17, 15), (120, 30, 70, 20, 30), (130, 25, 90, 15, 30)]
    names = ("active", "new", "retained", "resurrected", "churned")
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    net = [new + resurrected - churned for _, new, _, resurrected, churned in rows]
    table = pa.table({"period": ["p1", "p2", "p3"], **columns, "net": net})
    found = suppressed(table, {}, 10).table.to_pylist()[0]
    assert found["new"] is None
    assert [found["active"], found["retained"], found["resurrected"]].count(None) >= 1
    assert [found["resurrected"], found["churned"], found["net"]].count(None) >= 1


def test_running_sums_are_hidden_where_a_row_is() -> None:
    table = pa.table(
        {"stars": ["1", "2", "3", "4"], "customers": [40, 6, 30, 7], "customers_at_least": [83, 43, 37, 7]}
    )
    found = suppressed(table, {}, 10).table
    assert found["customers"].to_pylist() == [40, None, 30, None]
    assert found["customers_at_least"].null_count == 4


@pytest.mark.parametrize(("known", "shown_names"), [(1000, {"p10", "median", "p90"}), (99, {"median"}), (19, set())])
def test_a_quantile_needs_k_customers_beyond_it(known: int, shown_names: set[str]) -> None:
    headline = {"known": known, "p10": 1.5, "median": 2.5, "p90": 3.5, "value": 2.75}
    found = suppressed(row_of(), headline, 10).headline
    assert {name for name in ("p10", "median", "p90") if found[name] is not None} == shown_names
    assert found["value"] == 2.75


def test_what_a_definition_declares_is_believed() -> None:
    table = pa.table({"level": [1, 2], "customers": [400, 300], "silent": [4, 60], "value": [1.5, 2.5]})
    assert suppressed(table, {}, 10).table["value"].to_pylist() == [None, None]
    said = Declared(apart=("level",), rests={"value": "customers"})
    found = suppressed(table, {}, 10, said).table
    assert found["value"].to_pylist() == [1.5, 2.5]
    assert found["silent"].to_pylist() == [None, None]
    assert small(table, 10, said) == {"silent": (0,)}


# -- on a log -----------------------------------------------------------------------------------------------------


def shop(**countries: int) -> Log:
    """So many customers in each country, one order each."""
    people = [(country, f"{country}-{number}") for country, count in countries.items() for number in range(count)]
    rows = [
        event(user, "Order Completed", datetime(2024, 1, 1 + place % 20), value=10 + place, currency="EUR",
              order_id=user)
        for place, (_, user) in enumerate(people)
    ]  # fmt: skip
    store = log_of(rows)
    load_people(store, [{"user_id": user, "created_at": None, "traits": f'{{"country": "{country}"}}'}
                        for country, user in people])  # fmt: skip
    return Log(store)


def test_t30_in_a_report() -> None:
    found = shop(FR=4, DE=20, ES=30).measure("monetary", by="country")
    assert {row["country"]: row["customers"] for row in found.table.to_pylist()} == {"ES": 30, "DE": 20, "FR": 4}
    shared = {row["country"]: row for row in found.shared().table.to_pylist()}
    assert {country: row["customers"] for country, row in shared.items()} == {"ES": 30, "DE": None, "FR": None}
    assert {country: row["value"] is None for country, row in shared.items()} == {"ES": False, "DE": True, "FR": True}
    assert found.shared(k=5).table["customers"].null_count == 2
    assert shop(FR=6, DE=20, ES=30).measure("monetary", by="country").shared(k=5).table["customers"].null_count == 0


def test_an_answer_about_all_but_a_few_is_refused_by_differencing() -> None:
    log = shop(FR=4, DE=20, ES=30)
    for narrowed in ({"where": "country!=FR"}, {"among": {"trait": "country", "is_not": "FR"}}):
        with pytest.raises(Unanswerable, match="all but fewer than 10 of 54 customers"):
            log.report("actives", **narrowed).shared()
    assert log.report("actives", where="country=ES").shared().table.num_rows


def test_customers_one_by_one_are_not_shared() -> None:
    with pytest.raises(Unsupported, match="recency has a row for each customer"):
        shop(FR=40).measure("recency").shared()
    with pytest.raises(Unanswerable, match="the log has fewer than 10 customers"):
        shop(FR=9).report("actives").shared()
