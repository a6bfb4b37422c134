"""The table of a readout, and the one in its place where the sample ratio forbids any effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cherish.proof.effects import Effect
from cherish.reports.experiment.checks import Ratios
from cherish.reports.experiment.lines import Line

TEXTS = ("metric", "arm", "by", "among", "verdict", "role", "method", "low_why", "relative_why")
COUNTS = ("customers", "of_control")
COLUMNS = (
    "metric", "arm", "by", "among", "verdict", "customers", "mean", "control", "effect", "low", "high", "relative", "p",
    "of_control", "role", "method", "se", "log10_p", "adjusted_p", "relative_low", "relative_high", "detectable",
    "margin", "variance_left", "low_why", "relative_why",
)  # fmt: skip
MIXED = ("mean", "control", "effect", "low", "high")
"""Columns in the unit of the row's metric."""
ASIDE = (
    "by", "of_control", "role", "method", "se", "log10_p", "adjusted_p", "relative_low", "relative_high", "detectable",
    "margin", "variance_left",
)  # fmt: skip
"""Columns that --json and --csv have, and a screen has no room for."""


def table(lines: Sequence[Line]) -> Any:
    """The lines as a `pyarrow.Table`."""
    import pyarrow as pa

    rows = [_row(each) for each in lines]
    kinds = {name: pa.string() if name in TEXTS else pa.int64() if name in COUNTS else pa.float64() for name in COLUMNS}
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in kinds.items()})


def _row(each: Line) -> dict[str, Any]:
    effect, read = each.effect, each.read
    return {
        "metric": each.metric, "arm": each.arm, "by": each.by, "among": each.among,
        "customers": effect.n, "of_control": effect.n_control,
        "mean": effect.mean, "control": effect.mean_control, "effect": effect.estimate, "low": read.low,
        "high": read.high, "relative": effect.relative, "p": p_of(read.log10_p), "verdict": each.verdict or None,
        "role": each.role, "method": f"{effect.method}, {read.kind}", "se": effect.se, "log10_p": read.log10_p,
        "adjusted_p": p_of(each.adjusted), "relative_low": read.relative_low, "relative_high": read.relative_high,
        "detectable": each.smallest, "margin": each.margin,
        "variance_left": effect.variance_left if effect.theta else None, "low_why": each.why,
        "relative_why": _relative_why(effect),
    }  # fmt: skip


def _relative_why(effect: Effect) -> str | None:
    known = effect.relative is not None or effect.mean is None or effect.mean_control is None
    return None if known else "control_not_above_0"


def p_of(log10_p: float | None) -> float | None:
    """The p-value with the digits that mean something: a tiny one magnifies the last bit of its statistic."""
    if log10_p is None:
        return None
    return float(f"{10**log10_p:.4g}") if log10_p > -300 else 0.0


def blocked(found: Ratios) -> Any:
    """Counts against the design, and nothing else."""
    import pyarrow as pa

    rows: list[dict[str, Any]] = []
    for where, one in (("all", found.whole), *((f"{name} {level}", one) for name, each in found.strata.items()
                                               for level, one in each.items() if one.verdict == "block")):  # fmt: skip
        rows += [
            {"among": where, "arm": arm, "customers": count, "expected": float(one.expected[arm]),
             "p": p_of(one.log10_p), "verdict": one.verdict}
            for arm, count in one.counts.items()
        ]  # fmt: skip
    kinds = {"among": pa.string(), "arm": pa.string(), "customers": pa.int64(), "expected": pa.float64(),
             "p": pa.float64(), "verdict": pa.string()}  # fmt: skip
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in kinds.items()})
