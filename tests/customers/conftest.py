"""The present of these tests: their company is live, and is looked at when its last day is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

PRESENT = datetime(2024, 4, 2, 22, tzinfo=UTC)
"""The beginning of the 3rd of April in Berlin."""


@pytest.fixture(autouse=True, scope="module")
def present() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in ("cherish.customers.single_view", "cherish.answer.ask"):
            patch.setattr(f"{module}.system_clock", lambda: PRESENT)
        yield
