"""What these tests share: an engine that writes texts as they are."""

from __future__ import annotations

import pytest

from cherish.store.duckdb.connections import Connections


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine writes what it is given as it is: compressed, a text would not be found by its bytes."""
    config = Connections._config
    monkeypatch.setattr(Connections, "_config", lambda self: config(self) | {"force_compression": "uncompressed"})
