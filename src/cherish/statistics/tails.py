"""Tails of the normal, Student's and the chi-square distribution in logarithms: sixty standard errors don't vanish."""

from __future__ import annotations

import math

from cherish.errors import QuestionError

LN10 = math.log(10)
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_FAR = 25.0
_MANY = 10_000.0


def log_normal(z: float) -> float:
    """ln P(Z > z) of the standard normal distribution."""
    if z < 0:
        return math.log1p(-0.5 * math.erfc(-z / math.sqrt(2)))
    if z < _FAR:
        return math.log(0.5 * math.erfc(z / math.sqrt(2)))
    # Laplace's continued fraction of the tail over the density.
    ratio = z
    for k in range(60, 0, -1):
        ratio = z + k / ratio
    return -0.5 * z * z - _HALF_LOG_2PI - math.log(ratio)


def log_student(t: float, freedom: float) -> float:
    """ln P(T > t) of Student's distribution with any degrees of freedom above 0.

    By the continued fraction of the incomplete beta function (Abramowitz & Stegun 1964, 26.5.8 and 26.7.1); beyond ten
    thousand degrees by the normal distribution at Hill's transformed point (1970, CACM algorithm 395).

    Raises:
        QuestionError: degrees of freedom that are not above 0.
    """
    if not freedom > 0:
        raise QuestionError(f"{freedom} degrees of freedom: Student's distribution needs more than 0")
    if t < 0:
        return math.log1p(-math.exp(log_student(-t, freedom)))
    if freedom > _MANY:
        return log_normal(_hill(t, freedom))
    if t * t == 0:
        return -math.log(2)
    a, x = freedom / 2, 1 / (1 + t * t / freedom)
    rest = t * t / (freedom + t * t) if x > 1e-300 else 1.0
    front = -a * _log_spread(t, freedom) + 0.5 * math.log(rest) - _log_beta_half(a)
    if x < (a + 1) / (a + 2.5):
        return front - math.log(2 * a) + math.log(_fraction(a, 0.5, x))
    return math.log(0.5 - math.exp(front) * _fraction(0.5, a, rest))


def log_chi_square(value: float, freedom: int) -> float:
    """ln P(chi-square > value) for whole degrees of freedom, a finite sum (Abramowitz & Stegun 1964, 26.4.4, 26.4.5).

    Raises:
        QuestionError: less than one degree of freedom, or a negative value.
    """
    if freedom < 1 or not value >= 0:
        raise QuestionError(f"chi-square of {value} with {freedom} degrees of freedom is not defined")
    if not value:
        return 0.0
    half, odd = value / 2, freedom % 2
    powers = [j + odd / 2 for j in range(freedom // 2)]
    terms = [power * math.log(half) - math.lgamma(power + 1) for power in powers]
    if odd:
        terms.append(math.log(2) + log_normal(math.sqrt(value)) + half)
    top = max(terms)
    return min(top - half + math.log(math.fsum(math.exp(each - top) for each in terms)), 0.0)


def student(log_tail: float, freedom: float) -> float:
    """The t above 0 with ln P(T > t) = `log_tail`, which must be below ln 1/2; to 1e-12 of itself.

    Newton's method on logarithms of both, where the tail bends one way only, so that it overshoots once at most.

    Raises:
        QuestionError: a tail of a half or more, or degrees of freedom that are not above 0.
    """
    if not log_tail < -math.log(2):
        raise QuestionError("a quantile above 0 needs a tail smaller than a half")
    u = 0.5 * math.log(-2 * (log_tail + math.log(2)))
    for _ in range(200):
        t = math.exp(u)
        tail = log_student(t, freedom)
        step = (tail - log_tail) / math.exp(u + _log_density(t, freedom) - tail)
        u += step
        if abs(step) < 1e-13:
            break
    return math.exp(u)


def student_like(z: float, freedom: float) -> float:
    """As many standard errors as Student's distribution needs for what the normal one needs `z` above 0 for."""
    return z if math.isinf(freedom) else student(log_normal(z), freedom)


def normal_like(t: float, freedom: float) -> float:
    """The z of the normal distribution with the tail that `t` has in Student's; with the sign of `t`."""
    if not t or math.isinf(freedom):
        return t
    tail = log_student(abs(t), freedom)
    return math.copysign(student(tail, math.inf), t) if tail < -math.log(2) else t


def log10_two_sided(statistic: float, freedom: float = math.inf) -> float:
    """log10 of P(|T| > |statistic|): the p-value of a two-sided test; normal where no degrees of freedom are given."""
    statistic = abs(statistic)
    tail = log_normal(statistic) if math.isinf(freedom) else log_student(statistic, freedom)
    return min((tail + math.log(2)) / LN10, 0.0)


def _hill(t: float, freedom: float) -> float:
    if math.isinf(freedom):
        return t
    a = freedom - 0.5
    b = 48 * a * a
    y = a * math.log1p(t * t / freedom)
    far = (((-0.4 * y - 3.3) * y - 24) * y - 85.5) / (0.8 * y * y + 100 + b)
    return ((far + y + 3) / b + 1) * math.sqrt(y)


def _log_density(t: float, freedom: float) -> float:
    if math.isinf(freedom):
        return -0.5 * t * t - _HALF_LOG_2PI
    return -(freedom + 1) / 2 * _log_spread(t, freedom) - 0.5 * math.log(freedom) - _log_beta_half(freedom / 2)


def _log_spread(t: float, freedom: float) -> float:
    """ln(1 + t^2 / freedom), also where the square is beyond what a double holds."""
    square = t * t / freedom
    return math.log1p(square) if square < 1e300 else 2 * math.log(t) - math.log(freedom)


def _log_beta_half(a: float) -> float:
    """ln B(a, 1/2); by Stirling's series for large a, where two logarithms of gamma would cancel."""
    if a < 40:
        return math.lgamma(a) + math.lgamma(0.5) - math.lgamma(a + 0.5)
    return math.lgamma(0.5) - 0.5 * math.log(a) + 1 / (8 * a) - 1 / (192 * a**3) + 1 / (640 * a**5)


def _fraction(a: float, b: float, x: float) -> float:
    """I_x(a, b) a B(a, b) / (x^a (1-x)^b) as a continued fraction, by Lentz's method; quick for x < (a+1)/(a+b+2)."""
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, 2_000):
        for part in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1 / (1 + part * d), 1 + part / c
            found *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return found
