"""The search: by id, e-mail, name and any trait; the best match first, in pages, with one look at every row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cherish.customers import search
from cherish.customers.searching import _statement
from cherish.errors import QuestionError
from cherish.store.memory import memory
from customers.small import START, company, load, staged, tell


@pytest.fixture(scope="module")
def store() -> Any:
    return company()


def people(store: Any, q: str, **more: Any) -> list[tuple[str, str]]:
    return [(each.customer, each.found_in) for each in search(store, q, **more).matches]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("anna", [("anna", "user_id")]),
        ("ANN", [("anna", "user_id")]),
        ("nna", [("anna", "user_id")]),
        ("browser-2", [("browser-2", "anonymous_id")]),
        ("anna@example.com", [("anna", "email")]),
        ("example.com", [("anna", "email"), ("cleo", "email")]),
        ("änna love", [("anna", "name")]),
        ("anna lovelace", [("anna", "name")]),
        ("  LOVELACE   anna ", [("anna", "name")]),
        ("ben hopper", [("ben", "first_name")]),
        ("lyon", [("ben", "address")]),
        ("69001", [("ben", "address")]),
        ("20", [("anna", "vat")]),
        ("gold", [("anna", "plan")]),
        ("free", []),
        ("city", []),
        ("e-mail", []),
        ("nobody", []),
        ("%", []),
        ("_", []),
        ("' OR 1=1 --", []),
        ("\\", []),
    ],
)
def test_who_is_found_and_by_what(store: Any, q: str, found: list[tuple[str, str]]) -> None:
    assert people(store, q) == found


def test_a_match_tells_whom_it_found(store: Any) -> None:
    (anna,) = search(store, "lovelace").matches
    assert (anna.customer, anna.name, anna.email, anna.identified) == (
        "anna",
        "Änna Lovelace",
        "Anna@Example.com",
        True,
    )
    (ben,) = search(store, "hopper").matches
    assert (ben.name, ben.email) == ("Ben Hopper", None)


def test_the_best_match_comes_first() -> None:
    store = memory()
    traits = {
        "u1": {"email": "sam@example.com"}, "u2": {"name": "Sam"}, "u3": {"city": "sam"},
        "u4": {"email": "sam.b@x.org"}, "u5": {"city": "samara"},
        "u6": {"name": "Lissam"}, "u7": {"city": "Balsam"}, "sam": {"plan": "x"},
        "sam-9": {"plan": "x"}, "big sam": {"plan": "x"}, "u8": {"city": ["Paris", {"other": "sam"}]},
    }  # fmt: skip
    tell(store, "crm", traits)
    # The id, the whole name, another whole trait; what begins with it: id, e-mail, another; what holds it, likewise.
    expected = ["sam", "u2", "u3", "u8", "sam-9", "u1", "u4", "u5", "big sam", "u6", "u7"]
    assert [each for each, _ in people(store, "sam")] == expected


@pytest.mark.parametrize(
    "text", ['say "hi"', "back\\slash", "tab\there", "ü\u00a0x", "{curly}", "[1]", "emoji 🙂 here"]
)
def test_signs_that_json_writes_otherwise_are_found(text: str) -> None:
    store = memory()
    tell(store, "crm", {"u1": {"note": f"x {text} y"}, "u2": {"note": "none"}})
    assert people(store, text) == [("u1", "note")]


@pytest.mark.parametrize(
    ("q", "told"),
    [("MUELLER", "Mueller"), ("muller", "Müller"), ("müller", "Muller"), ("muller", "Mu\u0308ller"), ("zoe", "ZOË"),
     ("ёлка", "ЕЛКА"), ("αθηνα", "Αθήνα"), ("istanbul", "İstanbul"), ("c++ (x)", "C++ (X) [y]"), ("a.b", "a.b")],
)  # fmt: skip
def test_case_and_accents_do_not_matter(q: str, told: str) -> None:
    store = memory()
    tell(store, "crm", {"u1": {"city": told}, "u2": {"city": "azb muxller"}})
    assert people(store, q) == [("u1", "city")]


def test_pages_give_everybody_once_while_others_are_seen() -> None:
    store = memory()
    tell(store, "crm", {f"user {number}": {"city": "Lyon" if number % 3 else "Lyonel"} for number in range(23)})
    seen: list[str] = []
    after = None
    for number in range(9):
        found = search(store, "lyon", limit=5, after=after)
        assert found.count == 23
        seen += [each.customer for each in found.matches]
        after = found.after
        if after is None:
            break
        load(store, f"web {number}", [staged("Page", START, seen[0]), staged("Page", START, f"stranger {number}")])
    assert (len(seen), len(set(seen))) == (23, 23)


def test_every_row_is_looked_at_once(store: Any) -> None:
    plan = store.query(f"EXPLAIN (FORMAT json) {_statement('anna lovelace', 20, None)}").to_pylist()[-1]
    scans = [each for each in _operators(json.loads(list(plan.values())[-1])) if "SCAN" in each["name"]]
    tables = [each["extra_info"].get("Table", "").rpartition(".")[2] for each in scans]
    assert sorted(each for each in tables if each) == ["customers", "identities"]


def _operators(found: Any) -> list[dict[str, Any]]:
    each = found if isinstance(found, list) else [found]
    return [inner for one in each for inner in (one, *_operators(one.get("children", [])))]


@pytest.mark.parametrize(
    ("q", "given", "message"),
    [("", {}, "say what to look for"), (" \n ", {}, "say what to look for"), ("\ud83d", {}, "say what to look for"),
     ("x" * 300, {}, "at most 256"), ("a", {"limit": 0}, "limit=0"), ("a", {"limit": 201}, "limit=201"),
     ("a", {"after": "zz"}, "this cursor is none"), ("a", {"after": "W10"}, "this cursor is none")],
)  # fmt: skip
def test_what_cannot_be_looked_for(store: Any, q: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        search(store, q, **given)
