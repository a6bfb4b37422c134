"""No way of showing a shared answer lets a small cell through, and the owner's ways mark it."""

from __future__ import annotations

import inspect
import io
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cherish import charts
from cherish.errors import CherishError, Unsupported
from cherish.library import Log
from cherish.result import Result
from cli.conftest import Run
from cli.conftest import run as run
from logs import event, log_of
from random_days import load_people

COUNTRIES = {"FR": 4, "DE": 21, "ES": 35}
SECRET = 7919
"""What the four French customers spent in all, and a prime, so that no other figure is like it."""
KEPT = 4177
"""What the Spanish ones spent."""


def log() -> Log:
    spent = {"FR": [1979, 1980, 1980, 1980], "DE": [17] * 21, "ES": [*[119] * 34, KEPT - 34 * 119]}
    rows = [
        event(f"{country}-{number}", "Order Completed", datetime(2024, 1, 1 + number % 20), value=value,
              currency="EUR", order_id=f"{country}-{number}")
        for country, values in spent.items() for number, value in enumerate(values)
    ]  # fmt: skip
    assert sum(spent["FR"]) == SECRET
    store = log_of(rows)
    people = [(country, f"{country}-{number}") for country, count in COUNTRIES.items() for number in range(count)]
    load_people(store, [{"user_id": user, "created_at": None, "traits": f'{{"country": "{country}"}}'}
                        for country, user in people])  # fmt: skip
    return Log(store)


def found() -> Result:
    return log().report("segments", by="country")


def drawn(result: Result, folder: Path, ending: str) -> str:
    return of_page(charts.save(result, folder / f"drawn{ending}").read_text(encoding="utf-8"))


def of_page(text: str) -> str:
    """What a drawn file says of the data: of a page the chart, without the program that draws it."""
    found = re.search(r"^\s*const spec = (\{.*)|^\s*var spec = (\{.*)|spec = (\{.*)", text, re.M)
    return text if found is None else found[0]


def again(result: Result) -> Result:
    return Result.from_json(result.to_json())


def printed(result: Result) -> str:
    screen = Console(record=True, width=200, file=io.StringIO())
    result.show(screen)
    return screen.export_text()


SHOWN: dict[str, Any] = {
    "__repr__": lambda result, folder: repr(result),
    "_repr_html_": lambda result, folder: result._repr_html_(),
    "show": lambda result, folder: printed(result),
    "to_json": lambda result, folder: result.to_json(),
    "to_csv": lambda result, folder: result.to_csv(),
    "to_pandas": lambda result, folder: result.to_pandas().to_csv(),
    "to_polars": lambda result, folder: result.to_polars().write_csv(),
    "from_json": lambda result, folder: again(result).to_csv() + repr(again(result)),
    "chart": lambda result, folder: str(result.chart().to_dict()) + str(result.chart(dark=True).to_dict()),
    "limited": lambda result, folder: result.limited(5).to_csv(),
    "table": lambda result, folder: str(result.table.to_pylist()),
    "headline": lambda result, folder: str(dict(result.headline)),
    "svg": lambda result, folder: drawn(result, folder, ".svg"),
    "html": lambda result, folder: drawn(result, folder, ".html"),
}  # fmt: skip
REFUSED = ("sql", "explain")
PLAIN = (
    "about", "as_of", "code_version", "convention", "fingerprint", "name", "notes", "nulls", "origin", "parameters",
    "query", "rows", "zone", "shared",
)  # fmt: skip


def tells(text: str) -> bool:
    """Whether the four's money, their mean or what each spent can be read in a text."""
    digits = re.sub(r"(?<=\d)[,  ](?=\d)", "", text)
    return any(each in digits for each in (str(SECRET), "1979.75", "1979.7", "1980", "1979"))


def test_every_way_of_showing_is_walked() -> None:
    ways = {name for name in dir(Result) if not name.startswith("_")} | set(inspect.signature(Result).parameters)
    assert ways <= {*SHOWN, *REFUSED, *PLAIN}, "a new way of showing an answer: walk it here"


@pytest.mark.parametrize("way", SHOWN)
def test_a_shared_answer_tells_nothing_of_the_four(way: str, tmp_path: Path) -> None:
    result = found()
    assert tells(SHOWN[way](result, tmp_path)) or way in ("headline", "svg")
    text = SHOWN[way](result.shared(), tmp_path)
    assert not tells(text)
    assert str(KEPT) in text.replace(",", "") or way in ("headline", "svg", "html", "chart")


@pytest.mark.parametrize("way", REFUSED)
def test_what_would_show_the_rows_is_refused(way: str) -> None:
    with pytest.raises(Unsupported, match="a shared result has no"):
        getattr(found().shared(), way)()
    assert found().shared().origin is None


