"""However the same calls arrive, in whichever order and batches, the log says the same of everybody."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cherish.store.memory import memory
from effort import tries
from identity.calls import TRUSTED, Call, expected, held, live, load, made_up


def cut(random: Random, calls: list[Call], most: int = 12) -> list[list[Call]]:
    """The calls in batches of random sizes, some calls sent twice."""
    calls = calls + random.sample(calls, len(calls) // 5)
    random.shuffle(calls)
    batches = []
    while calls:
        size = random.randint(1, most)
        batches.append(calls[:size])
        calls = calls[size:]
    return batches


def agrees(store: Any, calls: list[Call]) -> None:
    assert store.check() == {}
    assert held(store) == expected(calls)


@tries(4)
@given(seed=st.integers(0, 10**6))
def test_live_calls_in_any_order_and_batches(seed: int) -> None:
    random = Random(seed)
    calls, store = made_up(random, 45, emails=True), memory()
    store.identify_by(trusted=(TRUSTED,))
    for number, batch in enumerate(cut(random, calls)):
        live(store, batch, f"claim {number}")
    agrees(store, calls)


@tries(3)
@given(seed=st.integers(0, 10**6))
def test_imports_in_any_order_and_batches(seed: int) -> None:
    random = Random(seed)
    calls = [Call(**{**vars(call), "traits": {}}) for call in made_up(random, 45)]
    store, batches = memory(), cut(random, calls)
    half = len(batches) // 2
    load(store, *batches[:half], name="first")
    load(store, *batches[half:], name="second")
    agrees(store, calls)


@tries(3)
@given(seed=st.integers(0, 10**6))
def test_an_import_taken_back_leaves_what_the_others_say(seed: int) -> None:
    random = Random(seed)
    calls = [Call(**{**vars(call), "traits": {}}) for call in made_up(random, 60)]
    store = memory()
    parts = {name: random.sample(calls, 25) for name in ("one", "two", "three")}
    for name, part in parts.items():
        load(store, *cut(random, part), name=name)
    gone = random.choice(list(parts))
    store.undo(gone)
    agrees(store, [call for name, part in parts.items() if name != gone for call in part])
