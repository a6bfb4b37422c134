"""One journey asked of a Parquet file: `python -m bench.in_frames QUESTION PACKAGE FILE FIRST END LOG`; prints JSON."""

from __future__ import annotations

import importlib
import json
import sys
from datetime import date
from typing import Any

from bench.words import WORDS, Span


def main(question: str, package: str, file: str, first: str, end: str, log: str) -> None:
    """Read, ask, print the rows."""
    module = importlib.import_module(f"bench.in_frames.{question}")
    span = Span(date.fromisoformat(first), date.fromisoformat(end))
    frame = {"pandas": _pandas, "polars": _polars}[package](file)
    found = getattr(module, f"by_{package}")(frame, span, WORDS[log])
    print(json.dumps(module.plain(found), default=str))


def _pandas(file: str) -> Any:
    import pandas

    frame = pandas.read_parquet(file, columns=["customer_id", "name", "ts"])
    return frame.assign(name=frame["name"].astype("category"))


def _polars(file: str) -> Any:
    import polars

    return polars.scan_parquet(file).with_columns(polars.col("name").cast(polars.Categorical))


if __name__ == "__main__":
    main(*sys.argv[1:])