def test_sharing_again_and_from_a_file_changes_nothing() -> None:
    shared = found().shared()
    assert shared.shared() == shared
    assert again(shared).shared().table.equals(shared.table)
    assert not tells(again(found()).shared().to_json())


def test_notes_that_tell_of_few_are_left_out() -> None:
    result = log().report("segments", by="country", among={"name": "x", "trait": "country", "in": ["ES", "DE"]})
    with pytest.raises(CherishError, match="all but fewer than 10"):
        result.shared()
    few = log().report("segments", by="country", among={"name": "x", "trait": "country", "in": ["FR"]})
    assert few.notes[0].startswith("among x: 4 of 60 customers")
    assert not any("4 of 60" in note for note in few.shared().notes)


# -- the owner ----------------------------------------------------------------------------------------------------


def test_the_owner_sees_small_numbers_marked_and_nothing_hidden(tmp_path: Path) -> None:
    result = found()
    for way in ("__repr__", "_repr_html_", "show"):
        text = SHOWN[way](result, tmp_path)
        assert re.search(r"\b4\*", text), way
        assert "* fewer than 10 customers: hidden when shared (--share)" in text, way
        assert "35*" not in text
    assert '"small":{"customers":[3]' in result.to_json()
    assert '"small":{}' in result.shared().to_json()
    subtitles = str(result.chart().to_dict()["title"]["subtitle"])
    assert "fewer than 10 customers" in subtitles
    assert "*" not in repr(log().measure("recency")), "a row for each customer has nothing to mark"
    assert "*" not in repr(result.shared())


def test_the_setting_says_how_many_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHERISH_SMALLEST_GROUP", "5")
    assert found().shared().about["shared"] == "5"
    assert "* fewer than 5 customers" in repr(found())
    monkeypatch.setenv("CHERISH_SMALLEST_GROUP", "2")
    with pytest.raises(CherishError, match="at least 5"):
        found().shared()


def test_cohorts_of_few_are_marked_in_their_table() -> None:
    text = repr(log().report("retention", unit="month"))
    assert "–*" not in text
    assert re.search(r"\d\*", repr(log().report("retention", unit="day", buckets=2)))


# -- the command line ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [(), ("--json",), ("--csv",), ("--chart", "drawn.html"), ("--chart", "drawn.svg")])
def test_the_command_line_shares_without_the_four(more: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    values = {"FR": [1979, 1980, 1980, 1980], "DE": [17] * 21, "ES": [119] * 35}
    lines = [f"{country}-{at},2024-01-{1 + at % 20:02d},{country}{at},{value}"
             for country, spent in values.items() for at, value in enumerate(spent)]  # fmt: skip
    (tmp_path / "orders.csv").write_text("\n".join(["customer,time,order,amount", *lines]) + "\n")
    people = [f"{country}-{at},{country}" for country, spent in values.items() for at, _ in enumerate(spent)]
    (tmp_path / "people.csv").write_text("\n".join(["customer,country", *people]) + "\n")
    assert run("import", "orders.csv", "--yes", "--currency", "EUR")[0] == 0
    assert run("import", "people.csv", "--yes")[0] == 0
    asked = ("report", "segments", "--by", "country", *more)
    code, out, err = run(*asked, "--share")
    assert code == 0, err
    assert not tells(out + err + "".join(of_page(each.read_text()) for each in tmp_path.glob("drawn.*")))
    code, out, err = run(*asked)
    everything = out + "".join(of_page(each.read_text()) for each in tmp_path.glob("drawn.*"))
    assert tells(everything) or more[-1:] == ("drawn.svg",)
    if more == ("--csv",):
        assert "numbers are of few customers; before passing it on: --share" in err


@pytest.mark.parametrize("asked", [("measure", "recency"), ("explain", "segments", "--by", "country")])
def test_what_cannot_be_shared_is_refused(asked: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    lines = [f"c{at},2024-01-{1 + at % 20:02d},{at},9" for at in range(20)]
    (tmp_path / "orders.csv").write_text("\n".join(["customer,time,order,amount", *lines]) + "\n")
    people = [f"c{at},FR" for at in range(20)]
    (tmp_path / "people.csv").write_text("\n".join(["customer,country", *people]) + "\n")
    assert run("import", "orders.csv", "--yes", "--currency", "EUR")[0] == 0
    assert run("import", "people.csv", "--yes")[0] == 0
    code, out, err = run(*asked, "--share")
    assert (code, out) == (2, "")
    assert "sharing" in err or "shared" in err
