"""The rows of a readout: what each arm did to each metric, how it may be read now, and which of it counts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from cherish.proof.effects import Effect, difference
from cherish.proof.moments import Moments
from cherish.proof.multiplicity import benjamini_hochberg, holm
from cherish.proof.noninferiority import guard
from cherish.proof.power import POWER
from cherish.proof.sequential import LEAST, Readout, reach, readout
from cherish.reports.experiment.terms import Guardrail
from cherish.statistics.quantiles import two_sided

PRIMARY, SECONDARY, GUARD, EXPLORED, INTERACTION = "primary", "secondary", "guardrail", "segment", "interaction"
HIGHER, LOWER, NOT_PROVEN, TOO_FEW, NO_TEST = "higher", "lower", "not proven", "too few", "no test"


@dataclass(frozen=True)
class Reading:
    """How effects are read: at which level, planned for how many customers, and whether on the declared day."""

    level: float
    planned: int
    declared: bool

    @property
    def limit(self) -> float:
        """log10 of the p-value below which something counts."""
        return math.log10(1 - self.level)


@dataclass(frozen=True)
class Line:
    """A row: an arm's effect on a metric among some customers. `smallest` is the least effect that would have been
    seen."""

    metric: str
    role: str
    arm: str
    among: str
    effect: Effect
    read: Readout
    share: bool = False
    verdict: str = ""
    adjusted: float | None = None
    smallest: float | None = None
    why: str | None = None
    margin: float | None = None
    by: str | None = None


def line(arms: Mapping[str, Moments], control: str, arm: str, what: tuple[str, str], reading: Reading,
         among: str, role: str) -> Line:  # fmt: skip
    """One arm's effect; `what` is what people call the metric, and what the moments call it."""
    title, name = what
    treated, against = arms[arm], arms[control]
    x = f"{name}/x" if f"{name}/x" in treated.names else None
    found = difference(
        treated, against, name, x, _covariates(treated, name), reading.level, metric=title, arm=arm, against=control
    )
    read = readout(found, reading.planned, declared=reading.declared)
    made = Line(title, role, arm, among, found, read, share=x is None and _of_ones(treated + against, name))
    return replace(made, smallest=_smallest(found, reading), why=_why(found, read))


def judged(lines: Sequence[Line], reading: Reading) -> list[Line]:
    """The lines with their verdicts: Holm over arms and primary metrics, Benjamini and Hochberg over secondary ones."""
    found = list(lines)
    for role, adjust in ((PRIMARY, holm), (SECONDARY, benjamini_hochberg)):
        places = [place for place, each in enumerate(found) if each.role == role]
        adjusted = adjust([found[place].read.log10_p for place in places], log10=True)
        for place, p in zip(places, adjusted, strict=True):
            found[place] = replace(found[place], adjusted=p, verdict=_verdict(found[place], p, reading))
    return found


def guarded(plain: Line, rail: Guardrail, lower: bool) -> Line:
    """A line as a guardrail: is the arm worse by less than the margin?"""
    falls = rail.falls if rail.falls is not None else not lower
    found = guard(plain.read, rail.margin, share=rail.share, higher_is_better=falls)
    sign, size = "-" if falls else "+", f"{rail.margin * 100:g}%" if rail.share else f"{rail.margin:g}"
    return replace(
        plain,
        metric=f"{plain.metric} ({sign}{size})",
        role=GUARD,
        verdict=found.word,
        margin=found.margin,
        adjusted=None,
    )


def _verdict(each: Line, adjusted: float | None, reading: Reading) -> str:
    if adjusted is None or each.effect.estimate is None:
        return TOO_FEW if each.why in ("under_30", "few_customers") else NO_TEST
    if adjusted >= reading.limit:
        return NOT_PROVEN
    return HIGHER if each.effect.estimate > 0 else LOWER


def _covariates(moments: Moments, name: str) -> list[tuple[str, str | None]]:
    if f"{name}/before" not in moments.names:
        return []
    x = f"{name}/before/x" if f"{name}/before/x" in moments.names else None
    new = [(f"{name}/new", None)] if f"{name}/new" in moments.names else []
    return [(f"{name}/before", x), *new]


def _of_ones(moments: Moments, name: str) -> bool:
    """Whether a column is of ones and zeros alone: its variance says so."""
    mean, n = moments.mean(name), moments.n
    if n < 2 or not 0 <= mean <= 1:
        return False
    return math.isclose(moments.var(name) * (n - 1) / n, mean * (1 - mean), rel_tol=1e-9, abs_tol=1e-15)


def _smallest(found: Effect, reading: Reading) -> float | None:
    """The least effect that so many customers show in four tests of five, by the control's spread."""
    if found.se_control is None or not found.se_control:
        return None
    spread = found.se_control**2 * found.n_control
    errors = two_sided(reading.level)
    if not reading.declared:
        errors = float(reach((found.n + found.n_control) / reading.planned, 1 - reading.level))
    return (errors + NormalDist().inv_cdf(POWER)) * math.sqrt(spread * (1 / found.n + 1 / found.n_control))


def _why(found: Effect, read: Readout) -> str | None:
    if read.low is not None:
        return None
    if min(found.n, found.n_control) < 2:
        return "few_customers"
    if found.mean is None or found.mean_control is None:
        return "no_denominator"
    if found.se is None:
        return "no_spread"
    return "under_30" if min(found.n, found.n_control) < LEAST else "few_customers"
