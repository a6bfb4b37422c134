"""Figures that come out again, and for each that doesn't the right reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from answer.small import more, shop
from cherish import documents
from cherish.errors import FileError, QuestionError
from cherish.library import Log
from cherish.show.values import from_plain, plain, same, states, type_of
from cherish.verify import cell, figure, of_result, reproduce


@pytest.fixture
def store() -> Any:
    return shop()


@pytest.mark.parametrize(
    ("text", "value", "right"),
    [
        ("2,469", 2469, True), ("3,469", 2469, False), ("34 %", 0.3421, True), ("35 %", 0.3421, False),
        ("34.2 percent", 0.3421, True), ("8.9 million", 8911407, True), ("8.8 million", 8911407, False),
        ("8,911,408 GBP", Decimal("8911407.90"), True), ("fell by 3", -3, True), ("half", 0.5, True),
        ("12k", 12100, True), ("28 m", 28, True), ("2024-01-05", date(2024, 1, 5), True), ("core", "core", True),
        ("nobody", 0, True),
    ],
)  # fmt: skip
def test_a_text_states_its_value_as_far_as_its_digits_go(text: str, value: Any, right: bool) -> None:
    assert states(text, value) is right


@pytest.mark.parametrize("value", [None, True, 3, 0.1, Decimal("1.2000"), date(2024, 1, 1), "text"])
def test_values_travel_without_loss(value: Any) -> None:
    assert from_plain(plain(value), type_of(value)) == value


def test_sameness_is_exact_but_for_floats() -> None:
    assert same(0.1 + 0.2, 0.3)
    assert not same(0.3, 0.3000001)
    assert not same(3, 4)
    assert not same(Decimal("1.0000"), Decimal("1.0001"))
    assert not same(3, None)


def test_everything_exported_is_reproduced(store: Any) -> None:
    result = Log(store).measure("monetary")
    figures = of_result(result)
    verdict = reproduce(store, figures)
    assert str(verdict) == f"{len(figures)} of {len(figures)} reproduced"
    # 10 headline figures and 3 rows of 4 columns; nobody has a reason for a missing value.
    assert len(figures) == len(result.headline) + 12


def test_a_figure_is_refused_where_its_text_says_something_else(store: Any) -> None:
    result = Log(store).measure("monetary", by="country")
    assert figure(result, cell("customers", country="France"), "2 customers").value == 2
    with pytest.raises(QuestionError, match="does not state"):
        figure(result, cell("customers", country="France"), "3 customers")
    with pytest.raises(QuestionError, match="0 rows"):
        figure(result, cell("customers", country="Peru"), "3")
    with pytest.raises(QuestionError, match="no column"):
        figure(result, cell("people", country="France"), "3")
    with pytest.raises(QuestionError, match="no headline"):
        figure(result, "median", "3")


def causes(store: Any, figures: list[Any]) -> set[str]:
    return {each.cause for each in reproduce(store, figures).differences}


def test_each_cause_is_told_apart(store: Any) -> None:
    log = Log(store)
    active = figure(log.measure("active_days"), "value", "1.33")
    money = figure(log.measure("monetary"), "sum", "35.75")
    assert causes(store, [active, money]) == set()
    altered = msgspec.structs.replace(money, value="36.7500")
    assert causes(store, [altered]) == {"figure"}
    assert causes(store, [msgspec.structs.replace(altered, code_version="0.0.1+0")]) == {"code"}
    assert causes(store, [msgspec.structs.replace(money, text="99.75")]) == {"text"}
    gone = money.query.changed(name="moneyary")
    assert causes(store, [msgspec.structs.replace(money, query=gone)]) == {"unanswered"}
    store.define_active("core", ("Order Completed",))
    assert causes(store, [active]) == {"definition"}
    more(store)
    assert causes(store, [money]) == {"rows"}


def test_a_page_is_read_with_what_its_readers_see(store: Any, tmp_path: Any) -> None:
    found = figure(Log(store).measure("monetary"), "sum", "35.75")
    page = tmp_path / "page.html"

    def written(text: str) -> Any:
        body = f'<p>All <b data-figure="{found.id}"><i>{text}</i></b><br></p>'
        page.write_text(f"<html>{body}{documents.block([found])}</html>")
        document = documents.read(page)
        return reproduce(store, document.figures, document.shown)

    assert str(written("35.75")) == "1 of 1 reproduced"
    tampered = written("53.75")
    assert (tampered.reproduced, tampered.differences[0].cause) == (0, "text")
    assert found.id in str(tampered.differences[0])
    page.write_text(f'<b data-figure="f0">1</b>{documents.block([found])}')
    with pytest.raises(FileError, match="not in its block"):
        documents.read(page)
    page.write_text("<p>nothing</p>")
    with pytest.raises(FileError, match="carries no figures"):
        documents.read(page)


def test_a_block_cannot_close_its_own_element(store: Any) -> None:
    found = figure(Log(store).measure("monetary"), "sum", "35.75")
    assert "</script>" not in documents.block([msgspec.structs.replace(found, text="</script>")])[:-9]


def test_figures_of_one_question_ask_once(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import cherish.answer as door

    asked: list[Any] = []
    real = door.answer
    monkeypatch.setattr(door, "answer", lambda log, query: asked.append(query) or real(log, query))
    reproduce(store, of_result(Log(store).measure("monetary")))
    assert len(asked) == 1
