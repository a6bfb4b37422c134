"""Paths: what is refused, names that look like ours, and pictures in which every path keeps to its steps."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cherish import charts
from cherish.errors import QuestionError
from cherish.library import Log
from logs import event, log_of
from reports.asking import ask, asked
from reports.test_pictures import marks

START = datetime(2024, 3, 4, 9)


def log(*names: str, user: str = "ann") -> Any:
    return log_of([event(user, name, START + timedelta(minutes=place)) for place, name in enumerate(names)])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"steps": "1"}, "steps='1': must be at least 2"),
        ({"steps": "21"}, "steps=21: 20 at most"),
        ({"timeout": "0min"}, "timeout='0min': must be at least 1"),
        ({"start": "Seen"}, "start: 'Seen' is not among the events of active=core: Page, Clicked"),
        ({"end": "Email Sent"}, "end: 'Email Sent' is not among"),
        ({"start": "Page", "end": "Clicked|Page"}, "start and end are both 'Page'"),
    ],
)
def test_what_means_nothing_is_refused(given: dict[str, str], says: str) -> None:
    with pytest.raises(QuestionError, match=says.replace("|", ".")):
        ask(log("Page", "Page", "Clicked", "Email Sent"), "paths", **given)


@pytest.mark.parametrize("show", ["transitions", "matrix", "positions"])
def test_what_the_company_does_is_named_where_it_was_asked_for(show: str) -> None:
    found = log("Page", "Campaign Received", "Clicked")
    told = "Campaign Received is the company's doing and never makes a step."
    assert told in asked(found, "paths", show=show, active="Page|Clicked|Campaign Received")[2].notes
    assert not any("company" in note for note in asked(found, "paths", show=show)[2].notes)


def test_an_event_that_is_called_other_is_not_the_others() -> None:
    rows = ask(log("other", "Page", "Page", "Clicked"), "paths", top="2", collapse="no", active="other|Page|Clicked")
    # Page is the most frequent; of the two others Clicked comes first by name, so that other itself is one of others.
    assert {row["origin"] for row in rows} == {"(start)", "Page", "Clicked", "other"}
    rows = ask(log("other", "other", "Page", "Clicked"), "paths", top="1", collapse="no")
    assert [(row["origin"], row["target"]) for row in rows if row["target"] == "(other)"] == [
        ("other", "(other)"), ("(other)", "(other)"),
    ]  # fmt: skip


def test_nobody_yet() -> None:
    store = log("Page", "Clicked")
    for show in ("transitions", "matrix", "positions"):
        rows, headline, _ = asked(store, "paths", START.replace(tzinfo=UTC), show=show)
        assert (rows, headline) == ([], {"paths": 0})


def test_the_headline_quotes_the_table() -> None:
    store = log("Page", "Clicked", "Page", "Clicked", "Order Completed")
    assert asked(store, "paths")[1] == {"paths": 1, "most_frequent": "Page > Clicked", "count": 2}
    assert asked(store, "paths", show="matrix")[1] == {"paths": 1, "step": 2, "most_at": "Clicked", "share": 1.0}
    assert asked(store, "paths", show="positions", steps="2")[1] == {
        "paths": 1, "most_frequent": "Page > Clicked", "share": 1.0, "shown_share": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize("end", ["", "Order Completed"])
@pytest.mark.parametrize("show", ["transitions", "matrix", "positions"])
def test_pictures_are_drawn(show: str, end: str, tmp_path: Path) -> None:
    store = log(*["Page", "Clicked", "Page", "Order Completed"] * 3)
    answer = Log(store).report("paths", show=show, end=end)
    assert marks(charts.save(answer, tmp_path / "chart.svg").read_text()) > 0


@pytest.mark.parametrize("show", ["transitions", "matrix"])
def test_what_few_do_is_not_blank(show: str, tmp_path: Path) -> None:
    # Of 250 paths that begin with Page one goes on to Clicked: 0.4 %, which no whole per cent can say.
    rows = [event(f"u{who}", "Page", START) for who in range(250)]
    rows += [event(f"u{who}", "Clicked" if who == 0 else "Seen", START + timedelta(minutes=1)) for who in range(250)]
    answer = Log(log_of(rows)).report("paths", show=show, active="Page|Clicked|Seen")
    told = re.findall(r">(&lt;1%|\d+%)<", charts.save(answer, tmp_path / "chart.svg").read_text())
    assert told.count("&lt;1%") == 1
    assert "0%" not in told
    assert len(told) == answer.table.num_rows
