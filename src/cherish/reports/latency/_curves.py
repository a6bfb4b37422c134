"""From counted gaps to the table: curves by Kaplan-Meier, thresholds, and who is past them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from cherish.points.rhythm import stay_away
from cherish.reports.latency._tripwires import Rule
from cherish.statistics.survival import Survival

SCHEMA = pa.schema([
    ("after_event", pa.int64()), ("customers", pa.int64()), ("returned", pa.int64()), ("returned_share", pa.float64()),
    ("mean_gap", pa.float64()), ("mean_gap_why", pa.string()), ("back_share", pa.float64()),
    ("back_share_low", pa.float64()), ("back_share_high", pa.float64()), ("back_share_why", pa.string()),
    ("median_gap", pa.float64()), ("median_gap_why", pa.string()), ("threshold", pa.float64()),
    ("threshold_why", pa.string()), ("over_now", pa.int64()), ("crossed", pa.int64()), ("came_back", pa.int64()),
    ("false_share", pa.float64()), ("false_share_why", pa.string()),
])  # fmt: skip


def table(rows: pa.Table, rule: Rule, horizon: int) -> pa.Table:
    """A row per step."""
    k, gap, n = (rows[name].to_numpy().astype(np.int64) for name in ("k", "gap", "n"))
    closed = rows["closed"].to_numpy(zero_copy_only=False).astype(bool)
    age = rows["age"].to_numpy().astype(np.int64) if "age" in rows.column_names else np.zeros_like(gap)
    found = []
    for step in np.unique(k).tolist():
        here = k == step
        found.append(_row(step, gap[here], closed[here], age[here], n[here], rule, horizon))
    return pa.Table.from_pylist(found, schema=SCHEMA)


def _row(
    step: int, gap: Any, closed: Any, age: Any, n: Any, rule: Rule, horizon: int
) -> dict[str, Any]:  # fmt: skip
    back, all_of_them = int(n[closed].sum()), int(n.sum())
    mean = float((gap * n)[closed].sum() / back) if back else None
    survival = stay_away(gap, closed, n)
    median = survival.median
    row = {"after_event": step, "customers": all_of_them, "returned": back, "returned_share": back / all_of_them,
           "mean_gap": mean, "mean_gap_why": None if back else "nobody_returned",
           **_within(survival, horizon),
           "median_gap": median, "median_gap_why": None if median is not None else "not_reached"}  # fmt: skip
    limit = rule.threshold(step, age, mean, survival)
    if limit is None:
        why = "nobody_returned" if mean is None else "not_reached"
        return {**row, "threshold_why": why, "false_share_why": why}
    over = gap > limit
    crossed, false = int(n[over].sum()), int(n[over & closed].sum())
    return {**row, "threshold": _median(limit, n), "over_now": crossed - false, "crossed": crossed, "came_back": false,
            "false_share": false / crossed if crossed else None,
            "false_share_why": None if crossed else "nobody_crossed"}  # fmt: skip


def _within(survival: Survival, horizon: int) -> dict[str, Any]:
    """The share back within the horizon, with its interval."""
    if survival.time[-1] < horizon and survival.survival[-1] > 0:
        return {"back_share_why": "too_short"}
    place = int(np.searchsorted(survival.time, horizon, side="right")) - 1
    low, high = (float(each[place]) if place >= 0 else float("nan") for each in (survival.low, survival.high))
    ends = {"back_share_low": 1 - high, "back_share_high": 1 - low}
    return {"back_share": 1 - survival.at(horizon),
            **{name: None if value != value else value for name, value in ends.items()}}  # fmt: skip


def _median(values: Any, n: Any) -> float:
    """The least value that half of the customers do not exceed."""
    order = np.argsort(values, kind="stable")
    running = np.cumsum(n[order])
    return float(values[order][np.searchsorted(running, running[-1] / 2)])
