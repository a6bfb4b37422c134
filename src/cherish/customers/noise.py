"""Why a customer, or some of what a customer did, is counted by no answer."""

# ruff: noqa: S608  # statements are put together from our own texts and numbers
from __future__ import annotations

from typing import Any

from cherish.customers.rows import rows


def left_out_of(store: Any, number: int) -> tuple[str, ...]:
    """The rules and reasons that leave a customer out; nothing where it counts."""
    found = rows(store, f"SELECT DISTINCT why FROM noise WHERE customer_id = {number} ORDER BY why")
    return tuple(each["why"] for each in found)
