"""Texts are read as numbers alike on every engine, and what is none is null: no question fails for one odd value."""

from __future__ import annotations

import pyarrow as pa
import pytest

from cherish.spec.filters import Filter
from cherish.spec.numbers import number_of
from conformance.company import company
from conformance.engines import ENGINES, REFERENCE, log_on

TEXTS = {
    "12": 12.0, " 7 ": 7.0, "-3.5": -3.5, "+.5": 0.5, "2.": 2.0, "1e3": 1000.0, "2E-2": 0.02, "": None, " ": None,
    "n/a": None, "1,5": None, "0x10": None, "1e999": None, "NaN": None, "inf": None, "12a": None, "--1": None,
    ".": None, "\u0661": None,
}  # fmt: skip


@pytest.mark.parametrize("engine", [REFERENCE, *ENGINES])
def test_texts_are_numbers_or_null(engine: str) -> None:
    store = log_on(engine, company("Asia/Kolkata")).store
    table = store.temporary(pa.table({"text": [*TEXTS, None]}))
    shown = table.select("text", number=number_of(table.text), high=Filter.parse("k>=5").on(table.text))
    found = {row["text"]: (row["number"], row["high"]) for row in store.run(shown).to_pylist()}
    assert found == {text: (value, value is not None and value >= 5) for text, value in {**TEXTS, None: None}.items()}
