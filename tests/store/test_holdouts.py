"""Lots: the same on every run and in every order, made once, stable as shares and customers grow, and across merges."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.errors import QuestionError
from cherish.reports._arms import assigned
from cherish.spec.holdouts import Wish, share_of
from cherish.spec.view import View
from cherish.store.memory import memory
from effort import tries
from logs import add, event
from lots import SALT, START, Person, company, decided, held, join, lot, plan

FEW = tries(4)
PEOPLE = [Person(f"c{number}", day=number % 40) for number in range(400)]
EARLY, LATE = START + timedelta(days=20), START + timedelta(days=60)


@st.composite
def people(draw: st.DrawFn) -> list[Person]:
    """Up to thirty customers of few addresses, written in more than one way."""
    count = draw(st.integers(1, 30))
    addresses = st.sampled_from([None, "a@x.test", "A@X.test ", "b@x.test", "c@x.test"])
    return [Person(f"u{number}", draw(addresses), draw(st.integers(0, 9))) for number in range(count)]


def test_the_lot_is_the_hash_of_salt_and_id() -> None:
    store = company(PEOPLE)
    plan(store, 0.25)
    drawn = store.assign_holdout("mail")
    assert decided(store) == lot(PEOPLE, 0.25)
    assert (drawn.new, drawn.decided, drawn.held) == (400, 400, len(held(lot(PEOPLE, 0.25))))
    # Of 400 at a quarter 100 are expected, with a standard deviation of sqrt(400 / 4 * 3 / 4) = 8.7.
    assert 70 < drawn.held < 130


def test_who_is_held_out_stays_so_when_the_share_grows() -> None:
    found = []
    for share in (0.05, 0.1, 0.5):
        store = company(PEOPLE)
        plan(store, share)
        store.assign_holdout("mail")
        found.append(held(decided(store)))
    assert found[0] < found[1] < found[2]


def test_a_share_that_grows_later_is_for_newcomers_and_nothing_is_decided_again() -> None:
    store = company(PEOPLE)
    plan(store, 0.05)
    store.assign_holdout("mail", EARLY)
    before = decided(store)
    assert set(before) == {each.name for each in PEOPLE if each.day < 20}
    assert plan(store, 0.5).salt == SALT
    drawn = store.assign_holdout("mail", LATE)
    after = decided(store)
    assert {name: after[name] for name in before} == before
    late = [each for each in PEOPLE if each.day >= 20]
    assert {each.name: after[each.name] for each in late} == lot(late, 0.5)
    assert (drawn.new, drawn.decided) == (len(late), 400)
    assert store.assign_holdout("mail", LATE).new == 0
    assert decided(store) == after
    shares = store.query(
        "SELECT DISTINCT CAST(properties ->> '$.holdout_share' AS DOUBLE) AS share FROM events "
        "WHERE name = '$holdout_assigned' ORDER BY share"
    )
    assert shares["share"].to_pylist() == [0.05, 0.5]


@FEW
@given(people(), st.randoms(use_true_random=False), st.sampled_from([0.1, 0.5, 0.9]))
def test_the_order_of_arrival_changes_nothing(there: list[Person], chance: object, share: float) -> None:
    mixed = list(there)
    chance.shuffle(mixed)  # type: ignore[attr-defined]  # a random.Random
    store = memory()
    for start in range(0, len(mixed), 7):
        join(store, mixed[start : start + 7])
    plan(store, share)
    store.assign_holdout("mail", LATE)
    assert decided(store) == lot(there, share)


@FEW
@given(people(), st.integers(1, 9), st.sampled_from([0.1, 0.5]))
def test_traffic_that_grows_changes_nobody_and_an_address_stays_one(
    there: list[Person], day: int, share: float
) -> None:
    store = company(there)
    plan(store, share)
    store.assign_holdout("mail", START + timedelta(days=day))
    before = decided(store)
    store.assign_holdout("mail", LATE)
    after = decided(store)
    assert {name: after[name] for name in before} == before
    assert set(after) == {each.name for each in there}
    by_address: dict[str, set[bool]] = {}
    for each in there:
        if each.address is not None:
            by_address.setdefault(each.address.strip().lower(), set()).add(after[each.name])
    assert all(len(arms) == 1 for arms in by_address.values()), "whoever shares an address shares its lot"


@FEW
@given(people(), st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_whoever_is_held_out_at_one_share_is_at_every_larger_one(there: list[Person], one: float, other: float) -> None:
    found = []
    for share in sorted((one, other)):
        store = company(there)
        plan(store, share)
        store.assign_holdout("mail", LATE)
        found.append(held(decided(store)))
    assert found[0] <= found[1]


@FEW
@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=8), st.sampled_from([0.2, 0.5]))
def test_through_any_merges_the_oldest_ones_arm_stays(pairs: list[tuple[int, int]], share: float) -> None:
    store = company([Person(f"u{number}", day=number) for number in range(20)])
    plan(store, share)
    store.assign_holdout("mail", LATE)
    arms = decided(store)
    oldest = list(range(20))
    for one, other in pairs:
        store.merge(f"u{one}", f"u{other}", "me")
        low, high = sorted((oldest[one], oldest[other]))
        oldest = [low if each == high else each for each in oldest]
    drawn = store.assign_holdout("mail", LATE)
    groups = {first: {arms[f"u{number}"] for number in range(20) if oldest[number] == first} for first in oldest}
    assert (drawn.new, drawn.decided) == (0, len(groups))
    assert drawn.held == sum(arms[f"u{first}"] for first in groups)
    assert drawn.crossed == sum(len(both) == 2 for both in groups.values())
    if 0 < drawn.held < drawn.decided:
        found = assigned(View.of(store), store.run, holdout="mail")
        assert dict(found.report.arms) == {"holdout": drawn.held, "reached": drawn.decided - drawn.held}
        assert found.report.crossed == drawn.crossed


def test_of_two_arms_that_merge_the_older_ones_is_kept_and_the_crossing_is_noted_once() -> None:
    store = company(PEOPLE)
    plan(store, 0.5)
    store.assign_holdout("mail")
    arms = decided(store)
    old = next(each for each in PEOPLE if each.day == 3 and arms[each.name])
    young = next(each for each in PEOPLE if each.day == 30 and not arms[each.name])
    store.merge(young.name, old.name, "me")
    drawn = store.assign_holdout("mail")
    assert (drawn.new, drawn.decided, drawn.crossed) == (0, 399, 1)
    assert drawn.held == len(held(arms)), "the older one is held out, so the pair is"
    store.assign_holdout("mail")
    rows = store.query("SELECT properties ->> '$.arm' AS arm FROM events WHERE name = '$arms_crossed'").to_pylist()
    assert rows == [{"arm": "holdout"}]
    store.undo_edge()
    assert store.assign_holdout("mail").decided == 400


def test_a_merge_of_one_arm_is_no_crossing_and_a_decision_outlives_the_name() -> None:
    store = company(PEOPLE)
    plan(store, 0.5)
    store.assign_holdout("mail")
    arms = decided(store)
    one, other = [each.name for each in PEOPLE if arms[each.name]][:2]
    store.merge(one, other, "me")
    drawn = store.assign_holdout("mail")
    assert (drawn.new, drawn.crossed, drawn.decided) == (0, 0, 399)


def test_a_lot_can_be_taken_back_and_comes_out_the_same() -> None:
    store = company(PEOPLE)
    plan(store, 0.2)
    store.assign_holdout("mail")
    before = decided(store)
    store.undo("holdout mail")
    assert decided(store) == {}
    store.assign_holdout("mail")
    assert decided(store) == before


def test_two_holdouts_have_salts_of_their_own() -> None:
    store = company(PEOPLE)
    one, other = (store.plan_holdout(Wish(name, 0.5)) for name in ("one", "two"))
    assert len({one.salt, other.salt}) == 2
    assert min(len(one.salt), len(other.salt)) >= 32
    for name in ("one", "two"):
        store.assign_holdout(name)
    both = held(decided(store, "one")) & held(decided(store, "two"))
    assert 60 < len(both) < 140, "lots of two salts are independent: a quarter is in both"
    assert [each.name for each in store.holdouts()] == ["one", "two"]


def test_anonymous_visitors_and_noise_are_not_drawn() -> None:
    store = company(PEOPLE[:10])
    add(store, [event("x", "Page", START) | {"user_id": None, "anonymous_id": "device"}], "visits")
    from cherish.spec.noise import Rule

    store.add_noise(Rule.of("key", "c3"))
    plan(store, 0.5)
    store.assign_holdout("mail")
    assert set(decided(store)) == {each.name for each in PEOPLE[:10]} - {"c3"}


def test_an_erased_customer_takes_the_decision_along() -> None:
    store = company(PEOPLE[:10])
    plan(store, 0.5)
    store.assign_holdout("mail")
    store.erase("c3")
    assert set(decided(store)) == {each.name for each in PEOPLE[:10]} - {"c3"}
    assert store.assign_holdout("mail").new == 0


# -- addresses ----------------------------------------------------------------------------------------------------


def test_the_list_holds_each_address_of_the_held_out_once_and_a_delta_only_what_is_new() -> None:
    there = [Person(f"c{number}", f"C{number // 2}@X.test", number) for number in range(40)]
    store = company(there)
    plan(store, 0.5)
    store.assign_holdout("mail", EARLY)
    expected = sorted({each.address.lower() for each in there if each.day < 20 and decided(store)[each.name]})  # type: ignore[union-attr]
    found = store.held_addresses("mail", "klaviyo")
    assert list(found.addresses) == expected
    assert store.note_exported("mail", "klaviyo", found.digest)
    assert store.held_addresses("mail", "klaviyo").addresses == ()
    assert store.held_addresses("mail", "klaviyo").known == len(expected)
    assert list(store.held_addresses("mail", "klaviyo", True).addresses) == expected
    assert list(store.held_addresses("mail", "braze").addresses) == expected, "another sender was told nothing"
    store.assign_holdout("mail", LATE)
    fresh = store.held_addresses("mail", "klaviyo")
    whole = store.held_addresses("mail", "klaviyo", True)
    assert sorted({*fresh.addresses, *expected}) == list(whole.addresses)
    assert not {*fresh.addresses} & {*expected}
    told = store.query(
        "SELECT DISTINCT properties ->> '$.address' AS told FROM events WHERE name = '$holdout_exported'"
    )
    assert not any("@" in each for each in told["told"].to_pylist()), "what was told is kept as a hash"


def test_a_list_that_changed_while_it_was_written_is_not_taken_for_told() -> None:
    store = company([Person(f"c{number}", f"c{number}@x.test") for number in range(20)])
    plan(store, 0.5)
    store.assign_holdout("mail")
    found = store.held_addresses("mail", "csv")
    join(store, [Person(f"d{number}", f"d{number}@x.test", 1) for number in range(20)])
    store.assign_holdout("mail")
    assert not store.note_exported("mail", "csv", found.digest)
    assert len(store.held_addresses("mail", "csv").addresses) > len(found.addresses)


def test_who_has_no_address_and_what_is_none_is_counted() -> None:
    odd = ["=cmd@x.test", "+1@x.test", "-a@x.test", "@x.test", "nobody", "two words@x.test", "a@b", 'q"@x.test']
    store = company(
        [Person(f"c{number}", address) for number, address in enumerate(odd)]
        + [Person("none"), Person("o'brien", "o'brien@x.test"), Person("me@shop.test")]
    )
    store.plan_holdout(Wish("mail", 0.9999), SALT)
    drawn = store.assign_holdout("mail")
    assert drawn.held == 11, "all of so few are held out at this share"
    found = store.held_addresses("mail", "csv")
    assert list(found.addresses) == ["me@shop.test", "o'brien@x.test"], "an own id that is an address is one"
    assert (found.without, found.unusable) == (1, len(odd))


def test_an_address_of_both_arms_follows_its_oldest_customer() -> None:
    store = company([Person("old", "old@x.test", 1), Person("young", "young@x.test", 5)])
    share = 0.5
    arms = lot([Person("old", "old@x.test", 1), Person("young", "young@x.test", 5)], share)
    plan(store, share)
    store.assign_holdout("mail")
    assert decided(store) == arms
    join(store, [Person("young", "old@x.test", 5)])
    found = store.held_addresses("mail", "csv", True)
    assert (("old@x.test" in found.addresses), found.torn) == (arms["old"], int(arms["old"] != arms["young"]))
    join(store, [Person("third", "OLD@x.test", 9)])
    assert store.assign_holdout("mail").followed == 1
    assert decided(store)["third"] == arms["old"]


# -- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"name": "../x", "share": 0.1}, "can't be called"), ({"name": "x", "share": 0.0}, "holds out nobody"),
        ({"name": "x", "share": 1.0}, "holds out everybody"), ({"name": "x", "share": 0.1, "horizon": 0}, "one day"),
        ({"name": "x", "share": 0.1, "margin": 30.0}, "such as .3"),
        ({"name": "x", "share": 0.1, "address": " "}, "email"),
    ],
)  # fmt: skip
def test_a_plan_that_can_t_be_is_refused(wish: dict[str, object], says: str) -> None:
    with pytest.raises(QuestionError, match=says):
        company(PEOPLE[:2]).plan_holdout(Wish(**wish))  # type: ignore[arg-type]


def test_a_lot_without_a_plan_or_in_the_future_is_refused() -> None:
    store = company(PEOPLE[:2])
    with pytest.raises(QuestionError, match="none was planned yet; plan it with: cherish holdout plan mail"):
        store.assign_holdout("mail")
    plan(store, 0.5)
    with pytest.raises(QuestionError, match="there are mail"):
        store.held_addresses("post", "csv")
    with pytest.raises(QuestionError, match="to come"):
        store.assign_holdout("mail", START + timedelta(days=36_000))
    assert [each.name for each in store.imports() if each.name.startswith("holdout")] == []


@pytest.mark.parametrize(("text", "share"), [("10%", 0.1), ("2.5 %", 0.025), (".1", 0.1), (0.2, 0.2)])
def test_a_share_as_people_write_it(text: str | float, share: float) -> None:
    assert share_of(text) == pytest.approx(share, abs=1e-15)


@pytest.mark.parametrize("text", ["10", "ten", "", "%"])
def test_a_share_that_may_mean_two_things_is_refused(text: str) -> None:
    with pytest.raises(QuestionError, match="write"):
        share_of(text)
