"""What people write as a rule: read the same from JSON and YAML, refused with the place and what is allowed there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audiences.random_rules import rules
from cherish.audiences import Rule, read
from cherish.audiences.reading import of_plain, of_text
from cherish.errors import FileError, QuestionError
from effort import tries

NAMES = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=20).filter(str.strip)
TRAPS = (
    "NO",
    "yes",
    "null",
    "~",
    "12:30",
    "0x1F",
    "010",
    "1e3",
    "-",
    "#",
    ": ",
    "'\"",
    "{}",
    "2024-01-01",
    "1_000",
    "=",
)
"""Texts that some reader of YAML takes for something else."""


@tries(150)
@given(rules(), st.one_of(st.none(), NAMES, st.sampled_from(TRAPS)))
def test_json_and_yaml_say_the_same_without_loss(rule: dict[str, Any], name: str | None) -> None:
    made = of_plain(rule if name is None else {"name": name, **rule})
    assert of_text(made.to_json()) == of_text(made.to_yaml()) == of_plain(made.plain()) == made
    assert of_text(made.to_yaml()).to_json() == made.to_json()
    assert of_text(json.dumps(made.plain(), indent=2)).digest == made.digest


@tries(150)
@given(st.lists(st.one_of(NAMES, st.sampled_from(TRAPS), st.integers(-10**9, 10**9), st.floats(-1e9, 1e9),
                          st.booleans()), min_size=1, max_size=4))  # fmt: skip
@example(list(TRAPS))
def test_values_come_back_as_they_were(values: list[Any]) -> None:
    made = of_plain({"trait": "x", "in": values})
    for text in (made.to_json(), made.to_yaml()):
        again = of_text(text)
        assert again == made
        assert [type(each) for each in again.condition.in_] == [type(each) for each in made.condition.in_]


def test_yaml_means_what_it_says() -> None:
    made = of_text("trait: country\nin: [NO, on, 12:30, 010, 2024-01-01, 7, 7.5, true]")
    assert made.plain()["in"] == ["NO", "on", "12:30", "010", "2024-01-01", 7, 7.5, True]


def test_short_forms_and_spellings_are_one_value() -> None:
    one = of_text("did: Order Completed")
    assert one == of_text("did: {event: [Order Completed], within: all}")
    longer = of_text("{did: {event: A, within: 12w, count: {at_least: 3.0}}}")
    assert longer == of_text("did: {count: {at_least: 3}, within: 84, event: A}")
    assert of_text("measure: rfm\ntop: 20.0 %") == of_text("measure: rfm\ntop: 20%")


def test_a_digest_is_of_the_condition_whatever_the_name() -> None:
    # md5 of {"did":"Order Completed"}, by md5sum.
    rule = of_plain({"name": "buyers", "did": "Order Completed"})
    assert rule.digest == "e5e5febf" == of_plain({"did": "Order Completed"}).digest
    assert rule.label == "buyers#e5e5febf"
    assert hash(rule) == hash(of_plain(rule.plain()))


def test_a_rule_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        of_plain({"did": "Order Completed"}).name = "other"  # type: ignore[misc]


DID = "{all: [{trait: plan, is: free}, {did: {event: A, %s}}]}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (DID % "count: {at_leest: 3}", "at all[1].did.count.at_leest: no such word here; did you mean at_least?"),
        (DID % "count: {at_least: three}", "at all[1].did.count.at_least: 'three' is no number"),
        (DID % "count: {at_least: -1}", "at all[1].did.count.at_least: -1 is no whole number of 0 or more"),
        (DID % "count: {is: 0}", "at all[1].did.count: who did it at all did it once or more"),
        (DID % "count: 3", "at all[1].did.count: compare it, such as {at_least: ...}"),
        (DID % "sum: {of: money}", "at all[1].did.sum: compare it with something; there are is, above"),
        (DID % "last: {since: yesterday}", "at all[1].did.last.since: 'yesterday' is no date; write it as 2017-03-31"),
        (DID % "within: 0d", "at all[1].did.within: window '0d'"),
        (DID % "where: [country]", "at all[1].did.where[0]: filter 'country': write FIELD=VALUE"),
        (DID % "withn: 3d", "at all[1].did.withn: no such word here; did you mean within?"),
        ("not: {all: []}", "at not.all: a list of at least one is needed, and not []"),
        ("any: [x]", "at any[0]: a condition is a mapping"),
        ("{did: A, trait: B, is: c}", "says did and trait at once; put them into a list below all: or any:"),
        ("dod: A", "at dod: no such word here; did you mean did?"),
        ("trait: plan", "what of the trait 'plan'? Say one of is, is_not"),
        ("trait: plan\nin: free", "at in: a list of at least one is needed, and not 'free'"),
        ("measure: rfm", "what of the measure 'rfm'? Say one of"),
        ("measure: rfm\ntop: 20", "at top: 20 is no share of the customers; write it with its sign, such as 20%"),
        ("measure: rfm\nbottom: 120%", "at bottom: '120%' is no share"),
        ("measure: rfm\nat_least: .inf", "at at_least: '.inf' is no number"),
        ("bucket: {salt: a, of: 100}", "at bucket: below is missing"),
        ("bucket: {salt: a, of: 100, below: 101}", "at bucket.below: places from 0 to below 101 of 100"),
        ("bucket: {salt: a, of: 1, below: 1}", "at bucket.of: 1 places; use 2 to 1,000,000"),
        ("[1, 2]", "a rule is a mapping that says one of all, any, not"),
        ("", "a rule is a mapping that says one of all, any, not"),
        ("{did: A, did: B}", "the rule says 'did' twice in one place"),
        ('{"did": "A", "did": "B"}', "the rule says 'did' twice in one place"),
        ('{"measure": "rfm", "is": NaN}', "a rule can't hold NaN"),
        ("all: &a [{did: A}]\nany: *a", "can't use YAML's anchors"),
        ("did: [A", "this rule is no YAML: line 1"),
        ('{"did": "A"', "this rule is no"),
        ("did: !!python/object/apply:os.system [ls]", "this rule is no YAML"),
        ('did: "a\\eb"', "holds signs that can't be printed"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(QuestionError) as caught:
        of_text(text)
    assert message in str(caught.value)


def test_a_rule_has_an_end() -> None:
    deep: dict[str, Any] = {"did": "A"}
    for _ in range(30):
        deep = {"not": deep}
    with pytest.raises(QuestionError, match="20 deep"):
        of_plain(deep)
    with pytest.raises(QuestionError, match="at most 200 conditions"):
        of_plain({"any": [{"did": "A"}] * 201})
    with pytest.raises(QuestionError, match="nested too deeply"):
        of_text('{"not":' * 8000 + "1" + "}" * 8000)
    with pytest.raises(QuestionError, match="nested too deeply"):
        of_text("[" * 9000)
    with pytest.raises(QuestionError, match="65,536 characters"):
        of_text("#" * 70_000)


def test_files_are_read_or_named(tmp_path: Path) -> None:
    made = of_plain({"name": "buyers", "did": "Order Completed"})
    for name, text in (("rule.yaml", made.to_yaml()), ("rule.json", made.to_json()), ("rule", made.to_yaml())):
        (tmp_path / name).write_text(text)
        assert read(tmp_path / name) == made
    (tmp_path / "bad.yaml").write_text("did: {evnt: A}")
    with pytest.raises(QuestionError, match=r"bad.yaml: at did.evnt: no such word here; did you mean event\?"):
        read(tmp_path / "bad.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")
    for missing in ("none.yaml", "bytes.yaml", "."):
        with pytest.raises(FileError, match="can't be read"):
            read(tmp_path / missing)


def test_rules_are_values() -> None:
    assert isinstance(of_plain({"did": "A"}), Rule)
    assert {of_plain({"did": "A"}), of_plain({"did": ["A"]})} == {of_plain({"did": {"event": "A"}})}
