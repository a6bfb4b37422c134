"""Whatever lies in the catalogue can be shared: no small count is left, and what is left can be shown in every way."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any

import pytest

from cherish import charts
from cherish.errors import CherishError, Unsupported
from cherish.privacy.columns import of_headline, of_table
from cherish.show.small import declared
from cherish.spec.registry import names
from properties.world import _variants, world


@cache
def company() -> Any:
    return world(11, customers=80)


@cache
def log() -> Any:
    return company().log()


@pytest.mark.parametrize("name", names("report"))
def test_a_report_can_be_shared(name: str) -> None:
    each = next(_variants("report", name))
    result = each.ask(log(), company().moments[0])
    try:
        shared = result.shared()
    except Unsupported:
        # A row is a customer there.
        assert "customer" in result.table.column_names
        return
    said = declared(result)
    for column in of_table(result.table, said).counts:
        small = [value for value in shared.table[column].to_pylist() if value is not None and 0 < abs(value) < 10]
        assert not small, f"{column}: {small}"
    for figure in of_headline(result.headline, said).counts:
        assert not (shared.headline[figure] is not None and 0 < abs(shared.headline[figure]) < 10), figure
    assert shared.to_json()
    assert shared.to_csv()
    assert repr(shared)
    assert shared._repr_html_()
    try:
        drawn = charts.of(result)
    except CherishError:
        return
    assert charts.specification(drawn)
    # Where a picture needs what is hidden, it says so.
    with suppress(Unsupported):
        assert charts.specification(charts.of(shared))
