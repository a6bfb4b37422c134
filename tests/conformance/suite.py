"""Every measure and report gives the same answer on every engine, from one plain table of events.

Counts, money, texts and days are equal, floats to 1e-9 of their size, and the columns' types too. What the reference
refuses every engine refuses, in the same words. In CI each definition is asked with its defaults and with a part of its
choices, another part for every state of the code; `make conformance` asks all of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest

from cherish.answer.code import code_version
from cherish.errors import CherishError
from cherish.library import Log
from cherish.spec.registry import names
from conformance.asking import Listening, forbidden, operations
from conformance.company import ZONES, Company, company
from conformance.engines import REFERENCE, log_on
from conformance.gaps import gap
from properties.world import ONLY, Variant, first, rows_of, ways

EVERYTHING = bool(os.environ.get("CHERISH_CONFORMANCE"))
PARTS = 6
"""Into how many parts a definition's choices are cut where not all are asked."""

OF_ENGINES = frozenset({"hash"})
"""What the numbering of customers asks by name, of the engine it knows (store/numbering.py)."""


def definitions(kind: str) -> list[str]:
    """The definitions of a kind that are asked for."""
    return [name for name in names(kind) if not ONLY or name in ONLY]


def asked(kind: str, name: str) -> list[tuple[int, Variant]]:
    """The variants of a definition to ask: the first, which has the defaults, and this code's part of the others."""
    turn = int(code_version()[-8:], 16) % PARTS
    own = enumerate(ways(kind, name))
    return [(place, first(each)) for place, each in own if EVERYTHING or not place or place % PARTS == turn]


@dataclass(frozen=True)
class Referred:
    """A variant moved into a company's time, what the reference answers to it, how many expressions it was asked on the
    way, and what of these some engine refuses or answers differently."""

    variant: Variant
    moved: Variant
    where: Company
    as_of: datetime
    answer: Mapping[str, Any]
    heard: int
    odd: Sequence[str]


@cache
def referred(kind: str, name: str) -> tuple[Referred, ...]:
    """Every variant to ask of a definition, asked of the reference once for all tests of it."""
    found = []
    for place, each in asked(kind, name):
        where = company(list(ZONES)[place % len(ZONES)])
        as_of = where.moments[(place // len(ZONES)) % 2]
        moved = each.shifted(timedelta(weeks=where.weeks))
        listening = Listening(log_on(REFERENCE, where).store)
        told = answer(moved, Log(listening), as_of)
        found.append(Referred(each, moved, where, as_of, told, len(listening.heard), _odd(listening.heard)))
    return tuple(found)


def _odd(heard: Sequence[Any]) -> tuple[str, ...]:
    nodes = (node for expression in heard for node in operations(expression))
    return tuple(f"{type(node).__name__}: {why}" for node in nodes if (why := forbidden(node, OF_ENGINES)) is not None)


def conforms(kind: str, name: str, engine: str) -> None:
    """Every variant to ask of a definition gives on an engine what it gives on the reference."""
    for each in referred(kind, name):
        known = gap(str(each.variant), engine)
        if known is not None:
            expires(known.error, each.moved, engine, each.where, each.as_of)
        else:
            found = answer(each.moved, log_on(engine, each.where), each.as_of)
            equal(found, each.answer, f"{each.variant} on {engine}")


def portable(kind: str, name: str) -> None:
    """No variant to ask of a definition asks of an engine what some engine refuses or answers differently."""
    assert any(each.heard for each in referred(kind, name)), f"{name} asked nothing"
    for each in referred(kind, name):
        assert not each.odd, f"{each.variant} asks {each.odd[0]}"


def answer(each: Variant, log: Log, as_of: datetime) -> dict[str, Any]:
    """The answer as plain values; a refusal is an answer too."""
    try:
        found = each.ask(log, as_of)
    except CherishError as refused:
        return {"refused": f"{type(refused).__name__}: {refused}"}
    return {
        "columns": [(field.name, str(field.type)) for field in found.table.schema],
        "rows": rows_of(found), "headline": dict(found.headline), "convention": found.convention,
        "notes": list(found.notes), "name": found.name, "counted": dict(found.rows), "fingerprint": found.fingerprint,
    }  # fmt: skip


def expires(error: str, each: Variant, engine: str, where: Company, as_of: Any) -> None:
    """The gap is still there, and still the same."""
    try:
        each.ask(log_on(engine, where), as_of)
    except Exception as raised:
        said = str(raised)
    else:
        pytest.fail(f"{each} works on {engine} now: take it out of gaps.py")
    assert said == error, f"{each} on {engine} fails in another way now: mend gaps.py"


def equal(found: Any, expected: Any, where: str) -> None:
    """Equal counts, money, texts and days; floats to 1e-9 of their size."""
    if isinstance(found, float) and isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), where
    elif isinstance(found, Mapping) and isinstance(expected, Mapping):
        assert found.keys() == expected.keys(), f"{where}: {found.get('refused') or expected.get('refused')}"
        for key in found:
            equal(found[key], expected[key], f"{where}, {key}")
    elif isinstance(found, list) and isinstance(expected, list):
        assert len(found) == len(expected), f"{where}: {len(found)} and {len(expected)} rows"
        for place, pair in enumerate(zip(found, expected, strict=True)):
            equal(*pair, f"{where}, {place}")
    else:
        assert type(found) is type(expected), where
        assert found == expected, where
