"""The view and the search in a terminal and on the command line: what a person reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cherish.customers import view
from cherish.store.memory import memory
from cli.conftest import Run
from cli.conftest import run as run
from cli.conftest import workspace as workspace
from customers.small import START, Clock, company, load, staged, tell


def test_a_customer_on_one_screen() -> None:
    text = repr(view(company(memory(clock=Clock())), "anna", measures="recency|tenure|clv|rfm|session_depth"))
    lines = text.splitlines()
    assert lines[:3] == [
        "Änna Lovelace · Anna@Example.com · anna",
        "identified · first seen 2024-03-30 · last seen 2024-04-02 · 9 events",
        "Order Completed 4, Page 2, Acme 1, Order Cancelled 1, Order Refunded 1",
    ]
    for expected in (
        "plan   gold              2024-05-01  billing",
        "anonymous_id  browser-1       2  2024-03-30  2024-03-30",
        "     2  220.50    -90.25  130.25  EUR       2024-03-30  2024-03-31",
        "browser-1 and anna: seen together 2024-03-30, web",
        "In the group Acme (acme)",
        "Measures, before 2024-04-03 00:00",
        "recency        2 days",
        "2024-04-02  00:00:00  Order Cancelled  -70.00 EUR  order o4",
        "2024-03-30  11:00:00  Acme",
    ):
        assert any(line.startswith(expected) for line in lines), f"{expected!r} is not in\n{text}"
    assert max(map(len, lines)) <= 120


def test_what_is_not_there_takes_no_room() -> None:
    store = memory()
    tell(store, "crm", {"cleo": {"email": "cleo@example.com"}})
    assert repr(view(store, "cleo")).splitlines() == [
        "cleo@example.com · cleo",
        "identified · 0 events",
        "",
        "What is known",
        "trait  value             since       told by",
        repr(view(store, "cleo")).splitlines()[5],
        "",
        "Known by",
        "id       key   events",
        "user_id  cleo       0",
    ]


def test_names_from_data_cannot_steer_a_terminal() -> None:
    store = memory()
    load(store, "web", [staged("Pa\x1b[2Jge\n", START, "ev\x1b]0;il", properties={"x\x07": "y\r\n"})])
    text = repr(view(store, "ev\x1b]0;il"))
    assert all(sign.isprintable() or sign == "\n" for sign in text)
    assert "Pa [2Jge" in text


# -- the command line ---------------------------------------------------------------------------------------------


def test_show_and_find(run: Run, workspace: Path) -> None:
    code, out, err = run("customer", "show", "a", "--workspace", workspace)
    assert (code, err) == (0, "")
    assert "     2  15.75      0.00  15.75  EUR       2024-01-01  2024-01-03" in out
    code, out, _ = run("customer", "show", "a", "--workspace", workspace, "--json", "--measures", "all", "--limit", 1)
    told = json.loads(out)
    assert (code, told["customer"], len(told["timeline"]["events"])) == (0, "a", 1)
    code, out, _ = run("customer", "show", "a", "--workspace", workspace, "--parts", "timeline", "--limit", 1,
                       "--after", told["timeline"]["after"])  # fmt: skip
    assert code == 0
    assert "2024-01-01" in out
    assert "Measures" not in out
    code, out, _ = run("customers", "A", "--workspace", workspace)
    assert (code, out.splitlines()[0]) == (0, "1 customer")
    code, out, _ = run("customers", "nobody", "at all", "--workspace", workspace, "--json")
    assert (code, json.loads(out)) == (0, {"matches": [], "count": 0, "after": None})


def test_of_a_file(run: Run, workspace: Path) -> None:
    given = ("--file", workspace.parent / "orders.csv")
    assert run("customer", "show", "b", *given)[0] == 0
    assert "1 customer" in run("customers", "b", *given)[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("customer", "show", "zoe@example.com"), "no customer has this key; look for one by a part of an id"),
        (("customer", "show", "a", "--since", "May"), "--since 'May': write a date"),
        (("customer", "show", "a", "--parts", "x"), "no part of a view is called 'x'"),
        (("customer", "show", "a", "--limit", "0"), "limit"),
        (("customers", " "), "say what to look for"),
    ],
)
def test_refusals(run: Run, workspace: Path, words: tuple[str, ...], message: str) -> None:
    code, out, err = run(*words, "--workspace", workspace)
    assert (code, out) == (2, "")
    assert message in err
    assert "zoe" not in err
