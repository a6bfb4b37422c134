"""Are the arms as large as the lot meant them to be? Asked before anything else, overall, by day and by trait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cherish.errors import QuestionError, Unanswerable
from cherish.proof.ratio import SampleRatio, by_stratum, sample_ratio
from cherish.reports._arms.guards import Assigned
from cherish.spec.report import Run
from cherish.spec.view import View

LOOK = (
    "Look for exposures that one arm loses (a slower page, a blocked script), for bots, for a filter that came after "
    "the assignment, for a lot drawn anew at each visit, for a launch that was not everywhere at once"
)


@dataclass(frozen=True)
class Ratios:
    """The sample ratio overall, and in each stratum of each thing asked (`day`, a trait, a property of the
    exposure)."""

    whole: SampleRatio
    strata: Mapping[str, Mapping[str, SampleRatio]]
    what: str = "customers"

    @property
    def wrong(self) -> tuple[str, ...]:
        """What blocks the readout, in words."""
        return self._told("block")

    @property
    def doubtful(self) -> tuple[str, ...]:
        """What is shown with a warning, in words."""
        return self._told("warn")

    @property
    def said(self) -> str:
        """The check in a sentence."""
        sizes = ", ".join(f"{count:,} {self.what} in {arm}" for arm, count in self.whole.counts.items())
        if self.whole.log10_p is None:
            return f"Sample ratio: {sizes}; {self.whole.reason}."
        strata = f"; checked by {', '.join(self.strata)} too" if self.strata else ""
        return f"Sample ratio: {sizes}; p = {told_p(self.whole.log10_p)}{strata}."

    def _told(self, verdict: str) -> tuple[str, ...]:
        found = [("all", self.whole)] if self.whole.verdict == verdict else []
        for name, each in self.strata.items():
            found += [(f"{name} {level}", one) for level, one in each.items() if one.verdict == verdict]
        return tuple(f"{where}: {sizes(one, self.what)}" for where, one in found)


def ratios(view: View, run: Run, who: Assigned, shares: Mapping[str, float], by: tuple[str, ...]) -> Ratios:
    """The checks, on all who were assigned, whether their horizon is over or not.

    Raises:
        QuestionError: the design names an arm that is not there, or lacks one that is.
        Unanswerable: nobody is in an arm of the design.
    """
    _same_arms(who, shares)
    counted = who.table.unit.nunique() if who.units else who.table.count()
    design = dict(shares) or None
    whole = run(who.table.group_by("arm").agg(n=counted).order_by("arm"))
    found = {row["arm"]: row["n"] for row in whole.to_pylist()}
    strata = {}
    for name, table in _strata(view, who, by).items():
        per = table.group_by("stratum", "arm").agg(n=table.unit.nunique() if who.units else table.count())
        rows = run(per.order_by("stratum", "arm")).to_pylist()
        counts: dict[str, dict[str, int]] = {}
        for row in rows:
            counts.setdefault(str(row["stratum"]), dict.fromkeys(found, 0))[row["arm"]] = row["n"]
        if len(counts) > 1:
            strata[name] = by_stratum(counts, design)
    return Ratios(sample_ratio(found, design), strata, "units" if who.units else "customers")


def _strata(view: View, who: Assigned, by: tuple[str, ...]) -> dict[str, Any]:
    found = {}
    if who.timed:
        found["day"] = who.table.mutate(stratum=view.calendar.day(who.table.moment).cast("string"))
    if by:
        labels = view.customers(by)
        labels = labels.select("customer_id", *(f"by_{place}" for place in range(1, len(by) + 1)))
        table = who.table.inner_join(labels, "customer_id")
        found |= {
            name.removeprefix("traits."): table.mutate(stratum=table[f"by_{place}"]) for place, name in enumerate(by, 1)
        }
    found |= {name: who.table.mutate(stratum=who.table[f"context.{name}"]) for name in who.context}
    return found


def _same_arms(who: Assigned, shares: Mapping[str, float]) -> None:
    if not shares:
        return
    empty = [arm for arm in shares if arm not in who.arms]
    if empty:
        raise Unanswerable(
            f"{who.name}: nobody is in arm {empty[0]!r} of the design; there are {', '.join(who.arms)}. Is its name "
            "written otherwise, or does an arm lose everybody?"
        )
    stray = [arm for arm in who.arms if arm not in shares]
    if stray:
        raise QuestionError(f"arms={'|'.join(shares)!r}: {stray[0]!r} has customers and no share")


def sizes(found: SampleRatio, what: str = "customers") -> str:
    """The arms against what was meant, and how likely that is by chance."""
    told = found.counts.items()
    arms = ", ".join(f"{count:,} {what} in {arm} ({found.expected[arm]:,.0f} expected)" for arm, count in told)
    return f"{arms}; p = {told_p(found.log10_p)}"


def told_p(log10_p: float | None) -> str:
    """A p-value as people read it; tiny ones as a power of ten."""
    if log10_p is None:
        return "not known"
    return f"{10**log10_p:.4f}" if log10_p > -4 else f"10^{log10_p:.1f}"
