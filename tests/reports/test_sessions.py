"""Sessions by period and group counted a second time, timeouts read off planted pauses, and what is refused."""

from __future__ import annotations

import json
import statistics
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from cherish import charts
from cherish.errors import QuestionError, Unanswerable
from cherish.library import Log
from cherish.points.relations.sessions import Sessions
from cherish.spec.registry import find
from cherish.spec.view import View
from effort import tries
from logs import event, log_of
from oracles.test_sessions import Row, by_event, engaged, is_goal, length, loaded, local, sessions, streams, views
from reports.asking import ask, asked
from reports.test_pictures import marks

START = datetime(2024, 3, 4, 9)


# -- counted a second time ----------------------------------------------------------------------------------------


def told(found: dict[str, list[Row]]) -> list[tuple[str, list[Row]]]:
    everybody = {**by_event(found), "eve": [Row("e", datetime(2024, 10, 26, 20, 30), "Clicked", "spring", "search")]}
    return [(user, each) for user, rows in everybody.items() for each in sessions(rows, Sessions())]


def referrer(row: Row) -> str:
    return "unknown" if row.referrer is None else row.referrer


def figures(part: list[tuple[str, list[Row]]]) -> dict[str, Any]:
    lengths = [length(rows) / timedelta(minutes=1) for _, rows in part]
    return {
        "sessions": len(part),
        "customers": len({user for user, _ in part}),
        "minutes": pytest.approx(sum(lengths), abs=1e-9),
        "median_minutes": pytest.approx(statistics.median(lengths), abs=1e-9) if part else None,
        "views": sum(views(rows) for _, rows in part),
        "engaged": sum(engaged(rows) for _, rows in part),
        "with_goal": sum(any(map(is_goal, rows)) for _, rows in part),
        "why": None if part else "no_sessions",
    }


@tries(6)
@given(streams())
def test_by_day_and_by_the_referrer_of_the_first_event(found: dict[str, list[Row]]) -> None:
    store, every = loaded(found), told(found)
    for row in ask(store, "sessions", unit="day"):
        part = [(user, rows) for user, rows in every if local(rows[0].ts).date() == row["period"]]
        assert {name: row[name] for name in figures(part)} == figures(part)
    total = 0
    for row in ask(store, "sessions", unit="total", by="referrer"):
        part = [(user, rows) for user, rows in every if referrer(rows[0]) == row["referrer"]]
        assert {name: row[name] for name in figures(part)} == figures(part)
        total += row["sessions"]
    assert total == len(every)


def test_every_period_has_a_row_and_an_empty_one_no_rate() -> None:
    rows = ask(log_of([event("ann", "Page", START), event("ann", "Page", START + timedelta(days=15))]), "sessions")
    assert [(row["period"], row["sessions"], row["engaged_rate"], row["why"]) for row in rows] == [
        (date(2024, 3, 4), 1, 0.0, None),
        (date(2024, 3, 11), 0, None, "no_sessions"),
        (date(2024, 3, 18), 1, 0.0, None),
    ]
    assert [row["partial"] for row in rows] == [False, False, True]


def test_a_log_without_views_says_so() -> None:
    row = ask(log_of([event("ann", "Order Completed", START)]), "sessions", unit="total")[0]
    assert (row["sessions"], row["views"], row["views_per_session"], row["views_why"]) == (1, None, None, "no_views")
    named = ask(log_of([event("ann", "Look", START)]), "sessions", unit="total", views="Look")[0]
    assert (named["views"], named["views_why"]) == (1, None)


# -- pauses -------------------------------------------------------------------------------------------------------


