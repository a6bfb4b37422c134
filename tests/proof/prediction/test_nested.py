"""What a score adds out of time: something where there is something, else nothing, whatever the columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cherish.errors import QuestionError
from cherish.proof.prediction.columns import Scale
from cherish.proof.prediction.influence import with_clusters
from cherish.proof.prediction.nested import Kind, Moment, nested
from cherish.proof.prediction.ranking import auc

N = 12_000


def moment(seed: int, n: int = N) -> Moment:
    """Customers whose rate and mood decide; the baseline knows the rate, `news` the mood, other scores neither."""
    rng = np.random.default_rng(seed)
    rate, mood = rng.gamma(1.0, 2.0, n), rng.normal(size=n)
    count = rng.poisson(rate) + 1
    spend = count * rng.gamma(2.0, 15.0, n)
    baseline = {
        "recency": rng.exponential(60 / (rate + 0.2)), "count": count, "spend": spend, "tenure": rng.uniform(1, 300, n),
    }  # fmt: skip
    eta = -1 + np.log(rate + 0.1) + 0.8 * mood
    did = rng.random(n) < 1 / (1 + np.exp(-eta))
    scores = {
        "news": mood + 0.5 * rng.normal(size=n), "noise": rng.normal(size=n), "again": 3.0 * count - 2,
        "constant": np.full(n, 5.0), "mean": spend / count,
    }  # fmt: skip
    return Moment(baseline, scores, np.where(did, rng.gamma(2.0, 20.0, n) * np.exp(0.3 * mood), 0.0))


def of(kind: Kind, seed: int, n: int = N) -> Moment:
    made = moment(seed, n)
    if kind == "any":
        return replace(made, outcome=made.outcome > 0)
    return made if kind == "money" else replace(made, outcome=np.round(np.asarray(made.outcome) / 20))


def column(at: Moment, part: str, name: str, values: Any) -> Moment:
    held: Mapping[str, Any] = getattr(at, part)
    return replace(at, **{part: {**held, name: values}})


@pytest.mark.parametrize("kind", ["any", "count", "money"])
def test_news_adds_and_noise_does_not(kind: Kind) -> None:
    found = nested(of(kind, 1), of(kind, 2), kind)
    assert found.measure == ("AUC" if kind == "any" else "Spearman")
    news = found.gains["news"].gain
    assert (news.low or 0) > 0.02
    for name in ("noise", "again", "mean"):
        gain = found.gains[name].gain
        assert abs(gain.value or 0) < 0.005
        assert (gain.low or 0) < 0.005
    assert (found.gains["news"].slope or 0) > 0.2
    assert list(found.gains) == ["news", "noise", "again", "constant", "mean"]


def test_a_gain_is_the_difference_of_both_figures() -> None:
    found = nested(of("any", 1), of("any", 2))
    for each in found.gains.values():
        assert each.gain.value == pytest.approx((each.together.value or 0) - (found.baseline.value or 0), abs=1e-12)
    assert 0.65 < (found.baseline.value or 0) < 0.75


def test_the_gain_s_interval_covers_what_fresh_customers_show() -> None:
    found = nested(of("any", 1), of("any", 2)).gains["news"].gain
    large = nested(of("any", 1), of("any", 77, 60_000)).gains["news"].gain
    spread = ((found.se or 0) ** 2 + (large.se or 0) ** 2) ** 0.5
    assert abs((found.value or 0) - (large.value or 0)) < 3 * spread


def test_a_constant_score_adds_exactly_nothing_and_says_so() -> None:
    found = nested(of("any", 1), of("any", 2)).gains["constant"]
    assert (found.gain.value, found.gain.se, found.slope) == (0.0, 0.0, None)
    assert "same for every customer" in found.note


def test_nothing_of_the_later_outcome_goes_into_the_fit() -> None:
    # A leak at the later cut-off alone: the slope was learned where it was noise.
    earlier, later = of("any", 1), of("any", 2)
    leak = column(later, "scores", "noise", np.asarray(later.outcome, dtype=float) * 9)
    found = nested(earlier, leak)
    assert found.gains["noise"].slope == nested(earlier, later).gains["noise"].slope
    assert abs(found.gains["noise"].slope or 0) < 0.15


# -- columns of every kind ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["any", "money"])
def test_a_column_that_tells_groups_apart_without_fail_stays_finite(kind: Kind) -> None:
    both = [column(at, "scores", "leak", np.asarray(at.outcome) > 0) for at in (of(kind, 1), of(kind, 2))]
    found = nested(both[0], both[1], kind).gains["leak"]
    assert found.note == ""
    assert 0 < (found.slope or 0) < 20
    assert (found.together.value or 0) > (0.999 if kind == "any" else 0.75)


def test_constant_and_repeated_columns_of_the_baseline_change_nothing() -> None:
    earlier, later = of("any", 1), of("any", 2)
    plain = nested(earlier, later)
    more = [column(at, "baseline", "site", np.full(N, 1e9)) for at in (earlier, later)]
    found = nested(*more)
    assert found.baseline == plain.baseline
    assert found.gains["news"].gain == plain.gains["news"].gain
    assert any(note.endswith("left out of the baseline: site.") for note in found.notes)
    twice = [column(at, "baseline", "spend again", 7 * at.baseline["spend"]) for at in (earlier, later)]
    other = nested(*twice)
    assert other.baseline.value == pytest.approx(plain.baseline.value, abs=1e-3)
    assert other.gains["news"].gain.value == pytest.approx(plain.gains["news"].gain.value, abs=1e-3)


def test_units_change_nothing_however_large() -> None:
    earlier, later = of("any", 1), of("any", 2)
    plain = nested(earlier, later)
    for factor in (100.0, 1e-30, 1e120):
        scaled = [
            column(
                column(at, "baseline", "spend", factor * at.baseline["spend"]),
                "scores",
                "mean",
                factor * at.scores["mean"],
            )
            for at in (earlier, later)
        ]
        found = nested(*scaled)
        assert found.baseline.value == pytest.approx(plain.baseline.value, abs=1e-6)
        assert found.gains["mean"].gain.value == pytest.approx(plain.gains["mean"].gain.value, abs=1e-6)


def test_values_beyond_what_was_seen_count_as_the_last_that_was() -> None:
    earlier, later = of("any", 1), of("any", 2)
    spend = np.array(later.baseline["spend"])
    spend[:3] = 1e300
    found = nested(earlier, column(later, "baseline", "spend", spend))
    spend[:3] = max(earlier.baseline["spend"])
    assert found.baseline == nested(earlier, column(later, "baseline", "spend", spend)).baseline


def test_infinite_scores_are_the_ends() -> None:
    values = np.array([-np.inf, 1.0, 2.0, 4.0, np.inf])
    scale = Scale.of(values)
    assert scale(values) == pytest.approx(scale([1.0, 1.0, 2.0, 4.0, 4.0]), abs=1e-12)
    assert Scale.of([np.inf, -np.inf]).constant
    assert Scale.of([3.0, 3.0, 3.0]).constant
    # A unit's rounding error on something large is no difference between customers.
    assert Scale.of(1e9 + np.array([0.0, 1e-7, 0.0])).constant


def test_refunds_keep_their_sign_and_their_order() -> None:
    values = np.r_[-1e4, -10.0, 0.0, np.arange(1, 60), 1e6]
    scale = Scale.of(values)
    assert scale.logged
    assert (np.diff(scale(values)) > 0).all()


# -- several cut-offs, households, nothing to learn ---------------------------------------------------------------


def test_earlier_cut_offs_are_put_under_each_other() -> None:
    one, two, later = of("any", 1), of("any", 3), of("any", 2)
    joined = Moment(
        {name: np.concatenate([one.baseline[name], two.baseline[name]]) for name in one.baseline},
        {name: np.concatenate([one.scores[name], two.scores[name]]) for name in one.scores},
        np.concatenate([one.outcome, two.outcome]),
    )
    assert nested([one, two], later) == nested(joined, later)
    assert nested([one, two], later).baseline != nested(one, later).baseline


def test_households_widen_the_interval() -> None:
    later = of("any", 2, 1_000)
    four = Moment(
        {name: np.repeat(values, 4) for name, values in later.baseline.items()},
        {name: np.repeat(values, 4) for name, values in later.scores.items()},
        np.repeat(later.outcome, 4),
    )
    houses = np.repeat(np.arange(1_000), 4)
    one, alone = nested(of("any", 1), later), nested(of("any", 1), four)
    whole = nested(of("any", 1), four, clusters=houses)
    for found, wanted in ((alone, 0.5), (whole, 1.0)):
        for part in (lambda each: each.baseline, lambda each: each.gains["news"].gain):
            assert part(found).value == pytest.approx(part(one).value, abs=1e-12)
            assert part(found).se == pytest.approx(wanted * part(one).se, rel=0.01)
    assert with_clusters(alone.baseline, houses) == whole.baseline


@pytest.mark.parametrize(("kind", "outcome", "why"), [
    ("any", np.zeros(N, bool), "no_positives"),
    ("any", np.ones(N, bool), "no_negatives"),
    ("count", np.zeros(N), "no_positives"),
    ("count", np.full(N, 2.0), "constant_outcome"),
    ("money", np.full(N, -1.0), "no_money"),
])  # fmt: skip
def test_nothing_to_learn_or_to_judge_by_is_null_and_says_why(kind: Kind, outcome: Any, why: str) -> None:
    other = of(kind, 1)
    for pair in ((replace(other, outcome=outcome), other), (other, replace(other, outcome=outcome))):
        found = nested(*pair, kind=kind)
        assert (found.baseline.value, found.baseline.why) == (None, why)
        assert {each.gain.why for each in found.gains.values()} == {why}


def test_everybody_buys_leaves_the_amount() -> None:
    both = [replace(at, outcome=np.asarray(at.outcome) + 1 + at.scores["news"] ** 2) for at in map(moment, (1, 2))]
    found = nested(*both, kind="money")
    assert 0 < (found.baseline.value or 0) < 1


@pytest.mark.parametrize(("later", "says"), [
    (replace(of("any", 2), scores={"news": np.zeros(N)}), "same scores; only some have again, constant, mean, noise"),
    (column(of("any", 2), "baseline", "age", np.zeros(N)), "same baseline; only some have age"),
    (column(of("any", 2), "scores", "news", np.zeros(7)), "have 7, 12,000 rows"),
    (column(of("any", 2), "scores", "news", np.full(N, np.nan)), "holds nulls"),
])  # fmt: skip
def test_columns_that_do_not_fit_are_refused(later: Moment, says: str) -> None:
    with pytest.raises(QuestionError, match=says):
        nested(of("any", 1), later)


def test_the_baseline_ranks_as_its_columns_tell() -> None:
    # With one column there is nothing to weigh: the fit ranks as the column does.
    one, two = (replace(at, baseline={"count": at.baseline["count"]}) for at in (of("any", 1), of("any", 2)))
    assert nested(one, two).baseline == auc(two.baseline["count"], two.outcome)
