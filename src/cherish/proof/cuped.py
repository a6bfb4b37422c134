"""CUPED: what a customer did before the experiment explains part of what they do in it, and that part is taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cherish.proof.metric import Metric, covariance
from cherish.proof.moments import Floats, Moments


@dataclass(frozen=True)
class Adjustment:
    """How a metric is adjusted for covariates: metric - theta * (covariate - its mean over all arms).

    `theta` has one number per covariate; `left` is the share of the variance that is left, 1 - rho^2 for one covariate:
    as many customers are needed for the same certainty as that share of them without.
    """

    metric: Metric
    covariates: tuple[Metric, ...]
    theta: tuple[float, ...]
    centres: tuple[float, ...]
    left: float

    def value(self, moments: Moments) -> float:
        """The metric of these rows, as it would be with the covariates' mean of all arms."""
        moved = zip(self.theta, self.covariates, self.centres, strict=True)
        return self.metric.value(moments) - sum(each * (x.value(moments) - at) for each, x, at in moved)

    def variance(self, moments: Moments) -> float:
        """The variance per row of that value: of metric - theta * covariate, each by the delta method where a ratio."""
        slopes = self.metric.slopes(moments)
        for each, covariate in zip(self.theta, self.covariates, strict=True):
            slopes = slopes - each * covariate.slopes(moments)
        return max(covariance(slopes, slopes, moments), 0.0)


def adjustment(metric: Metric, covariates: tuple[Metric, ...], pooled: Moments) -> Adjustment:
    """Theta = cov / var over all arms together (Deng, Xu, Kohavi & Walker 2013, equation 4); several: least squares.

    A covariate must be strictly from before the assignment. Customers without a past enter with any one number and a
    column of ones and zeros that says so as a second covariate: then the number has no influence. A covariate that is
    the same for everybody, or that follows from the others, takes nothing out.
    """
    slopes = [each.slopes(pooled) for each in covariates]
    target = metric.slopes(pooled)
    among = np.array([[covariance(one, other, pooled) for other in slopes] for one in slopes]).reshape(
        len(covariates), len(covariates)
    )
    with_target = np.array([covariance(each, target, pooled) for each in slopes])
    theta = _solved(among, with_target)
    whole = covariance(target, target, pooled)
    explained = float(theta @ with_target)
    left = min(max(1 - explained / whole, 0.0), 1.0) if whole > 0 else 1.0
    return Adjustment(
        metric, covariates, tuple(map(float, theta)), tuple(each.value(pooled) for each in covariates), left
    )


def _solved(among: Floats, with_target: Floats) -> Floats:
    """Least squares on the scale of correlations, so that cents and millions weigh alike; 0 where nothing varies."""
    if not with_target.size:
        return with_target
    spread = np.sqrt(np.maximum(np.diag(among), 0.0))
    scale = np.where(spread > 0, spread, 1.0)
    if with_target.size == 1:
        return np.where(spread > 0, with_target / scale**2, 0.0)
    found, *_ = np.linalg.lstsq(among / np.outer(scale, scale), with_target / scale, rcond=1e-12)
    return np.asarray(found / scale)
