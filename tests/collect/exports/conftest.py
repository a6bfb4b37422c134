"""Exports made by hand after the tools' public pages, brought into an empty log, and what is in it then."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cherish.collect.importing import import_files


@dataclass(frozen=True)
class Brought:
    """An import and the log after it."""

    summary: Any
    store: Any

    def events(self) -> list[dict[str, Any]]:
        """Every event in order of time, its documents decoded."""
        columns = "type, name, ts, anonymous_id, user_id, value, currency, order_id, properties, context"
        found = self.store.query(f"SELECT {columns} FROM events ORDER BY ts, name").to_pylist()
        return [
            each | {key: json.loads(each[key]) if each[key] else {} for key in ("properties", "context")}
            for each in found
        ]

    def names(self) -> list[str]:
        return [each["name"] for each in self.events()]


Bring = Callable[..., Brought]


@pytest.fixture
def bring(store: Any, tmp_path: Path) -> Bring:
    """Write rows (dicts as JSON lines, a text as it is) and import them, once more too: that must bring nothing."""

    def brought(file: str, rows: Any, **wishes: Any) -> Brought:
        path = tmp_path / file
        text = rows if isinstance(rows, str) else "".join(json.dumps(each) + "\n" for each in rows)
        path.write_text(text, encoding="utf-8")
        asked = {"reject_share": 1.0, "rejects_dir": tmp_path / "rejects"} | wishes
        summary = import_files(store, path, **asked)
        again = import_files(store, path, **asked | {"name": "again"})
        assert (again.events_new, again.traits_new) == (0, 0), "importing the same file again adds nothing"
        return Brought(summary, store)

    return brought
