"""`cherish customer why|merge|split|undo` on a workspace: what it says, and what it changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cherish.store.duckdb import DuckDBStore
from cli.conftest import Run
from identity.calls import Call, at, load
from store.support import load_traits


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    calls = [Call("m1", at(0), anonymous="phone"), Call("m2", at(1), user="anna", anonymous="phone"),
             Call("m3", at(2), user="a.smith")]  # fmt: skip
    load(DuckDBStore(folder), calls, name="web")
    return folder


def test_why_shows_what_joins_the_keys_of_a_customer(run: Run, shop: Path) -> None:
    code, out, _ = run("customer", "why", "anonymous_id:phone", "--workspace", shop)
    assert code == 0
    assert out.splitlines()[1].split() == [
        "1", "seen", "together", "anonymous_id:phone", "user_id:anna", "2024-03-01", "00:01", "web", "yes",
    ]  # fmt: skip
    (edge,) = json.loads(run("customer", "why", "anna", "--workspace", shop, "--json")[1])
    assert (edge["a"], edge["b"], edge["binds"]) == (["anonymous_id", "phone"], ["user_id", "anna"], True)
    assert "nothing joins it" in run("customer", "why", "a.smith", "--workspace", shop)[1]


def test_merge_split_and_undo(run: Run, shop: Path) -> None:
    def customers() -> int:
        rows = DuckDBStore(shop).query("SELECT count(*) AS n FROM customers").to_pylist()
        return int(rows[0]["n"])

    assert (
        "cherish customer undo 2" in run("customer", "merge", "anna", "a.smith", "--by", "eve", "--workspace", shop)[1]
    )
    assert customers() == 1
    assert " eve " in run("customer", "why", "phone", "--workspace", shop)[1]
    assert "take it back: cherish customer undo 3" in run("customer", "split", "phone", "--workspace", shop)[1]
    assert customers() == 2
    assert run("customer", "undo", "2", "--workspace", shop)[:2] == (0, "2: taken back\n")
    assert customers() == 3
    assert run("customer", "undo", "3", "--workspace", shop)[0] == 0
    assert "taken back" in run("customer", "why", "anna", "--workspace", shop)[1]
    assert run("customer", "undo", "--workspace", shop)[0] == 2, "nothing stands any more"
    run("customer", "merge", "anna", "a.smith", "--workspace", shop)
    assert run("customer", "undo", "--workspace", shop)[:2] == (0, "4: taken back\n")
    assert "one key already" in run("customer", "merge", "anna", "anna", "--workspace", shop)[1]
    assert DuckDBStore(shop).check() == {}


def test_what_can_not_be_is_refused_with_what_to_do(run: Run, shop: Path, tmp_path: Path) -> None:
    for words, told in (
        (("split", "anna"), "nothing to split"),
        (("merge", "anna", "nobody"), "no customer has this key"),
        (("undo", "1"), "cherish customer split KEY"),
    ):
        code, out, err = run("customer", *words, "--workspace", shop)
        assert (code, out) == (2, "")
        assert told in err
    assert run("customer", "split", "anna", "--workspace", tmp_path / "none")[0] == 2
    assert not (tmp_path / "none").exists()


def test_identifiers_are_defined_and_join_at_once(run: Run, shop: Path) -> None:
    store = DuckDBStore(shop)
    load_traits(store, "people", [("anna", None, {"email": "a@x.org"}), ("a.smith", None, {"email": "A@x.org"})])
    told = run("define", "identifiers", "email", "--shared", "2", "--workspace", shop)[1]
    assert told == "one customer by the same email\na key that more than 2 users share is nobody's\n"
    assert store.customer_of("user_id", "anna") == store.customer_of("user_id", "a.smith")
    assert store.customer_of("user_id", "anna") == store.customer_of("email", "a@x.org")
    assert run("define", "identifiers", "--shared", "1", "--workspace", shop)[0] == 0
    assert store.customer_of("user_id", "anna") != store.customer_of("user_id", "a.smith")
    assert run("define", "identifiers", "--shared", "2", "--workspace", shop)[0] == 0
    assert store.customer_of("user_id", "anna") == store.customer_of("user_id", "a.smith"), "still trusted"
    assert "no trait joins" in run("define", "identifiers", "none", "--workspace", shop)[1]
    assert store.customer_of("user_id", "anna") != store.customer_of("user_id", "a.smith")
    for wrong in (("user_id",), ("--shared", "0"), ()):
        assert run("define", "identifiers", *wrong, "--workspace", shop)[0] == 2
