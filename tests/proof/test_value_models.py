"""What the models of customer value take, what they refuse, and what must not change their answers."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from cherish.errors import QuestionError, Unanswerable, Unsupported
from cherish.proof.clv import bg_bb, bg_nbd, gamma_gamma, mbg_nbd, pareto_nbd, sbg
from cherish.proof.clv.bg_bb import Occasions
from cherish.proof.clv.cells import Cells, Spends
from cherish.proof.clv.gamma_gamma import GammaGamma
from cherish.proof.clv.pareto_nbd import ParetoNbd
from cherish.proof.clv.value import contract_value, lifetime_value
from value_models import beta_geometric

FITS = pytest.mark.parametrize(
    "fit", [bg_nbd.fit, mbg_nbd.fit, pareto_nbd.fit], ids=["bg_nbd", "mbg_nbd", "pareto_nbd"]
)


@pytest.fixture(autouse=True)
def needs_scipy() -> None:
    pytest.importorskip("scipy", reason="the models come with the extra `stats`")


def days(cells: Cells) -> Any:
    """One entry per customer, on whole days: equal customers are many."""
    rows = cells.customers.astype(int)
    repeats, last, age = (np.repeat(each, rows) for each in (cells.repeats, cells.last, cells.age))
    age = np.ceil(age * 7)
    last = np.where(repeats > 0, np.clip(np.ceil(last * 7), 1, age), 0)
    return np.minimum(repeats, last), last / 7, age / 7


PAST = days(beta_geometric(3_000, 3, 0.4, 5.0, 0.8, 2.5, first=False))

# -- cells --------------------------------------------------------------------------------------------------------


def test_equal_customers_are_one_row_with_their_count() -> None:
    cells = Cells.of([0, 2, 0, 2, 1], [0, 5, 0, 5, 5], [9, 9, 9, 9, 9], [1, 1, 10, 4, 2])
    assert cells.repeats.tolist() == [0, 1, 2]
    assert cells.customers.tolist() == [11, 2, 5]
    assert (cells.total, cells.repeaters) == (18, 7)


@pytest.mark.parametrize(("row", "says"), [
    ((1, 5, 4, 1), "0 <= last <= age"),
    ((1, 0, 4, 1), "merge days first"),
    ((0, 2, 4, 1), "merge days first"),
    ((1.5, 2, 4, 1), "whole numbers"),
    ((-1, 0, 4, 1), "whole numbers"),
    ((1, 2, float("nan"), 1), "finite"),
    ((1, 2, 4, 0), "finite"),
])  # fmt: skip
def test_rows_that_are_no_customers_are_refused(row: Any, says: str) -> None:
    with pytest.raises(QuestionError, match=says):
        Cells.of(*row)
    with pytest.raises(QuestionError, match="of 2 rows"):
        Cells.of(*([good, bad] for good, bad in zip((1, 2, 4, 1), row, strict=True)))


def test_spend_leaves_out_those_worth_nothing_and_says_how_many() -> None:
    spends = Spends.of([0, 1, 2, 3, 1], [0, 5, 0, 7, -2], [9, 1, 4, 1, 1])
    assert spends.repeats.tolist() == [1, 3]
    assert (spends.total, spends.left_out) == (2, 5)
    with pytest.raises(Unanswerable, match=r"there are 2 \(5 customers whose repeat orders are worth 0 or less"):
        gamma_gamma.fit(spends)


# -- what changes nothing -----------------------------------------------------------------------------------------


@FITS
def test_order_and_grouping_of_rows_change_no_bit(fit: Any) -> None:
    shuffled = np.random.default_rng(1).permutation(len(PAST[0]))
    one, other = fit(Cells.of(*PAST)), fit(Cells.of(*(each[shuffled] for each in PAST)))
    cells = Cells.of(*PAST)
    again = fit(Cells.of(cells.repeats, cells.last, cells.age, cells.customers))
    assert one == other == again
    assert one.fitting == other.fitting == again.fitting


@FITS
def test_the_unit_of_time_changes_scales_only(fit: Any) -> None:
    repeats, last, age = PAST
    weeks, by_day = fit(Cells.of(*PAST)), fit(Cells.of(repeats, last * 7, age * 7))
    scales = {"alpha", "beta"}
    for name in weeks.fitting.standard_errors:
        factor = 7 if name in scales else 1
        assert getattr(by_day, name) == pytest.approx(getattr(weeks, name) * factor, rel=1e-4)
    # A density per day is a seventh of one per week, once for each repeat.
    assert by_day.fitting.loglik == pytest.approx(weeks.fitting.loglik - np.log(7) * repeats.sum(), abs=1e-4)
    assert by_day.ahead(70, repeats, last * 7, age * 7) == pytest.approx(weeks.ahead(10, *PAST), rel=1e-4)


@FITS
def test_twice_the_customers_halve_the_variance(fit: Any) -> None:
    one, two = fit(Cells.of(*PAST)), fit(Cells.of(*PAST, customers=2))
    for name, error in one.fitting.standard_errors.items():
        assert getattr(two, name) == pytest.approx(getattr(one, name), rel=1e-5)
        assert two.fitting.standard_errors[name] == pytest.approx(error / np.sqrt(2), rel=1e-3)


# -- what is told -------------------------------------------------------------------------------------------------


@FITS
def test_too_few_who_came_back_are_refused(fit: Any) -> None:
    with pytest.raises(Unanswerable, match="of 119 customers 19 did"):
        fit(Cells.of([0, 1], [0, 4], [9, 9], [100, 19]))


def test_flat_directions_are_named() -> None:
    # Nobody leaves: no chance of dropout can be told from another near to none.
    draws = np.random.default_rng(5)
    repeats = draws.poisson(draws.gamma(3.0, 0.2, 800) * 30)
    last = np.where(repeats > 0, 30 * draws.random(800) ** (1 / np.maximum(repeats, 1)), 0)
    cells = Cells.of(repeats, last, 30)
    for fit, flat in ((bg_nbd.fit, {"a", "b"}), (pareto_nbd.fit, {"s", "beta"})):
        model = fit(cells)
        assert set(model.fitting.flat) <= flat
        assert model.fitting.flat
        assert all("flat direction" in note for note in model.fitting.notes)
        # What is predicted does not hang on them: purchases at the rate of a gamma-Poisson customer.
        rate = (model.r + repeats) / (model.alpha + 30)
        ahead = model.ahead(10, repeats, last, 30)
        assert ahead.sum() == pytest.approx((rate * 10).sum(), rel=0.005)
        assert np.median(np.abs(ahead / (rate * 10) - 1)) < 0.002


def test_related_spend_and_frequency_are_noted() -> None:
    draws = np.random.default_rng(3)
    repeats = draws.integers(1, 9, 500)
    alone = gamma_gamma.fit(Spends.of(repeats, draws.gamma(6, 5, 500)))
    tied = gamma_gamma.fit(Spends.of(repeats, draws.gamma(6, 5, 500) + 10 * repeats))
    assert alone.fitting is not None
    assert tied.fitting is not None
    assert alone.fitting.notes == ()
    assert "correlation 0.8" in tied.fitting.notes[0]


def test_there_is_no_mean_of_everybody_where_the_law_has_none() -> None:
    model = GammaGamma(p=2.0, q=0.9, gamma=5.0)
    assert np.isnan(model.mean(0, 0))
    assert model.mean(2, 10) == pytest.approx(2 * (5 + 20) / (4 + 0.9 - 1))


def test_questions_without_sense_are_refused() -> None:
    model = ParetoNbd(0.553, 10.578, 0.606, 11.669)
    past = {"repeats": 1, "last": 3, "age": 9}
    for rate in (0.0, -0.1, float("nan")):
        with pytest.raises(QuestionError, match="must be above 0"):
            model.worth(rate, **past)
    with pytest.raises(QuestionError, match="horizon of 0"):
        model.worth(0.0027, **past, horizon=0)
    with pytest.raises(QuestionError, match="margin"):
        lifetime_value(model, GammaGamma(6.25, 3.74, 15.44), **past, mean=5, margin=1.5)
    for retention, discount in ((1.1, 0.1), (-0.1, 0.1), (0.8, 0.0), (0.8, -0.3)):
        with pytest.raises(QuestionError):
            contract_value(100, retention, discount)
    for survivors in ((100, 50), (100, 120, 90), (100, 50, float("nan"))):
        with pytest.raises(QuestionError, match="sBG takes"):
            sbg.fit(survivors)
    with pytest.raises(Unanswerable, match="19 of 100 did"):
        sbg.fit((100, 90, 81))
    with pytest.raises(QuestionError, match="BG/BB takes"):
        Occasions.of(3, 2, 6)
    with pytest.raises(Unanswerable, match="there are 5"):
        bg_bb.fit(Occasions.of([0, 1], [0, 2], 6, [50, 5]))


# -- predictions --------------------------------------------------------------------------------------------------


@FITS
def test_predictions_are_possible_numbers(fit: Any) -> None:
    model = fit(Cells.of(*PAST))
    weeks = [model.ahead(time, *PAST) for time in (0, 1, 10, 100, 1_000)]
    assert (weeks[0] == 0).all()
    assert all((later > earlier).all() for earlier, later in pairwise(weeks))
    alive = model.alive(*PAST)
    assert ((alive > 0) & (alive <= 1)).all()
    short, ever = model.worth(0.0027, *PAST, horizon=52), model.worth(0.0027, *PAST)
    assert ((short > 0) & (short < weeks[3]) & (short < ever)).all()


def test_a_new_customer_is_one_with_no_past() -> None:
    for fit in (bg_nbd.fit, mbg_nbd.fit, pareto_nbd.fit):
        model = fit(Cells.of(*PAST))
        assert model.ahead(39, 0, 0, 0) == pytest.approx(float(model.expected(39)), rel=1e-9)


def test_predictions_keep_the_shape_of_what_they_are_asked() -> None:
    model = ParetoNbd(0.553, 10.578, 0.606, 11.669)
    assert model.alive(1, 3, 9).shape == ()
    assert model.ahead(np.array([[1], [2]]), np.array([1, 2, 3]), 3, 9).shape == (2, 3)
    assert model.worth(0.0027, np.array([1, 2, 3]), 3, 9).shape == (3,)
    assert model.chance(np.arange(4), 9).shape == (4,)


# -- scipy --------------------------------------------------------------------------------------------------------


def test_without_scipy_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("scipy", "scipy.special", "scipy.optimize"):
        monkeypatch.setitem(sys.modules, name, None)
    for fit in (bg_nbd.fit, mbg_nbd.fit, pareto_nbd.fit):
        with pytest.raises(Unsupported, match=r'pip install "cherish\[stats\]"'):
            fit(Cells.of([0, 1], [0, 4], [9, 9], [100, 40]))


def test_importing_the_models_does_not_import_scipy() -> None:
    names = ("bg_nbd", "mbg_nbd", "pareto_nbd", "gamma_gamma", "bg_bb", "sbg", "value")
    code = "import sys; " + "".join(f"import cherish.proof.clv.{name}; " for name in names)
    done = subprocess.run(
        [sys.executable, "-c", code + "print('scipy' in sys.modules)"], capture_output=True, text=True
    )
    assert done.stdout.strip() == "False", done.stderr
