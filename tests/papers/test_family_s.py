"""Family S, estimates without a lot: printed means, worked cells of like people, arithmetic beside each test."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from math import sqrt
from typing import Any

import numpy as np
import pytest

from cherish.errors import QuestionError, Unanswerable
from cherish.library import Log
from cherish.proof import did
from cherish.proof.moments import Moments
from cherish.proof.overlap import Cells, effects, overlap, weighted_to_treated
from logs import event, log_of
from random_days import load_people

# -- difference of differences ------------------------------------------------------------------------------------


def test_t23_organ_donations_in_california() -> None:
    # Kessler & Roth 2014, mean registration rates before and from 2011Q3: California .271333 and .262800, the other
    # states .444931 and .458856.
    assert did.of_means(0.262800, 0.271333, 0.458856, 0.444931) == pytest.approx(-0.022459, abs=1.5e-6)


def test_t23_from_the_panel_itself() -> None:
    causaldata = pytest.importorskip("causaldata")
    frame = causaldata.organ_donations.load_pandas().data
    frame["after"] = frame["Quarter_Num"] >= frame.loc[frame["Quarter"] == "Q32011", "Quarter_Num"].min()
    means = frame.groupby(["State", "after"])["Rate"].mean().unstack()
    groups = {
        name: Moments.of({"before": own[False].to_numpy(), "after": own[True].to_numpy()})
        for name, own in (("treated", means.loc[["California"]]), ("control", means.drop("California")))
    }
    moved = did.difference_of_differences(groups["treated"], groups["control"])
    assert moved is not None
    assert moved.estimate == pytest.approx(-0.022459, abs=1e-6)
    # One treated state has no spread: nobody can say how sure this is.
    assert (moved.se, moved.low, moved.high) == (None, None, None)


def test_the_estimate_and_its_error_are_those_of_the_moves() -> None:
    draw = np.random.default_rng(3)
    treated = {"before": draw.gamma(2, 10, 40), "after": draw.gamma(2, 12, 40)}
    control = {"before": draw.gamma(2, 8, 60), "after": draw.gamma(2, 8, 60)}
    found = did.difference_of_differences(Moments.of(treated), Moments.of(control))
    moves = treated["after"] - treated["before"], control["after"] - control["before"]
    assert found is not None
    assert found.estimate == pytest.approx(moves[0].mean() - moves[1].mean(), rel=1e-12)
    se = sqrt(moves[0].var(ddof=1) / 40 + moves[1].var(ddof=1) / 60)
    assert found.se == pytest.approx(se, rel=1e-12)
    assert (found.low, found.high) == pytest.approx((found.estimate - 1.959964 * se, found.estimate + 1.959964 * se))


def test_placebos_and_the_slope_before() -> None:
    # The treated rise by 1 a period before the start already, the others stay: each placebo is 1 and so is the slope.
    names = ("p3", "p2", "p1", "after")
    treated = Moments.of({name: [5.0 + place, 7.0 + place, 9.0 + place] for place, name in enumerate(names)})
    control = Moments.of({name: [1.0, 2.0, 6.0] for name in names})
    tried = did.placebos(treated, control, names[:3])
    assert [each.estimate for each in tried if each] == pytest.approx([1.0, 1.0])
    slope = did.slope_before(treated, control, names[:3])
    assert slope is not None
    assert slope.estimate == pytest.approx(1.0)
    assert did.slope_before(treated, control, names[:1]) is None
    nobody = Moments.of({name: [] for name in names})
    assert did.difference_of_differences(nobody, control, "p1") is None


# -- overlap ------------------------------------------------------------------------------------------------------

TOY = {"treated": [20, 80], "control": [80, 20], "y_treated": [10, 72], "y_control": [32, 14],
       "y2_treated": [10, 72], "y2_control": [32, 14]}  # fmt: skip
"""X=0: 20 treated at .5, 80 controls at .4; X=1: 80 at .9, 20 at .7. Outcomes are 0 or 1, as are their squares."""


def test_the_toy_of_family_s() -> None:
    found = effects(Cells.of(**TOY))
    assert found is not None
    assert (found.naive, found.ate, found.att, found.atc) == pytest.approx((0.36, 0.15, 0.18, 0.12), abs=1e-12)
    seen = overlap(Cells.of(**TOY))
    assert seen.propensity.tolist() == [0.2, 0.8]
    # Weights e / (1 - e) are 1/4 and 4: they sum to 100, their squares to 80/16 + 20*16 = 325; 100^2 / 325 = 30.77.
    assert seen.effective == pytest.approx(100**2 / 325)
    assert seen.heaviest == pytest.approx(4 / 100)
    assert seen.refused == "few_alike"
    like = weighted_to_treated(Cells.of(**TOY))
    assert like is not None
    assert like.estimate == pytest.approx(0.18)
    assert like.se is not None
    # var of a mean of ones and zeros: p (1 - p) / (n - 1); weighted .2 and .8.
    parts = [0.2**2 * (0.25 / 19 + 0.24 / 79), 0.8**2 * (0.09 / 79 + 0.21 / 19)]
    assert like.se == pytest.approx(sqrt(sum(parts)))


def test_weights_make_groups_alike() -> None:
    covariate = ([0.0, 80.0], [0.0, 20.0], [0.0, 80.0], [0.0, 20.0])
    seen = overlap(Cells.of(**TOY, covariates={"x": covariate}))
    # X is 1 for .8 of the treated and .2 of the controls; its variance is .16 * 100/99 on both sides.
    assert seen.before["x"] == pytest.approx(0.6 / sqrt(0.16 * 100 / 99))
    assert seen.after["x"] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("treated", "control", "why"),
    [
        ([60, 40], [0, 4000], "no_overlap"),  # 60 of 100 treated have nobody like them
        ([300, 10], [2700, 90], None),
        ([40, 160], [360, 40], "few_alike"),  # the 160 rest on 40: worth 200^2 / (40^2/360 + 160^2/40) = 62
    ],
)
def test_what_is_refused(treated: list[int], control: list[int], why: str | None) -> None:
    nothing = [0.0, 0.0]
    cells = Cells.of(treated=treated, control=control, y_treated=nothing, y_control=nothing, y2_treated=nothing,
                     y2_control=nothing)  # fmt: skip
    assert overlap(cells).refused == why


# -- the report ---------------------------------------------------------------------------------------------------

START = datetime(2024, 3, 1, 12)


def shop(people: int = 240, rise: float = 0.0, spread: int = 0) -> Any:
    """Everybody orders every 14 days from 5 January on; a third gets the campaign on 1 March (or days later)."""
    rows = []
    for place in range(people):
        who, treated = f"c{place:03d}", place % 3 == 0
        for step in range(6):
            ts = datetime(2024, 1, 5, 10) + timedelta(days=14 * step, minutes=place)
            worth = 10 + place % 7 + (rise if treated and ts >= START.replace(hour=0) else 0)
            rows.append(event(who, "Order Completed", ts, order_id=f"{who}-{step}", value=worth, currency="EUR"))
        if treated:
            sent = START + timedelta(days=(place % (spread + 1)))
            rows.append(event(who, "Email Sent", sent, properties=json.dumps({"campaign": "spring"})))
    rows.append(event("c000", "Page", datetime(2024, 3, 31, 12)))
    return log_of(rows)


def ask(log: Any, **given: Any) -> Any:
    return Log(log).report("difference_of_differences", window="14d", **given)


def test_a_planted_rise_is_found_and_called_an_association() -> None:
    # Orders lie on 5 and 19 January, 2 and 16 February, 1 and 15 March: one in each period of 14 days, so the treated
    # move by 5 exactly, and nobody's move differs from anybody's in the group: there is no interval.
    found = ask(shop(rise=5.0))
    rows = {row["estimate"]: row for row in found.table.to_pylist()}
    assert rows["difference of differences"]["value"] == pytest.approx(5.0)
    assert (found.headline["treated"], found.headline["control"]) == (80, 160)
    assert rows["placebo, 1 period earlier"]["value"] == pytest.approx(0.0)
    assert "association only" in found.headline["says"]
    assert did.ASSOCIATION in found.notes
    assert "663 experiments" in " ".join(found.notes)
    periods = ask(shop(rise=5.0), show="periods").table.to_pylist()
    assert [round(row["value"], 6) for row in periods] == [periods[0]["value"]] * 3 + [
        pytest.approx(periods[0]["value"] + 5)
    ]


def test_staggered_starts_are_refused_by_name() -> None:
    found = ask(shop(spread=20))
    assert {row["value_why"] for row in found.table.to_pylist()} == {"staggered"}
    assert found.headline["value"] is None
    assert any("Callaway" in note for note in found.notes)


def test_a_trait_makes_groups_too() -> None:
    store = shop()
    load_people(store, [
        {"user_id": f"c{place:03d}", "created_at": datetime(2024, 1, 1),
         "traits": json.dumps({"plan": "paid" if place < 100 else "free"})}
        for place in range(240)
    ])  # fmt: skip
    found = ask(store, treated="plan=paid", start="2024-03-01")
    assert (found.headline["treated"], found.headline["control"]) == (100, 140)
    with pytest.raises(QuestionError, match="since when"):
        ask(store, treated="plan=paid")
    with pytest.raises(QuestionError, match="not both"):
        ask(store, treated="plan=paid", campaign="spring", start="2024-03-01")
    with pytest.raises(QuestionError, match="trait"):
        ask(store, treated="name=Page", start="2024-03-01")


def test_without_days_before_there_is_no_estimate() -> None:
    found = ask(shop(), start="2024-01-10")
    assert {row["value_why"] for row in found.table.to_pylist()} <= {"no_before", "staggered"}
    late = Log(shop()).report("difference_of_differences", window="14d", as_of=datetime(2024, 3, 5, tzinfo=UTC))
    assert {row["value_why"] for row in late.table.to_pylist()} == {"window_open"}


def test_nothing_was_sent() -> None:
    with pytest.raises(Unanswerable, match="sends"):
        Log(log_of([event("a", "Order Completed", START, order_id="1", value=1)])).report("difference_of_differences")
