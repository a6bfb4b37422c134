"""Questions that retentioneering 5.2 answers, each in its words and in ours, as programs of a process of their own."""

from __future__ import annotations

import json
from typing import Any

from bench.answers import Answer
from bench.words import VISITS

_THEIRS = """
import json, sys, pandas, retentioneering
frame = pandas.read_parquet(sys.argv[1]).rename(columns={"customer_id": "user_id", "name": "event", "ts": "timestamp"})
stream = retentioneering.Eventstream(frame)
"""
_OURS = """
import json, sys, cherish
rows = cherish.open(sys.argv[1]).report("%s", **%r).table.to_pylist()
"""
_TOLD = "print(json.dumps(list(found.items())))"

_FUNNEL = (
    {"steps": "|".join(VISITS.steps), "window": "200d"},
    "found = {row['step']: row['reached'] for row in rows}",
    f"""steps = stream.funnel_data(steps=list({VISITS.steps}))["steps"]
found = {{place: each["unique_paths"] for place, each in enumerate(steps, 1)}}""",
)
# Their pause is longer than the timeout, ours as long or longer; events come on whole millionths of a second.
_SESSIONS = (
    {"unit": "month"},
    "found = {str(row['period'])[:7]: row['sessions'] for row in rows}",
    """begins = stream.split_sessions(timeout="29m59.999999s").df.groupby("session_id")["timestamp"].min()
found = {str(month): int(count) for month, count in begins.dt.to_period("M").value_counts().items()}""",
)
_TRANSITIONS = (
    {"show": "transitions", "within": "customer", "collapse": "no", "top": "100"},
    """found = {f"{row['origin']} > {row['target']}": row["count"] for row in rows
             if row["origin"] != "(start)" and row["target"] != "(end)"}""",
    """cells = stream.transition_graph_data(edge_weight="count").stack()
found = {f"{origin} > {target}": int(count) for (origin, target), count in cells.items()
         if count and origin != "path_start" and target != "path_end"}""",
)
_MATRIX = (
    {"show": "matrix", "within": "customer", "collapse": "no", "steps": "10", "top": "100"},
    """found = {f"{row['step']} {row['event']}": row["share"] for row in rows}""",
    """shares = stream.step_matrix_data(max_steps=10).drop(index="path_start").drop(columns=0)
cells = shares.rename(index={"path_end": "(end)"}).stack()
found = {f"{step} {event}": share for (event, step), share in cells.items() if share}""",
)


def _programs(report: str, asked: dict[str, str], ours: str, theirs: str) -> tuple[str, str]:
    return f"{_OURS % (report, asked)}{ours}\n{_TOLD}", f"{_THEIRS}{theirs}\n{_TOLD}"


QUESTIONS = {
    "funnel without a window": _programs("funnel", *_FUNNEL),
    "sessions by month": _programs("sessions", *_SESSIONS),
    "transitions": _programs("paths", *_TRANSITIONS),
    "step matrix": _programs("paths", *_MATRIX),
}
"""Our program and theirs, by question; each prints pairs of what is counted and its figure."""


def answer(text: str) -> Answer:
    """The printed pairs in order."""
    found: list[Any] = json.loads(text)
    return sorted((str(key), value) for key, value in found)
