"""How many of those you interact with have a relationship with you?"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from cherish.errors import QuestionError
from cherish.points.states import RUNGS, OfRelationship
from cherish.reports import _windows as windows
from cherish.reports._pictures import lying
from cherish.reports._stages import NULLS, Moves, measure_of, moves_picture, staged
from cherish.spec.definition import Card, parameter
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View

STAGES = ("none", *RUNGS)
MUTUAL = ("reciprocal", "satisfied", "advocate")


class Ladder(OfRelationship, Report):
    """Customers by the highest rung of the relationship ladder that they are on, and the moves since the window before.

    What each rung asks is said under `cherish catalogue relationship`. `customers` are those whose highest rung it is;
    `at_or_above` adds the rungs above it; `holds` are those who fulfil the rung's own condition, wherever they stand.
    `before` counts the rung in the window before; `rose`, `stayed`, `fell` and `arrived` say where those on it now were
    then: lower, the same, higher, or not yet customers; they are null where the data begin inside the window before.
    `show=transitions` gives the whole matrix.

    The sentence to quote is: you interact with N; M of them is a relationship. N acted in the window; M of them came
    repeatedly and are reciprocal, satisfied or advocates as well. A rung that the log has no events for is null: that
    nobody can be seen on it is not that nobody is.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="share of a rung = |customers whose highest rung it is| / |customers|",
        unit="customers",
        range=(0, None),
        nulls={
            "no_data": "the log has nothing that would show this rung, so nobody can be seen on it",
            "nobody": "there are no customers yet",
            **NULLS,
        },
        rests={"relationship_share": "interacted"},
        example='log.report("ladder", window="90d")',
    )

    show: str = parameter("shares", "shares, or who went from which rung to which", choices=("shares", "transitions"))

    def check(self) -> None:
        if self.show == "transitions" and self.window is None:
            raise QuestionError("show=transitions compares two windows: give window a length, such as 365d")

    def plan(self, view: View, run: Run) -> Plan:
        """Customers by rung before and now, and how many of them fulfil each condition."""
        measure = measure_of("relationship", self)
        earlier = windows.before(view, self.window)
        people = staged(view, earlier, measure, (*RUNGS, "relationship", "answers"))
        sums = {name: people[name].sum() for name in (*RUNGS, "relationship")}
        counts = people.group_by("was", "stage").agg(
            customers=people.count(), answered=people.count(where=people.answers > 0), **sums
        )
        lacking = {rung for rung, seen in measure.evidence(view).items() if not any(seen.values())}
        figures: dict[str, Any] = {}

        def finish(rows: Any) -> Any:
            moves = Moves.of(rows, STAGES, windows.covered(view, earlier, self.window))
            sums = {name: sum(rows[name].to_pylist()) for name in (*RUNGS, "relationship", "customers", "answered")}
            unseen = lacking if sums["answered"] else lacking | {"satisfied"}
            figures.update(_figures(sums, unseen) | (moves.headline() if earlier is not None else {}))
            return moves.table() if self.show == "transitions" else _shares(moves, sums, unseen, earlier is not None)

        return Plan(
            expression=counts.order_by("was", "stage"),
            finish=finish,
            headline=lambda table: dict(figures),
            convention=measure.convention(view).replace("relationship/", "ladder/", 1),
            notes=(*measure.notes(view), *windows.note(view, earlier, self.window)),
        )

    def chart(self, table: Any) -> Any:
        """Shares as bars, the highest rung on top, or where those of each rung went."""
        if self.show == "transitions":
            return moves_picture(table, STAGES)
        rungs, shares = (table[name].to_pylist()[::-1] for name in ("rung", "share"))
        return lying(rungs, shares, "share of customers", ".1%")


def _shares(moves: Moves, sums: dict[str, int], unseen: set[str], compared: bool) -> pa.Table:
    columns = moves.shares(np.ones(len(STAGES), dtype=bool), compared)
    nobody = not sums["customers"]
    holds = [moves.now[0], *(sums[rung] for rung in RUNGS)]
    at_or_above = moves.now[::-1].cumsum()[::-1]
    columns = {"rung": columns.pop("stage"), **columns, "at_or_above": at_or_above, "holds": holds}
    hidden = np.array([stage in unseen for stage in STAGES])
    for name, values in columns.items():
        if name != "rung":
            empty = hidden | np.array([value is None for value in pa.array(values).to_pylist()])
            columns[name] = pa.array(pa.array(values).to_pylist(), pa.array(values).type, mask=empty)
    columns["why"] = pa.array(["no_data" if hid else "nobody" if nobody else None for hid in hidden], pa.string())
    return pa.table(columns)


def _figures(sums: dict[str, int], unseen: set[str]) -> dict[str, Any]:
    interacted = sums["interacted"]
    known = not unseen.issuperset(MUTUAL)
    relationship = sums["relationship"] if known else None
    found: dict[str, Any] = {"customers": sums["customers"], "interacted": interacted, "relationship": relationship}
    found["relationship_share"] = relationship / interacted if relationship is not None and interacted else None
    found["satisfaction_known"] = sums["answered"]
    told = f"You interact with {interacted:,}; "
    if known:
        found["says"] = f"{told}{relationship:,} of them is a relationship."
    else:
        found["why"] = "no_data"
        found["says"] = (
            f"{told}how many of them is a relationship can't be told: nothing in the log shows who is reciprocal, "
            "satisfied or an advocate."
        )
    return found
