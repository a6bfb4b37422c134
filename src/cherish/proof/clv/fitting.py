"""Maximum likelihood that can be trusted: several starts, log-parameters, Newton, a polish without slopes.

Nothing is drawn at random and rows come sorted, so that the same customers give the same parameters on every run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cherish.proof.clv import special
from cherish.proof.clv.cells import Floats

Likelihood = Callable[[Floats], tuple[float, Floats]]
"""From parameters (all above 0) to the log-likelihood and its slopes."""

LOW, HIGH = 1e-5, 1e3
"""Beyond these, in its unit, a parameter is pulled back gently, and reported as a flat direction."""
_PULL = 1e-3
_AGREE = 0.01
_POLISH = 60
_VAGUE = 5.0
_FLAT, _PART = 1e-2, 0.01
"""Flat is a direction where a step of one in logarithms costs less than this; parameters take part from this share."""


@dataclass(frozen=True)
class Fitting:
    """How a model was fitted and how sure it is.

    `standard_errors` come from the curvature at the top (None where it is flat); `starts` are the log-likelihoods that
    each start reached, the best of which counts; `flat` names parameters that the data hardly bound.
    """

    customers: int
    loglik: float
    standard_errors: Mapping[str, float | None]
    starts: tuple[float, ...]
    flat: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def maximise(
    likelihood: Likelihood, names: Sequence[str], starts: Sequence[Sequence[float]], customers: int,
    notes: tuple[str, ...] = (), units: Sequence[float] | None = None,
) -> tuple[tuple[float, ...], Fitting]:  # fmt: skip
    """The parameters (in the order of `names`) under which the data are likeliest, and how they were found.

    `units` are what a parameter is large or small against, where that isn't 1: times hang on the unit of time.
    """
    base = np.log(np.asarray(units if units is not None else [1.0] * len(names)))

    def cost(logs: Floats) -> tuple[float, Floats]:
        parameters = np.exp(logs)
        value, slopes = likelihood(parameters)
        outside = np.maximum(logs - base - np.log(HIGH), 0.0) - np.maximum(np.log(LOW) + base - logs, 0.0)
        return (
            -value / customers + _PULL * float((outside**2).sum()),
            -slopes * parameters / customers + 2 * _PULL * outside,
        )

    ends = [_climb(cost, np.log(np.asarray(start, dtype=np.float64)), base) for start in starts]
    reached = [likelihood(np.exp(end))[0] for end in ends]
    best = _polished(cost, _newton(cost, ends[int(np.argmin([cost(end)[0] for end in ends]))]))
    found = tuple(float(each) for each in np.exp(best))
    errors = _standard_errors(cost, best, customers)
    flat = tuple(
        name
        for name, value, error, unit in zip(names, found, errors, np.exp(base), strict=True)
        if not LOW * 10 < value / unit < HIGH or error is None or error > _VAGUE * value
    )
    fitting = Fitting(
        customers=customers,
        loglik=likelihood(np.exp(best))[0],
        standard_errors=dict(zip(names, errors, strict=True)),
        starts=tuple(reached),
        flat=flat,
        notes=(*notes, *_notes(names, found, flat, reached)),
    )
    return found, fitting


def slopes(value: Callable[[Floats], float]) -> Likelihood:
    """A log-likelihood with slopes by central differences, for models of few rows."""

    def both(parameters: Floats) -> tuple[float, Floats]:
        steps = np.diag(parameters * 1e-5)
        rises = [value(parameters + step) - value(parameters - step) for step in steps]
        return value(parameters), np.asarray(rises) / (2e-5 * parameters)

    return both


def _climb(cost: Likelihood, start: Floats, base: Floats) -> Floats:
    edges = [(unit + np.log(LOW) - 3, unit + np.log(HIGH) + 3) for unit in base]
    options = {"maxiter": 500, "ftol": 1e-14, "gtol": 1e-8}
    found = special.optimizers().minimize(cost, start, jac=True, method="L-BFGS-B", bounds=edges, options=options)
    return np.asarray(found.x, dtype=np.float64)


def _newton(cost: Likelihood, logs: Floats, steps: int = 6) -> Floats:
    """A few Newton steps, each taken only where it lowers the cost: a quasi-Newton method stops early on a ridge."""
    value, slope = cost(logs)
    for _ in range(steps):
        if np.abs(slope).max() < 1e-10:
            break
        curve = _curvature(cost, logs)
        if np.linalg.eigvalsh(curve)[0] <= 0:
            break
        step = -np.linalg.solve(curve, slope)
        step *= min(1.0, 1.0 / float(np.abs(step).max()))
        lower, next_slope = cost(logs + step)
        if not lower < value:
            break
        logs, value, slope = logs + step, lower, next_slope
    return logs


def _polished(cost: Likelihood, logs: Floats) -> Floats:
    """The same place, or a better one that a small simplex finds without any slope."""
    corners = np.vstack([logs, logs + 1e-4 * np.eye(len(logs))])
    options = {"initial_simplex": corners, "maxfev": _POLISH, "xatol": 1e-9, "fatol": 1e-15}
    found: Any = special.optimizers().minimize(lambda at: cost(at)[0], logs, method="Nelder-Mead", options=options)
    return np.asarray(found.x, dtype=np.float64) if found.fun < cost(logs)[0] - 1e-13 else logs


def _curvature(cost: Likelihood, logs: Floats) -> Floats:
    step = 1e-4
    rows = [(cost(logs + side)[1] - cost(logs - side)[1]) / (2 * step) for side in step * np.eye(len(logs))]
    curve = np.asarray(rows)
    return np.asarray((curve + curve.T) / 2)


def _standard_errors(cost: Likelihood, logs: Floats, customers: int) -> tuple[float | None, ...]:
    """By the delta method from log-parameters; None for those that take part in a direction without curvature."""
    bent, directions = np.linalg.eigh(_curvature(cost, logs) * customers)
    flat = bent <= _FLAT
    vague = (directions[:, flat] ** 2).sum(axis=1) > _PART
    spread = np.sqrt((directions[:, ~flat] ** 2 / bent[~flat]).sum(axis=1)) * np.exp(logs)
    return tuple(None if unknown else float(each) for each, unknown in zip(spread, vague, strict=True))


def _notes(
    names: Sequence[str], found: Sequence[float], flat: Sequence[str], reached: Sequence[float]
) -> tuple[str, ...]:
    notes = [
        f"{name} = {value:.4g} lies in a flat direction: the data hardly bound it, read predictions and not {name}"
        for name, value in zip(names, found, strict=True)
        if name in flat
    ]
    if max(reached) - min(reached) > _AGREE:
        ends = ", ".join(f"{each:,.2f}" for each in reached)
        notes.append(f"the starts did not all reach the same top (log-likelihoods {ends}); the best was taken")
    return tuple(notes)
