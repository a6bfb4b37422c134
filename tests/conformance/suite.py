"""Every measure and report gives the same answer on every engine, from one plain table of events.

Counts, money, texts and days are equal, floats to 1e-9 of their size, and the columns' types too. What the reference
refuses every engine refuses, in the same words. In CI each definition is asked with its defaults and with a part of its
choices, another part for every state of the code; `make conformance` asks all of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from cherish.answer.code import code_version
from cherish.errors import CherishError
from cherish.spec.registry import names
from conformance.company import ZONES, Company, company
from conformance.engines import REFERENCE, log_on
from conformance.gaps import gap
from properties.world import ONLY, Variant, _variants, rows_of

EVERYTHING = bool(os.environ.get("CHERISH_CONFORMANCE"))
PARTS = 6
"""Into how many parts a definition's choices are cut where not all are asked."""


def definitions(kind: str) -> list[str]:
    """The definitions of a kind that are asked for."""
    return [name for name in names(kind) if not ONLY or name in ONLY]


def asked(kind: str, name: str) -> list[tuple[int, Variant]]:
    """The variants of a definition to ask: the first, which has the defaults, and this code's part of the others."""
    own = list(enumerate(_variants(kind, name)))
    turn = int(code_version()[-8:], 16) % PARTS
    return [(place, each) for place, each in own if EVERYTHING or not place or place % PARTS == turn]


def conforms(kind: str, name: str, engine: str) -> None:
    """Every variant to ask of a definition gives on an engine what it gives on the reference."""
    for place, each in asked(kind, name):
        where = company(list(ZONES)[place % len(ZONES)])
        as_of = where.moments[(place // len(ZONES)) % 2]
        moved = each.shifted(timedelta(weeks=where.weeks))
        known = gap(str(each), engine)
        if known is not None:
            expires(known.error, moved, engine, where, as_of)
        else:
            equal(answer(moved, engine, where, as_of), answer(moved, REFERENCE, where, as_of), f"{each} on {engine}")


def answer(each: Variant, engine: str, where: Company, as_of: Any) -> dict[str, Any]:
    """The answer as plain values; a refusal is an answer too."""
    try:
        found = each.ask(log_on(engine, where), as_of)
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