def planted(seed: int = 7, count: int = 6_000) -> tuple[Any, np.ndarray[Any, Any]]:
    """One customer's pauses: 70 % with a median of 40 seconds, 30 % with a median of 20 hours."""
    draw = np.random.default_rng(seed)
    within = draw.random(count) < 0.7
    logs = np.where(within, draw.normal(np.log(40), 1.1, count), draw.normal(np.log(72_000), 1.3, count))
    moments = np.concatenate([[0], np.cumsum(np.round(np.exp(logs) * 1e6).astype(np.int64))])
    rows = [event("ann", "Page", datetime(2015, 1, 1) + timedelta(microseconds=int(at))) for at in moments]
    return log_of(rows), np.diff(moments) / 1e6


def test_the_suggested_timeout_is_where_both_kinds_are_equally_likely() -> None:
    from sklearn.mixture import GaussianMixture

    store, pauses = planted()
    row, *others = ask(store, "session_timeout")
    model = GaussianMixture(2, tol=1e-9, max_iter=5_000, random_state=1).fit(np.log(pauses)[:, None])
    axis = np.linspace(*sorted(model.means_.ravel()), 200_001)
    half = model.predict_proba(axis[:, None])[:, int(model.means_.argmax())]
    cut = np.exp(axis[np.searchsorted(half, 0.5)]) / 60
    # Pauses are grouped into bins of 2 %.
    assert row["minutes"] == pytest.approx(cut, rel=0.01)
    # The truth: .7 N(ln 40, 1.1) = .3 N(ln 72000, 1.3) at exp(7.2066) s = 22.5 minutes.
    assert row["minutes"] == pytest.approx(22.5, rel=0.1)
    for each in (row, *others):
        seconds = round(each["minutes"] * 60)
        assert each["sessions"] == 1 + int((pauses >= seconds).sum())
        assert each["within"] + each["sessions"] == 1 + len(pauses)
        assert each["sessions"] == ask(store, "sessions", unit="total", timeout=f"{seconds}s")[0]["sessions"]


def test_the_pauses_add_up_and_the_fit_expects_them_all() -> None:
    store, pauses = planted()
    rows = ask(store, "session_timeout", show="pauses")
    assert sum(row["pauses"] for row in rows) == len(pauses)
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    assert sum(row["expected"] for row in rows) == pytest.approx(1, abs=0.01)
    assert [row["between_visits"] for row in rows] == sorted(row["between_visits"] for row in rows)


def test_pauses_of_one_kind_give_no_timeout() -> None:
    times = np.cumsum(np.exp(np.random.default_rng(3).normal(np.log(3_600), 0.5, 800)))
    rows = [event("ann", "Page", START + timedelta(seconds=float(at))) for at in times]
    found = ask(log_of(rows), "session_timeout")[0]
    assert (found["minutes"], found["sessions"]) == (None, None)
    assert found["why"] in ("one_kind", "cut_outside")


def test_few_pauses_give_no_timeout_but_the_comparison() -> None:
    rows = ask(
        log_of([event("ann", "Page", START + timedelta(minutes=20 * place)) for place in range(9)]), "session_timeout"
    )
    assert [(row["timeout"], row["sessions"], row["why"]) for row in rows] == [
        ("suggested", None, "few_pauses"), ("15min", 9, None), ("30min", 1, None), ("1h", 1, None),
    ]  # fmt: skip
    assert [row["against_30"] for row in rows] == [None, 9.0, 1.0, 1.0]


# -- refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"timeout": "0"}, "timeout=0: a session needs a pause"),
        ({"timeout": "-5min"}, "timeout: '-5min'"),
        ({"timeout": "30"}, "timeout=30d: a visit ends after 7d at most; write 30min"),
        ({"max_length": "0h"}, "max_length=0: the longest"),
        ({"campaign_split": "campaign"}, "no property is called 'campaign'; there are seconds"),
        ({"views": "Seen"}, "views: no event is called 'Seen'; the log has Email Sent, Page"),
        ({"goals": "Bought"}, "goals: no event is called 'Bought'"),
        ({"active": "Nothing"}, "active='Nothing'"),
        ({"by": "page"}, "no field is called 'page'"),
    ],
)
def test_what_means_nothing_is_refused(given: dict[str, str], says: str) -> None:
    rows = [event("ann", "Page", START, properties=json.dumps({"seconds": 3})), event("ann", "Email Sent", START)]
    with pytest.raises(QuestionError, match=says):
        ask(log_of(rows), "sessions", **given)


