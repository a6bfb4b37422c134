"""Every report and measure among an audience, and two of them side by side."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from answer.small import shop
from cherish.answer.compared import _headlines
from cherish.audiences.reading import of_plain
from cherish.charts import save
from cherish.errors import FileError, QuestionError, Unanswerable, Unsupported
from cherish.library import Log
from cherish.query import Query
from cherish.result import Result
from cherish.spec.registry import FOLDERS, names
from cherish.verify import of_result, reproduce
from properties.world import Variant, World, _variants, rows_of, same, world

FREE = {"name": "free riders", "trait": "plan", "is": "free"}
BUYERS = {"name": "buyers", "did": "Order Completed"}


@cache
def company() -> tuple[World, Log]:
    made = world(4, customers=18)
    return made, made.log()


@cache
def defaults() -> tuple[Variant, ...]:
    return tuple(next(_variants(kind, name)) for kind in FOLDERS for name in names(kind))


def test_every_definition_among_those_with_a_trait_is_the_definition_under_that_filter() -> None:
    made, log = company()
    assert len(defaults()) > 10
    for each in defaults():
        for as_of in made.moments:
            try:
                expected = each.ask(log, as_of, where="plan=free")
            except Unanswerable:
                with pytest.raises(Unanswerable):
                    each.ask(log, as_of, among=FREE)
                continue
            found = each.ask(log, as_of, among=FREE)
            same(rows_of(found), rows_of(expected), str(each))
            same(dict(found.headline), dict(expected.headline), str(each))
            assert "among free riders#" in found.name
            assert "among free riders#" in found.convention


def test_everybody_is_the_whole_and_the_parts_add_up() -> None:
    made, log = company()
    moment = made.moments[1]
    whole = log.measure("monetary", as_of=moment)
    everybody = {"any": [{"did": "Order Completed"}, {"did_not": "Order Completed"}]}
    same(rows_of(log.measure("monetary", as_of=moment, among=everybody)), rows_of(whole), "everybody")
    parts = [log.measure("monetary", as_of=moment, among=rule) for rule in (BUYERS, of_plain(BUYERS).opposite())]
    assert sum(part.headline["customers"] for part in parts) == whole.headline["customers"]
    assert sum(Decimal(part.headline["sum"]) for part in parts) == whole.headline["sum"]


def test_a_filter_narrows_the_audience_and_does_not_change_whom_its_rule_holds_for() -> None:
    made, log = company()
    top = {"measure": "monetary", "top": "50%"}
    everyone = {row["customer"] for row in rows_of(log.measure("recency", as_of=made.moments[0], among=top))}
    free = {row["customer"] for row in rows_of(log.measure("recency", as_of=made.moments[0], where="plan=free"))}
    both = log.measure("recency", as_of=made.moments[0], among=top, where="plan=free")
    assert {row["customer"] for row in rows_of(both)} == everyone & free


def test_scores_are_cut_on_the_audience_and_the_rules_own_quantiles_on_everybody() -> None:
    made, log = company()
    among = log.measure("rfm", as_of=made.moments[0], among=FREE)
    filtered = log.measure("rfm", as_of=made.moments[0], where="plan=free")
    assert among.name.split("fit=")[1][:8] == filtered.name.split("fit=")[1][:8]
    whole = log.measure("rfm", as_of=made.moments[0])
    assert among.name.split("fit=")[1][:8] != whole.name.split("fit=")[1][:8]


# -- how it is asked ----------------------------------------------------------------------------------------------


def test_a_question_holds_the_rule_itself_through_every_door(tmp_path: Path) -> None:
    file = tmp_path / "free.yaml"
    file.write_text(of_plain(FREE).to_yaml())
    line = of_plain(FREE).to_json()
    for given in (FREE, of_plain(FREE), line, file, str(file)):
        query = Query.from_args("report", "actives", {"among": given, "against": "rest"})
        assert query.among == line
    assert Query.from_json(query.to_json()) == query == Query.from_url(query.to_url())
    assert query.command() == f"cherish report actives --among '{line}' --against rest"


def test_an_address_names_no_files() -> None:
    with pytest.raises(QuestionError, match="an address holds the rule itself"):
        Query.from_url("report/actives?among=/etc/passwd")


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"against": "rest"}, QuestionError, "say among whom first"),
        ({"among": {"did": "Order Compleded"}}, QuestionError, "at did.event: .* did you mean Order Completed?"),
        ({"among": "nowhere.yaml"}, FileError, "nowhere.yaml can't be read: No such file"),
        ({"among": {"trait": "country", "is": "Atlantis"}}, Unanswerable, "holds for none of 3 customers"),
        (
            {"among": {"did": "Order Completed"}, "against": {"name": "x", "trait": "country", "is": "Atlantis"}},
            Unanswerable,
            "against x: among x: .* none of 3",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused(given: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Log(shop()).report("actives", **given)


def test_the_answer_says_how_many_the_audience_is() -> None:
    found = Log(shop()).report("actives", among={"name": "the French", "trait": "country", "is": "France"})
    assert found.notes[0] == "among the French: 2 of 3 customers (66.7%)"
    assert "among the French: 2 of 3 customers" in repr(found)


def test_the_statement_holds_the_rule() -> None:
    found = Log(shop()).report("actives", among={"name": "the French", "trait": "country", "is": "France"})
    assert "'France'" in found.sql()
    assert "'France'" in repr(found.explain())


# -- side by side -------------------------------------------------------------------------------------------------


def test_each_side_is_the_answer_about_it_and_differences_are_between_figures() -> None:
    log = Log(shop())
    french, rest = {"name": "the French", "trait": "country", "is": "France"}, {"trait": "country", "is_not": "France"}
    found = log.measure("monetary", among=french, against="rest")
    rows = rows_of(found)
    assert [(row["segment"], row["customer"], row["value"]) for row in rows] == [
        ("the French", "b", Decimal("20.0000")),
        ("the French", "a", Decimal("15.7500")),
        ("rest", "c", Decimal("0.0000")),
    ]
    # (20 + 15.75) / 2 against 0 / 1.
    assert found.headline["value"] == 17.875
    assert found.headline["against_value"] == 0
    assert found.headline["difference_value"] == 17.875
    alone = [log.measure("monetary", among=rule) for rule in (french, rest)]
    assert found.headline["customers"] == alone[0].headline["customers"] == 2
    assert found.headline["against_customers"] == alone[1].headline["customers"] == 1
    text = repr(found)
    assert "the French, monetary: 17.88 EUR on average over 2 customers" in text
    assert "difference: +17.88 EUR" in text
    assert "<br>" in found._repr_html_()


def test_ends_of_intervals_are_not_subtracted() -> None:
    first = {"mean": 3.0, "low": 1.0, "high": 5.0, "score_low": 2.0, "high_spenders": 2.5}
    second = {"mean": 2.0, "low": 0.5, "high": 4.0, "score_low": 1.0, "high_spenders": 2.0}
    found = _headlines(first, second)
    assert {name: value for name, value in found.items() if name.startswith("difference_")} == {
        "difference_mean": 1.0,
        "difference_high_spenders": 0.5,
    }
    assert (found["low"], found["against_low"]) == (1.0, 0.5)


def test_who_is_in_both_is_said() -> None:
    found = Log(shop()).report("actives", among={"did": "Order Completed"}, against={"trait": "country", "known": True})
    assert "2 customers are in both" in found.notes


@pytest.mark.parametrize("name", ["retention", "actives", "segments"])
def test_both_sides_can_be_drawn_saved_and_verified(name: str, tmp_path: Path) -> None:
    _, log = company()
    more = {"by": "age"} if name == "segments" else {}
    found = log.report(name, among=FREE, against="rest", **more)
    drawn = found.chart().to_dict()["vconcat"]
    assert [each["title"]["text"] for each in drawn] == ["free riders", "rest"]
    assert save(found, tmp_path / "both.svg").read_text().startswith("<svg")
    again = Result.from_json(found.to_json())
    assert rows_of(again) == rows_of(found)
    assert again.query == found.query
    figures = of_result(again)
    assert str(reproduce(log.store, figures)) == f"{len(figures):,} of {len(figures):,} reproduced"
    assert json.loads(found.to_json())["query"]["among"] == of_plain(FREE).to_json()
    assert found.to_csv().startswith("segment,")


def test_every_definition_can_be_compared() -> None:
    made, log = company()
    compared = 0
    for each in defaults():
        try:
            alone = each.ask(log, made.moments[0], among=FREE)
            found = each.ask(log, made.moments[0], among=FREE, against="rest")
        except Unanswerable:
            continue
        compared += 1
        column = found.table.column_names[0]
        assert column == ("audience" if "segment" in alone.table.column_names else "segment")
        first = [row for row in rows_of(found) if row[column] == "free riders"]
        for row, expected in zip(first, rows_of(alone), strict=True):
            same({name: row[name] for name in expected}, expected, str(each))
        assert repr(found)
        assert found._repr_html_()
        with suppress(Unsupported):
            assert found.chart().to_dict()
    assert compared > 20
