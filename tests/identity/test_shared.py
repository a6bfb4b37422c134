"""Keys that several people share: a family's tablet, a hub, a trusted address; nobody is melted into another."""

from __future__ import annotations

from typing import Any

import pytest

from cherish.errors import QuestionError
from cherish.store.memory import memory
from identity.calls import Call, at, live, load
from identity.test_operator import groups


def test_a_shared_device_belongs_to_who_was_seen_on_it_first_and_joins_nobody() -> None:
    store = memory()
    live(store, [Call("m1", at(5), user="son", anonymous="tablet"), Call("m2", at(6), anonymous="tablet")], "one")
    assert groups(store) == {frozenset({"son", "tablet"})}
    live(store, [Call("m3", at(1), user="mother", anonymous="tablet")], "two")
    assert groups(store) == {frozenset({"mother", "tablet"}), frozenset({"son"})}
    owners = store.query("SELECT customer, n FROM activity JOIN customers USING (customer_id) ORDER BY 1").to_pylist()
    assert owners == [{"customer": "mother", "n": 2}, {"customer": "son", "n": 1}]
    assert store.check() == {}


def test_two_people_who_sign_up_on_one_device_by_alias_stay_two() -> None:
    store = memory()
    live(store, [Call("m1", at(1), anonymous="tablet"), Call("m2", at(2), user="a", previous="tablet")], "one")
    live(store, [Call("m3", at(3), user="b", previous="tablet")], "two")
    assert groups(store) == {frozenset({"a", "tablet"}), frozenset({"b"})}


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("alias_first", [False, True])
def test_an_alias_joins_what_it_names_whichever_way_it_points_and_whenever_it_comes(
    reverse: bool, alias_first: bool
) -> None:
    store = memory()
    user, previous = ("visitor", "u1") if reverse else ("u1", "visitor")
    rest = [Call("m1", at(1), anonymous="visitor"), Call("m2", at(9), user="u1")]
    batches = [rest, [Call("m3", at(5), user=user, previous=previous)]]
    for number, batch in enumerate(reversed(batches) if alias_first else batches):
        live(store, batch, f"claim {number}")
    (customer,) = store.query("SELECT customer, last_seen FROM customers").to_pylist()
    assert customer == {"customer": "u1", "last_seen": at(9)}
    assert groups(store) == {frozenset({"u1", "visitor"})}
    assert store.check() == {}


def test_who_is_known_by_an_undone_import_alone_joins_nobody_any_more() -> None:
    store = memory()
    load(store, [Call("m1", at(1), user="old")], name="old")
    load(store, [Call("m2", at(2), user="a", previous="old"), Call("m3", at(3), user="b", previous="old")], name="new")
    assert groups(store) == {frozenset({"a", "b", "old"})}
    store.undo("old")
    assert groups(store) == {frozenset({"a"}), frozenset({"b"})}
    assert store.check() == {}
    load(store, [Call("m1", at(1), user="old")], name="old")
    assert groups(store) == {frozenset({"a", "b", "old"})}


def test_a_previous_id_that_everybody_names_joins_nobody() -> None:
    store = memory()
    live(store, [Call("m500", at(0), user="null")], "a user called null")
    for number in range(11):
        live(store, [Call(f"m{number}", at(number), user=f"u{number}", previous="null")], f"claim {number}")
        assert len(groups(store)) == (1 if number < 10 else 12)
    assert store.check() == {}


def kiosk(users: int, start: int = 0) -> list[Call]:
    return [Call(f"m{n}", at(n), user=f"u{n:03}", anonymous="kiosk") for n in range(start, users)]


def test_a_key_of_too_many_users_is_nobodys_until_an_import_goes() -> None:
    store = memory()
    load(store, kiosk(10), [Call("m999", at(999), anonymous="kiosk")], name="ten")
    assert frozenset({"kiosk", "u000"}) in groups(store)
    load(store, kiosk(40, 10), name="more")
    assert frozenset({"kiosk"}) in groups(store)
    load(store, kiosk(80, 40), name="many")
    # Beyond the limit nothing is kept that could only say the same.
    assert store.query("SELECT count(*) AS n FROM edges").to_pylist() == [{"n": 40}]
    assert store.check() == {}
    store.undo("more")
    assert frozenset({"kiosk"}) in groups(store), "the third import says it, too"
    store.undo("many")
    assert frozenset({"kiosk", "u000"}) in groups(store)
    assert store.check() == {}


def test_the_limit_of_a_hub_can_be_set_and_what_was_left_out_comes_back() -> None:
    store = memory()
    load(store, kiosk(15))
    load(store, kiosk(30, 15), name="more")
    assert frozenset({"kiosk"}) in groups(store)
    store.identify_by(hub=30)
    assert frozenset({"kiosk", "u000"}) in groups(store)
    store.identify_by(hub=29)
    assert frozenset({"kiosk"}) in groups(store)
    assert store.check() == {}


def emails() -> Any:
    store = memory()
    said = {"u1": "Ann@example.org", "u2": " ann@example.org", "u3": "bob@example.org"}
    for number, (user, email) in enumerate(said.items()):
        live(store, [Call(f"m{number}", at(number), user=user, traits={"email": email})], f"claim {number}")
    return store


def test_an_address_joins_users_only_where_the_workspace_trusts_it() -> None:
    store = emails()
    assert groups(store) == {frozenset({user}) for user in ("u1", "u2", "u3")}
    store.identify_by(trusted=("email",))
    together = {frozenset({"u1", "u2", "ann@example.org"}), frozenset({"u3", "bob@example.org"})}
    assert groups(store) == together
    live(store, [Call("m9", at(9), user="u4", traits={"email": "BOB@example.org"})], "later")
    assert frozenset({"u3", "u4", "bob@example.org"}) in groups(store)
    assert store.check() == {}
    store.split("u2", "ann")
    assert frozenset({"u2"}) in groups(store)
    store.identify_by(trusted=())
    assert {group for group in groups(store) if len(group) > 1} == set()
    assert store.check() == {}


def test_an_address_of_too_many_users_joins_nobody() -> None:
    store = memory()
    store.identify_by(trusted=("email",))
    for number in range(11):
        live(store, [Call(f"m{number}", at(number), user=f"u{number}", traits={"email": "shop@x.org"})], f"c{number}")
        assert len(groups(store)) == (1 if number < 10 else 12)
    assert store.check() == {}


def test_settings_that_can_not_be_are_refused() -> None:
    store = memory()
    for wrong in ({"hub": 0}, {"trusted": ("user_id",)}, {"trusted": ("e mail",)}, {"trusted": ("",)}):
        with pytest.raises(QuestionError):
            store.identify_by(**wrong)
