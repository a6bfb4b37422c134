"""What the sums come to: every estimate with the reason where there is none, and the words that stand beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cherish.proof import did
from cherish.proof.did import Moved
from cherish.proof.moments import Moments
from cherish.proof.overlap import BALANCED, Cells, Overlap, overlap, weighted_to_treated
from cherish.reports.difference_of_differences._groups import Groups
from cherish.reports.difference_of_differences._sums import AFTER, Axis
from cherish.spec.calendar import day_from

PLAIN, WEIGHTED, SLOPE = "difference of differences", "weighted to like customers", "slope of the difference before"
NULLS = {
    "nobody": "one of the two groups is empty",
    "too_few": "a group of fewer than 30, or of customers who all moved alike, has no interval",
    "no_before": "the periods before lie before the data",
    "one_period": "a slope needs two periods before, and the data have one",
    "window_open": "the period after the start is not over",
    "staggered": "the treated began at different times, and one before and one after mix their effects",
    "no_overlap": "more than half of the treated have nobody like them among the others",
    "few_alike": "too few of the others are like the treated",
}  # fmt: skip


@dataclass(frozen=True)
class Read:
    """The comparison, read: both groups' moments, the cells of like customers and how they overlap."""

    groups: Groups
    axis: Axis
    treated: Moments
    control: Moments
    cells: Cells
    keys: tuple[tuple[int, int], ...]
    overlap: Overlap
    refused: str | None

    @classmethod
    def of(
        cls, groups: Groups, axis: Axis, treated: Moments, control: Moments, cells: Cells,
        keys: tuple[tuple[int, int], ...], refused: str | None,
    ) -> Read:  # fmt: skip
        """With the diagnostics made."""
        why = refused or ("staggered" if groups.staggered else None)
        why = why or ("nobody" if not treated.n or not control.n else None)
        return cls(groups, axis, treated, control, cells, keys, overlap(cells), why)

    def estimates(self) -> list[tuple[str, Moved | None, str | None]]:
        """Each estimate with its name, or why there is none."""
        earlier, level = self.axis.earlier, 0.95
        if self.refused:
            names = (PLAIN, WEIGHTED, SLOPE, *(placebo(place) for place in range(1, len(earlier))))
            return [(name, None, self.refused) for name in names]
        found = did.difference_of_differences(self.treated, self.control, earlier[-1], AFTER, level)
        like = None if self.overlap.refused else weighted_to_treated(self.cells.kept(self.overlap.kept), level)
        slope = did.slope_before(self.treated, self.control, earlier, level)
        rows = [
            (PLAIN, found, None),
            (WEIGHTED, like, self.overlap.refused or "no_overlap"),
            (SLOPE, slope, "one_period"),
        ]
        tried = did.placebos(self.treated, self.control, earlier, level)
        rows += [(placebo(place), moved, None) for place, moved in enumerate(tried, 1)]
        return [(name, moved, why if moved is None else "too_few" if moved.low is None else None)
                for name, moved, why in rows]  # fmt: skip


def placebo(place: int) -> str:
    """What a comparison is called that begins so many periods too early."""
    return f"placebo, {place} period{'' if place == 1 else 's'} earlier"


def table(read: Read) -> Any:
    """One row per estimate."""
    import pyarrow as pa

    number = pa.float64()
    kinds = {"estimate": pa.string(), "treated": pa.int64(), "control": pa.int64(), "treated_moved": number,
             "control_moved": number, "value": number, "value_low": number, "value_high": number,
             "value_why": pa.string()}  # fmt: skip
    rows = [
        {"estimate": name, "treated": read.treated.n, "control": read.control.n, "value_why": why,
         **({} if moved is None else {
             "treated_moved": moved.treated, "control_moved": moved.control, "value": moved.estimate,
             "value_low": moved.low, "value_high": moved.high})}
        for name, moved, why in read.estimates()
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=pa.schema(list(kinds.items())))


def periods(read: Read) -> Any:
    """One row per period: both groups' means, and the difference with its interval."""
    import pyarrow as pa

    rows = []
    for place, name in enumerate(read.axis.names):
        moved = None if read.refused == "nobody" else did.contrast(read.treated, read.control, {name: 1.0})
        rows.append({
            "begins": day_from(read.axis.begins(place)), "after_start": name == AFTER, "treated": read.treated.n,
            "control": read.control.n, "treated_mean": None if moved is None else moved.treated,
            "control_mean": None if moved is None else moved.control,
            "value": None if moved is None else moved.estimate,
            "value_low": None if moved is None else moved.low, "value_high": None if moved is None else moved.high,
            "value_why": "nobody" if moved is None else None,
        })  # fmt: skip
    number = pa.float64()
    kinds = {"begins": pa.date32(), "after_start": pa.bool_(), "treated": pa.int64(), "control": pa.int64(),
             "treated_mean": number, "control_mean": number, "value": number, "value_low": number,
             "value_high": number, "value_why": pa.string()}  # fmt: skip
    return pa.Table.from_pylist(rows, schema=pa.schema(list(kinds.items())))


