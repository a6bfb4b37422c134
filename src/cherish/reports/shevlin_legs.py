"""Which leg fails: are interactions repeated, satisfying, strengthening a bond, and for how many is that known?"""

from __future__ import annotations

from typing import Any, ClassVar

import pyarrow as pa

from cherish.points.at import evaluate
from cherish.points.measure import Asked
from cherish.points.states import LEGS, OfBond
from cherish.reports._pictures import lying
from cherish.reports._stages import measure_of
from cherish.spec.definition import Card, Source
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View
from cherish.statistics.intervals import wilson


class ShevlinLegs(OfBond, Report):
    """The three legs of Shevlin's definition and their AND: for how many each is known, holds, fails.

    Usually missing surveys decide the result, so the coverage (known / customers) stands beside every share; shares are
    of those for whom the leg is known, with a Wilson interval. `all three` is known where a leg fails or all are known.
    """

    card: ClassVar[Card] = Card(
        family="O",
        formula="per leg: |holds| / |known|, |known| / |customers|",
        unit="share",
        range=(0, None),
        source=Source("Shevlin", 2007, "Customer engagement: repeated, satisfying interactions that strengthen a bond"),
        nulls={"nobody_known": "the leg is known of nobody"},
        needs=("customer", "time", "answers"),
        example='log.report("shevlin_legs", satisfied_from="3.5")',
    )

    def plan(self, view: View, run: Run) -> Plan:
        """One row of counts."""
        measure = measure_of("shevlin", self)
        people = evaluate(view, [Asked("m", measure)])
        columns = {leg: people[f"m_{leg}"] for leg in LEGS} | {"all three": people.m_y == 1}
        known = {leg: people[f"m_{leg}"].notnull() for leg in LEGS} | {"all three": people.m_why.isnull()}
        counts = {
            f"{name}|{kind}": people.count(where=where.fill_null(False))
            for name, column in columns.items()
            for kind, where in (("known", known[name]), ("holds", column))
        }
        return Plan(people.aggregate(customers=people.count(), **counts), _finish, _headline, measure.convention(view))

    def chart(self, table: Any) -> Any:
        """How many customers each leg holds for."""
        return lying(table["leg"].to_pylist(), table["holds"].to_pylist(), "customers")


def _finish(rows: Any) -> Any:
    found = rows.to_pylist()[0]
    names = [name.partition("|")[0] for name in found if name.endswith("|known")]
    known, holds = ([found[f"{name}|{kind}"] for name in names] for kind in ("known", "holds"))
    shares = [held / n if n else None for held, n in zip(holds, known, strict=True)]
    ends = [wilson(held, n) if n else None for held, n in zip(holds, known, strict=True)]
    customers = found["customers"]
    return pa.table({
        "leg": names,
        "customers": pa.array([customers] * len(names), pa.int64()),
        "known": pa.array(known, pa.int64()),
        "coverage_share": pa.array([n / customers if customers else None for n in known], pa.float64()),
        "holds": pa.array(holds, pa.int64()),
        "fails": pa.array([n - held for held, n in zip(holds, known, strict=True)], pa.int64()),
        "share": pa.array(shares, pa.float64()),
        "share_low": pa.array([each and each.low for each in ends], pa.float64()),
        "share_high": pa.array([each and each.high for each in ends], pa.float64()),
        "share_why": pa.array([None if n else "nobody_known" for n in known], pa.string()),
    })  # fmt: skip


def _headline(table: Any) -> dict[str, Any]:
    rows = {row["leg"]: row for row in table.to_pylist()}
    every = rows["all three"]
    fails = {f"{leg}_fails": rows[leg]["fails"] for leg in LEGS}
    return {"customers": every["customers"], "all_three": every["holds"], "share": every["share"],
            "coverage_share": every["coverage_share"], **fails}  # fmt: skip
