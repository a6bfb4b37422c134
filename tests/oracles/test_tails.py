"""Tails a second time: by scipy where it doesn't underflow, and as finite sums of many digits where it does."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import pytest
import scipy.special
import scipy.stats

from cherish.errors import QuestionError
from cherish.statistics import tails
from cherish.statistics.quantiles import two_sided_t

FREEDOMS = [0.5, 1, 1.7, 2, 3.3, 7, 29.5, 99, 250.5, 3_000.2, 9_999, 10_001, 12_345.6, 1e6, 1e9]


@pytest.mark.parametrize("freedom", FREEDOMS)
@pytest.mark.parametrize("t", [0.0, 1e-9, 0.3, 1.2, 1.7320508, 1.9, 3.5, 8.0, 30.0])
def test_student(freedom: float, t: float) -> None:
    whole = scipy.stats.t.sf(t, freedom)
    assert tails.log_student(t, freedom) == pytest.approx(math.log(whole), rel=1e-9, abs=1e-11)
    assert tails.log_student(-t, freedom) == pytest.approx(math.log1p(-whole), rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("z", [-40.0, -8.0, -1.0, 0.0, 1.0, 8.0, 24.9, 25.1, 37.0, 60.0, 1_000.0])
def test_normal(z: float) -> None:
    assert tails.log_normal(z) == pytest.approx(scipy.special.log_ndtr(-z), rel=1e-12, abs=1e-300)


def exact_student(t: int, freedom: int) -> float:
    """ln P(T > t) for even degrees: (1 - sin(1 + cos^2 / 2 + ...)) / 2 (Abramowitz & Stegun 1964, 26.7.4)."""
    with localcontext() as context:
        context.prec = 1_500
        square = 1 / (1 + Decimal(t) ** 2 / freedom)
        term = total = Decimal(1)
        for k in range(2, freedom, 2):
            term = term * (k - 1) / k * square
            total += term
        return float(((1 - (1 - square).sqrt() * total) / 2).ln())


@pytest.mark.parametrize(("t", "freedom"), [(60, 100), (60, 1_000), (60, 8_000), (60, 12_000), (500, 400), (10**9, 40)])
def test_student_beyond_what_a_double_holds(t: int, freedom: int) -> None:
    assert tails.log_student(t, freedom) == pytest.approx(exact_student(t, freedom), rel=1e-10)


@pytest.mark.parametrize("freedom", [1, 2, 3, 10, 31, 400])
@pytest.mark.parametrize("value", [0.0, 1e-8, 0.7, 24.9, 25.1, 300.0])
def test_chi_square(value: float, freedom: int) -> None:
    expected = scipy.stats.chi2.logsf(value, freedom)
    assert tails.log_chi_square(value, freedom) == pytest.approx(expected, rel=1e-9, abs=1e-13)


def test_chi_square_beyond_what_a_double_holds() -> None:
    # Of two degrees it is exp(-x / 2), of four (1 + x / 2) exp(-x / 2), of one twice the normal tail.
    assert tails.log_chi_square(5_000, 2) == pytest.approx(-2_500, rel=1e-14)
    assert tails.log_chi_square(5_000, 4) == pytest.approx(-2_500 + math.log(2_501), rel=1e-14)
    assert tails.log_chi_square(3_600, 1) == pytest.approx(math.log(2) + scipy.special.log_ndtr(-60), rel=1e-13)


@pytest.mark.parametrize("freedom", [1, 1.5, 2.2, 5.5, 17.3, 44.4, 199.9, 5_000.5, math.inf])
@pytest.mark.parametrize("tail", [0.49, 0.1, 0.025, 1e-5, 1e-30])
def test_quantiles(freedom: float, tail: float) -> None:
    expected = scipy.stats.norm.isf(tail) if math.isinf(freedom) else scipy.stats.t.isf(tail, freedom)
    assert tails.student(math.log(tail), freedom) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("freedom", [1.01, 1.5, 2.7, 11.3, 57.9, 199.5])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_broken_degrees_of_freedom(freedom: float, level: float) -> None:
    assert two_sided_t(level, freedom) == pytest.approx(scipy.stats.t.ppf(0.5 + level / 2, freedom), rel=1e-9)


def test_from_one_distribution_to_the_other_and_back() -> None:
    for z in (0.01, 1.96, 3.035, 12.0, 60.0):
        for freedom in (3.0, 58.5, 1e5):
            there = tails.student_like(z, freedom)
            assert there > z
            assert tails.normal_like(there, freedom) == pytest.approx(z, rel=1e-9)
            assert tails.normal_like(-there, freedom) == pytest.approx(-z, rel=1e-9)
    assert tails.normal_like(1e-30, 5) == 1e-30
    assert tails.student_like(2.5, math.inf) == 2.5


def test_a_p_value_of_sixty_standard_errors_has_digits() -> None:
    # P(|Z| > 60) = 2 * phi(60) / 60 * (1 - 1/60^2 + 3/60^4 ...) = 10^-783.96 (Abramowitz & Stegun 1964, 26.2.12).
    phi = -1_800 - 0.5 * math.log(2 * math.pi)
    expected = (math.log(2 / 60) + phi + math.log(1 - 60**-2 + 3 * 60**-4)) / math.log(10)
    assert tails.log10_two_sided(60) == pytest.approx(expected, rel=1e-12)
    assert tails.log10_two_sided(0.0, 5) == 0.0


def test_what_has_no_tail() -> None:
    for wrong in (
        lambda: tails.log_student(1.0, 0.0),
        lambda: tails.log_chi_square(-1.0, 2),
        lambda: tails.log_chi_square(1.0, 0),
        lambda: tails.student(math.log(0.5), 3),
    ):
        with pytest.raises(QuestionError):
            wrong()