def like(read: Read) -> Any:
    """One row per cell of like customers: how many of each group, the share treated, and whether it is compared."""
    import pyarrow as pa

    rows = [
        {"fifth_much": one, "fifth_often": other, "treated": int(t), "control": int(c), "treated_share": float(e),
         "compared": bool(kept)}
        for (one, other), t, c, e, kept in zip(
            read.keys, read.cells.treated, read.cells.control, read.overlap.propensity, read.overlap.kept, strict=True
        )
    ]  # fmt: skip
    kinds = {"fifth_much": pa.int64(), "fifth_often": pa.int64(), "treated": pa.int64(), "control": pa.int64(),
             "treated_share": pa.float64(), "compared": pa.bool_()}  # fmt: skip
    return pa.Table.from_pylist(rows, schema=pa.schema(list(kinds.items())))


def figures(read: Read) -> dict[str, Any]:
    """What a sentence would quote."""
    _, moved, why = read.estimates()[0]
    shown = None if moved is None else f"{moved.estimate:+,.2f} a head"
    span = "" if moved is None or moved.low is None else f" ({moved.low:+,.2f} to {moved.high:+,.2f})"
    says = (
        f"{read.groups.who}: {shown}{span}, association only"
        if shown
        else f"{read.groups.who}: {NULLS[why or 'nobody']}"
    )
    return {
        "says": says, "treated": read.treated.n, "control": read.control.n,
        "value": None if moved is None else moved.estimate, "value_low": None if moved is None else moved.low,
        "value_high": None if moved is None else moved.high,
        "worst_imbalance_before": _worst(read.overlap.before.values()),
        "worst_imbalance_weighted": _worst(read.overlap.after.values()),
        "treated_without_like_share": read.overlap.trimmed if read.treated.n else None,
        "effective": read.overlap.effective,
    }  # fmt: skip


def _worst(gaps: Any) -> float | None:
    known = [abs(gap) for gap in gaps if gap is not None]
    return max(known, default=None)


def notes(read: Read) -> tuple[str, ...]:
    """What must stand beside the figures, whatever they are."""
    said = [did.ASSOCIATION]
    said.append(
        f"Days from {day_from(read.axis.begins(0))} on, the start is {day_from(read.axis.start)}, periods of "
        f"{read.axis.length} days. Customers chosen because they did little do more by themselves afterwards, and "
        "those chosen because they did much do less: only a group chosen by the same rule would tell that apart."
    )
    if read.groups.elsewhen:
        said.append(f"{read.groups.elsewhen:,} customers among the treated began at another time and are left out.")
    if read.groups.staggered:
        said.append(
            "With staggered starts the effect must be taken group by group and period by period (Callaway & Sant'Anna "
            "2021, Difference-in-Differences with Multiple Time Periods); a plain before and after is refused. Give "
            "one start, or a longer window."
        )
    return (*said, *_balance(read), *_before(read.estimates()))


def _balance(read: Read) -> tuple[str, ...]:
    worst, left = _worst(read.overlap.before.values()), _worst(read.overlap.after.values())
    if worst is None:
        return ()
    even = "alike" if worst < BALANCED else "not alike"
    people = f"{read.treated.n:,} customers and {read.control.n:,} customers"
    told = f"Before the start the groups ({people}) were {even}: they differ by up to {worst:.2f} standard deviations"
    after = "" if left is None else f", by {left:.2f} once weighted"
    return (
        f"{told}{after} (below {BALANCED} is alike). {read.overlap.trimmed:.0%} of the treated have nobody like them; "
        f"the weighted others are worth {read.overlap.effective:,.0f} customers.",
    )


def _before(rows: Sequence[tuple[str, Moved | None, str | None]]) -> tuple[str, ...]:
    tried = [
        moved
        for name, moved, _ in rows
        if moved is not None and moved.low is not None and name not in (PLAIN, WEIGHTED)
    ]
    found = sum(moved.excludes_zero for moved in tried)
    if not tried:
        return ()
    return (
        f"Of {len(tried):,} checks before the start (placebos and the slope) {found:,} show a difference where there "
        "can't be one."
        if found
        else f"None of {len(tried):,} checks before the start shows a difference where there can't be one.",
    )
