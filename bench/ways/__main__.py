"""One journey asked of what lies on disk: `python -m bench.ways QUESTION WAY SOURCE FIRST END LOG`; prints JSON.

Several questions, joined by |, are answered in turn, a line each.
"""

from __future__ import annotations

import importlib
import json
import sys
from datetime import date
from importlib.abc import MetaPathFinder
from typing import Any

from bench.words import WORDS, Span


def main(questions: str, way: str, source: str, first: str, end: str, log: str) -> None:
    """Read, ask, print the rows."""
    span = Span(date.fromisoformat(first), date.fromisoformat(end))
    for question in questions.split("|"):
        module = importlib.import_module(f"bench.ways.{question}")
        found = getattr(module, f"by_{way}")(_OPENED[way](source), span, WORDS[log])
        print(json.dumps(module.plain(found), default=str))


class _Absent(MetaPathFinder):
    """What an installation of Cherish alone does not bring; pyarrow would load pandas wherever it finds it."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def _log(folder: str) -> Any:
    sys.meta_path.insert(0, _Absent())
    import cherish

    return cherish.open(folder)


def _pandas(file: str) -> Any:
    import pandas

    frame = pandas.read_parquet(file, columns=["customer_id", "name", "ts"])
    return frame.assign(name=frame["name"].astype("category"))


def _polars(file: str) -> Any:
    import polars

    return polars.scan_parquet(file).with_columns(polars.col("name").cast(polars.Categorical))


_OPENED = {"cherish": _log, "pandas": _pandas, "polars": _polars}

if __name__ == "__main__":
    main(*sys.argv[1:])
