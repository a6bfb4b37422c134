"""What people see of paths: numbers turned back into names, shares beside what they are shares of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from cherish.reports.paths.walks import BEGINNING, END, Ask

START_NAME, END_NAME, OTHER = "(start)", "(end)", "other"


@dataclass(frozen=True)
class Layout:
    """From the engine's rows to the table of a question."""

    ask: Ask

    def name(self, code: int | None) -> str | None:
        """What an event is called; of an event that is called other by itself the rest must be told apart."""
        if code is None:
            return None
        other = f"({OTHER})" if OTHER in self.ask.names else OTHER
        return {BEGINNING: START_NAME, END: END_NAME, len(self.ask.names): other}.get(code) or self.ask.names[code]

    def steps(self) -> list[tuple[int, int]]:
        """The engine's number of each step and the one that people see, in the order of time."""
        numbers = range(1, self.ask.steps + 1)
        return (
            [(step, 1 - step) for step in reversed(numbers)]
            if self.ask.backwards
            else [(step, step) for step in numbers]
        )

    def transitions(self, found: pa.Table) -> pa.Table:
        """A row per pair of events, most frequent first."""
        rows = found.to_pylist()
        left: Counter[int] = Counter()
        for row in rows:
            left[row["origin"]] += row["count"]
        rows.sort(key=lambda row: (-row["count"], row["origin"], row["target"]))
        return pa.table(
            {
                "origin": pa.array([self.name(row["origin"]) for row in rows], pa.string()),
                "target": pa.array([self.name(row["target"]) for row in rows], pa.string()),
                "count": pa.array([row["count"] for row in rows], pa.int64()),
                "customers": pa.array([row["customers"] for row in rows], pa.int64()),
                "of": pa.array([left[row["origin"]] for row in rows], pa.int64()),
                "share": pa.array([row["count"] / left[row["origin"]] for row in rows], pa.float64()),
            }
        )

    def matrix(self, found: pa.Table) -> pa.Table:
        """A row per step and event that any path is at, and where paths are over."""
        counts = _counts(found)
        whole, rows = counts["paths"], []
        for step, shown in self.steps():
            at = [(self.name(code), counts.get(f"s{step}_{code}", 0)) for code in range(len(self.ask.names) + 1)]
            at.append((START_NAME if self.ask.backwards else END_NAME, whole - sum(count for _, count in at)))
            rows += [(shown, name, count) for name, count in sorted(at, key=lambda pair: -pair[1]) if count]
        place, event, paths = zip(*rows, strict=True) if rows else ((), (), ())
        return pa.table(
            {
                "step": pa.array(place, pa.int64()),
                "event": pa.array(event, pa.string()),
                "paths": pa.array(paths, pa.int64()),
                "of": pa.array([whole] * len(rows), pa.int64()),
                "share": pa.array([count / whole for count in paths], pa.float64()),
            }
        )

    def positions(self, found: pa.Table) -> pa.Table:
        """A row per sequence, most frequent first."""
        columns: dict[str, Any] = {
            f"step_{shown}": pa.array([self.name(code) for code in found[f"step_{step}"].to_pylist()], pa.string())
            for step, shown in self.steps()
        }
        for name in ("paths", "customers", "of"):
            columns[name] = found[name].cast(pa.int64())
        pairs = zip(found["paths"].to_pylist(), found["of"].to_pylist(), strict=True)
        columns["share"] = pa.array([paths / of for paths, of in pairs], pa.float64())
        return pa.table(columns)


def _counts(found: pa.Table) -> dict[str, int]:
    """How many paths there are, and are at each step and event, from either form that the engine gives."""
    rows: list[dict[str, int]] = found.to_pylist()
    if "code" not in found.column_names:
        return rows[0]
    counts = {f"s{row['step']}_{row['code']}": row["paths"] for row in rows}
    return {**counts, "paths": sum(row["paths"] for row in rows if row["step"] == 1)}


def of_transitions(table: pa.Table) -> Mapping[str, Any]:
    """How many paths there are, and the most frequent step that is neither a beginning nor an end."""
    rows = table.to_pylist()
    found: dict[str, Any] = {"paths": sum(row["count"] for row in rows if row["origin"] == START_NAME)}
    inner = [row for row in rows if row["origin"] != START_NAME and row["target"] != END_NAME]
    if inner:
        found |= {"most_frequent": f"{inner[0]['origin']} > {inner[0]['target']}", "count": inner[0]["count"]}
    return found


def of_matrix(table: pa.Table) -> Mapping[str, Any]:
    """How many paths there are, and where most of them are in the second step (going back: before the end)."""
    if not table.num_rows:
        return {"paths": 0}
    near = next(row for row in table.to_pylist() if row["step"] in (-1, 2))
    return {"paths": near["of"], "step": near["step"], "most_at": near["event"], "share": near["share"]}


def of_positions(table: pa.Table) -> Mapping[str, Any]:
    """How many paths there are, and the most frequent one."""
    if not table.num_rows:
        return {"paths": 0}
    first = table.to_pylist()[0]
    steps = [name for key, name in first.items() if key.startswith("step_") and name is not None]
    shown = sum(table["share"].to_pylist())
    return {"paths": first["of"], "most_frequent": " > ".join(steps), "share": first["share"], "shown_share": shown}


HEADLINES: Mapping[str, Callable[[pa.Table], Mapping[str, Any]]] = {
    "transitions": of_transitions,
    "matrix": of_matrix,
    "positions": of_positions,
}
