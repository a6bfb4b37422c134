"""Small experiments for tests: customers with events around their assignment, in the log or in a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cherish.spec.registry import find
from cherish.spec.view import View
from logs import event, log_of

START = datetime(2024, 3, 1, 9)
ARMS = ("control", "offer")


def assigned(user: str, arm: str, at: datetime, name: str = "spring", **more: Any) -> dict[str, Any]:
    """The lot's decision as an event."""
    return event(user, "$arm_assigned", at, properties=json.dumps({"experiment": name, "arm": arm, **more}))


def viewed(user: str, arm: str, at: datetime, name: str = "spring", **more: Any) -> dict[str, Any]:
    """An arm that was shown."""
    told = {"experiment_id": name, "variation_id": arm, **more}
    return event(user, "Experiment Viewed", at, properties=json.dumps(told))


def order(user: str, at: datetime, value: float = 10, number: str = "") -> dict[str, Any]:
    return event(user, "Order Completed", at, value=value, currency="EUR", order_id=number or f"{user} {at}")


def company(spent: Mapping[str, Sequence[float]], *, days: int = 60, zone: str = "UTC", **told: Any) -> Any:
    """An experiment in which each customer of an arm places one order of the money given, two days after the lot.

    Everybody looked at a page ten days before, and somebody comes at the end of `days`.
    """
    rows = []
    for arm, values in spent.items():
        for place, value in enumerate(values):
            user = f"{arm} {place}"
            rows.append(event(user, "Page Viewed", START - timedelta(days=10)))
            rows.append(assigned(user, arm, START + timedelta(minutes=place), **told))
            if value:
                rows.append(order(user, START + timedelta(days=2, minutes=place), value))
    rows.append(event("late", "Page Viewed", START + timedelta(days=days)))
    return log_of(rows, zone)


def readout(log: Any, as_of: datetime | None = None, **given: Any) -> tuple[list[dict[str, Any]], dict[str, Any], Any]:
    """The table's rows, the headline and the plan."""
    view = View.of(log, as_of)
    plan = find("report", "experiment").of(**given).plan(view, log.run)
    table = plan.finish(log.run(plan.expression))
    return table.to_pylist(), dict(plan.headline(table)), plan


def written(folder: Path, rows: Iterable[str], name: str = "arms.csv") -> str:
    """A file of these lines."""
    path = folder / name
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return str(path)
