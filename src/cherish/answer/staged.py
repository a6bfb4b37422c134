"""Measures whose value is a stage: an ordered code with labels, so that groups of customers are shares of stages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis

from cherish.answer.made import missing


def label(code: Any, stages: Sequence[str]) -> Any:
    """The stage that a code stands for; null where there is no code."""
    return ibis.cases(*((code == place, name) for place, name in enumerate(stages)), else_=ibis.null("string"))


def figure(stage: str) -> str:
    """What the number of those in a stage is called in a headline: its own name, unless a figure is called so."""
    return f"stage_{stage}" if stage in ("customers", "known", "groups") else stage


def headline(table: Any, stages: Sequence[str]) -> dict[str, Any]:
    """How many customers there are, how many have a stage, why the others have none, and how many are in each."""
    import pyarrow.compute as pc

    known = table.num_rows - table["value"].null_count
    found: dict[str, Any] = {"customers": table.num_rows, "known": known}
    counts = {each["values"]: each["counts"] for each in pc.value_counts(table["stage"]).to_pylist()}
    return found | missing(table) | {figure(stage): counts.get(stage, 0) for stage in stages}


def groups(found: Any, code: Any, labels: dict[str, Any], stages: Sequence[str]) -> Any:
    """How many customers of each group are in each stage, stages without anybody included."""
    counts = {f"n_{place}": found.count(where=(code == place).fill_null(False)) for place in range(len(stages))}
    return found.group_by(**labels).agg(customers=found.count(), known=found.count(where=code.notnull()), **counts)


def long(rows: Any, by: Sequence[str], stages: Sequence[str]) -> Any:
    """One row per group and stage: the group's size, how many have a stage at all, how many this one, their share."""
    import pyarrow as pa

    ordered = rows.sort_by([("customers", "descending"), *((name, "ascending") for name in by)]).to_pylist()
    lines = [
        {**{name: row[name] for name in by}, "stage": stage, "customers": row[f"n_{place}"], "known": row["known"],
         "share": row[f"n_{place}"] / row["known"] if row["known"] else None}
        for row in ordered
        for place, stage in enumerate(stages)
    ]  # fmt: skip
    texts = [(name, pa.string()) for name in (*by, "stage")]
    schema = pa.schema([*texts, ("customers", pa.int64()), ("known", pa.int64()), ("share", pa.float64())])
    return pa.Table.from_pylist(lines, schema=schema)


def of_groups(rows: Any, stages: Sequence[str]) -> dict[str, Any]:
    """The figures of all groups together."""
    import pyarrow.compute as pc

    total = {figure(stage): pc.sum(rows[f"n_{place}"]).as_py() or 0 for place, stage in enumerate(stages)}
    customers, known = (pc.sum(rows[name]).as_py() or 0 for name in ("customers", "known"))
    return {"customers": customers, "known": known, "groups": rows.num_rows, **total}
