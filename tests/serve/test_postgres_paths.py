"""Whatever is sent to a collector on files is sent to one on Postgres, too, and means the same."""

from __future__ import annotations

from inspect import signature

import pytest

from serve import test_paths, test_refusals
from serve.conftest import Serving, Start


@pytest.fixture(scope="module")
def serving(collector: Start, database: str) -> Serving:
    """The same as the others have, but for its database."""
    return collector(database=database)


globals().update(
    (name, test)
    for module in (test_paths, test_refusals)
    for name, test in vars(module).items()
    if name.startswith("test_") and "serving" in signature(test).parameters
)
