"""Actives against sets of customers counted one by one, on random logs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given

from cherish.errors import QuestionError
from cherish.reports.actives import Actives
from cherish.spec.view import View
from logs import event, log_of
from random_days import SLOW, Case, answer, cases

DAY = timedelta(days=1)


def page(user: str, ts: datetime, country: str | None = None) -> dict[str, Any]:
    return event(user, "Page", ts, properties=None if country is None else f'{{"country": "{country}"}}')


def expected(case: Case, windows: tuple[int, ...], by: str | None, top: int) -> dict[tuple[Any, ...], list[int]]:
    days = case.grouped(by, top)
    groups = sorted({group for group, _, _ in days}, key=str) if by else [None]
    end = case.today if case.whole else case.today + DAY
    found = {}
    for number in range((end - case.first).days):
        day = case.first + number * DAY
        for group in groups:
            inside = [{u for g, u, d in days if g == group and day - w * DAY < d <= day} for w in windows]
            found[(day, group) if by else (day,)] = [len(each) for each in inside]
    return found


@SLOW
@given(cases())
def test_every_cell_is_a_count_of_different_customers(case: Case) -> None:
    view = case.view()
    for by, top in ((None, 10), ("country", 10), ("country", 1), ("plan", 2)):
        windows = (1, 7, 28) if by is None else (1, 10)
        table, headline = answer(Actives.of(by=by or (), top=top, windows=windows), view)
        rows, columns = table.to_pylist(), [f"actives_{w}d" for w in windows]
        found = {(r["day"], r[by]) if by else (r["day"],): [r[c] for c in columns] for r in rows}
        assert found == expected(case, windows, by, top)
        assert [r["partial"] for r in rows] == [r["day"] >= case.today for r in rows]
        if headline["day"] is not None and by is None:
            assert headline["day"] == case.today - DAY
            assert [headline["dau"], headline["wau"], headline["mau"]] == found[(headline["day"],)]
            dau = [found[(headline["day"] - back * DAY,)][0] for back in range(headline["mean_dau_days"])]
            assert headline["mean_dau"] == pytest.approx(sum(dau) / len(dau), abs=1e-12)


@SLOW
@given(cases())
def test_the_last_days_alone_are_those_of_the_whole_series(case: Case) -> None:
    view = case.view()
    whole, _ = answer(Actives.of(), view)
    last, _ = answer(Actives.of(last=5), view)
    assert last.to_pylist() == whole.to_pylist()[-5:]


def test_unique_customers_of_other_groups_are_counted_and_not_added() -> None:
    # One customer in three small countries is one customer of "other".
    rows = [page(f"u{number}", datetime(2024, 1, 1, 9), "FR") for number in range(3)]
    rows += [page("u9", datetime(2024, 1, 1, hour), land) for hour, land in ((1, "A"), (2, "B"), (3, "C"))]
    table, headline = answer(Actives.of(by="country", top=1, windows="1d"), View.of(log_of(rows)))
    assert {row["country"]: row["actives_1d"] for row in table.to_pylist()} == {"FR": 3, "other": 1}
    assert "dau" not in headline


def test_a_group_called_other_is_not_mixed_with_the_rest() -> None:
    rows = [page(f"u{number}", datetime(2024, 1, 1, 9), "other") for number in range(3)]
    rows.append(page("u9", datetime(2024, 1, 1, 9), "A"))
    table, _ = answer(Actives.of(by="country", top=1, windows="1d"), View.of(log_of(rows)))
    assert {row["country"]: row["actives_1d"] for row in table.to_pylist()} == {"other": 3, "(other)": 1}


def test_quiet_days_are_zero_and_the_first_windows_are_said_to_be_short() -> None:
    view = View.of(log_of([page("a", datetime(2024, 1, 1, 9)), page("b", datetime(2024, 1, 5, 9))]))
    table, headline = answer(Actives.of(windows="1d|3d"), view)
    assert table["actives_1d"].to_pylist() == [1, 0, 0, 0, 1]
    assert table["actives_3d"].to_pylist() == [1, 1, 1, 0, 1]
    assert headline["complete_from"] == date(2024, 1, 3)
    assert any(
        "complete from 2024-01-03" in note for note in Actives.of(windows="1d|3d").plan(view, view.log.run).notes
    )


def test_before_the_first_day_is_over_there_is_no_headline() -> None:
    log = log_of([page("a", datetime(2024, 1, 1, 9)), page("a", datetime(2024, 1, 3, 9))])
    table, headline = answer(Actives.of(), View.of(log, datetime(2024, 1, 1, 10, tzinfo=UTC)))
    assert headline == {"day": None, "why": "no_whole_day"}
    assert [row["partial"] for row in table.to_pylist()] == [True]
    empty, nothing = answer(Actives.of(), View.of(log, datetime(2023, 12, 1, tzinfo=UTC)))
    assert empty.num_rows == 0
    assert nothing == headline


@pytest.mark.parametrize("windows", ["", "all", "1d|x"])
def test_a_window_needs_a_length(windows: str) -> None:
    with pytest.raises(QuestionError, match="windows"):
        Actives.of(windows=windows)


def test_lengths_are_sorted_and_written_back() -> None:
    assert Actives.of(windows="28d|7|1d") == Actives()
    assert Actives.of(windows="14d").full_name() == "actives(windows=14d)@1"
    assert Actives.of(**Actives.of(windows="2d|9d").settings() | {"last": None}) == Actives.of(windows=(2, 9))


def test_a_chart_is_drawn_with_and_without_groups() -> None:
    view = View.of(log_of([page("a", datetime(2024, 1, 1, 9), "FR")]))
    for by in ((), "country", "country|name"):
        report = Actives.of(by=by)
        table, _ = answer(report, view)
        assert report.chart(table).to_dict()["spec" if by == "country|name" else "encoding"]