def test_what_the_company_does_makes_no_sessions() -> None:
    with pytest.raises(Unanswerable, match="what the company does"):
        ask(log_of([event("ann", "Email Sent", START)]), "sessions")


def test_what_the_company_does_is_named_where_it_was_asked_for() -> None:
    log = log_of([event("ann", name, START) for name in ("Page", "Email Sent", "Campaign Received")])
    notes = {
        active: [note for note in asked(log, "sessions", active=active)[2].notes if "company" in note]
        for active in ("core", "Page|Campaign Received", "Page|Email Sent|Campaign Received")
    }
    assert list(notes.values()) == [
        [],
        ["Campaign Received is the company's doing and never makes a session."],
        ["Email Sent and Campaign Received are the company's doing and never make a session."],
    ]


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("sessions", {}),
        ("session_length", {}),
        ("session_depth", {"views": "Page"}),
        ("engaged_sessions", {}),
        ("visitor_engagement", {"views": "Page", "without": "brand|feedback|interaction|subscription"}),
    ],
)
def test_measures_of_sessions_name_what_the_company_does(name: str, more: dict[str, str]) -> None:
    log = Log(log_of([event("ann", each, START) for each in ("Page", "Email Sent")]))
    told = "Email Sent is the company's doing and never makes a session."
    assert told in log.measure(name, active="Page|Email Sent", **more).notes
    assert not any("company" in note for note in log.measure(name, **more).notes)


@pytest.mark.parametrize("compare", ["0min", "soon", "5", "3s"])
def test_a_timeout_to_compare_is_a_length_of_time(compare: str) -> None:
    with pytest.raises(QuestionError, match=r"length of time|between 16s and 24h"):
        find("report", "session_timeout").of(compare=compare)


def test_thresholds_and_columns_that_do_not_belong_together() -> None:
    view = View.of(log_of([event("ann", "Page", START)]))
    with pytest.raises(QuestionError, match="'becomes_deep' of sessions needs views_over"):
        Sessions().rows(view, ("becomes_deep",))
    with pytest.raises(QuestionError, match="'depth' of sessions does not exist"):
        Sessions().rows(view, ("depth",))
    for wrong in ({"boundary": "eq"}, {"timeout": 0}, {"max_length": 0}, {"views_over": -2.0}, {"engaged_views": 0}):
        with pytest.raises(QuestionError):
            Sessions(**wrong)  # type: ignore[arg-type]


# -- pictures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("sessions", {}),
        ("sessions", {"by": "seconds"}),
        ("sessions", {"show": "lengths"}),
        ("sessions", {"unit": "total"}),
        ("session_timeout", {}),
        ("session_timeout", {"show": "pauses"}),
    ],
)
def test_pictures_are_drawn(name: str, given: dict[str, str], tmp_path: Path) -> None:
    rows = [
        event("ann", "Page", START + timedelta(hours=place), properties=json.dumps({"seconds": place % 2}))
        for place in range(130)
    ]
    answer = Log(log_of(rows)).report(name, **given)
    assert answer.headline
    assert marks(charts.save(answer, tmp_path / "chart.svg").read_text()) > 0


def test_a_figure_that_is_there_is_not_called_missing() -> None:
    # In the week without a session 0 views are a figure; no share of them is.
    events = [event("a", "Page Viewed", datetime(2024, 3, day, 9)) for day in (4, 5, 25)]
    found = Log(log_of(events)).report("sessions", unit="week")
    assert 0 in found.table["views"].to_pylist()
    assert "views has no value" not in str(found)
