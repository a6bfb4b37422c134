"""Family O, breadth, depth and composites: examples worked by hand, no vendor prints any figures.

Breadth: nine uses of one feature and one of another are exp(-(.9 ln .9 + .1 ln .1)) = exp(.325083) = 1.384145 equally
used features; three used alike are 3. Feature matrix (Amplitude's rule): an average of per-interval averages, so two
users on 4 days in all and then one user on 1 day are (2 + 1) / 2 = 1.5, not 5 / 3. Composite: counts 0, 0, 0, 4 have
mean 1 and standard deviation sqrt 3, so z = -.577350 and 1.732051.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import exp, log, sqrt
from typing import Any

import pytest

from cherish.errors import QuestionError, Unanswerable
from cherish.library import Log
from cherish.measures.customer_initiated import CustomerInitiated
from logs import event, log_of
from reports.asking import asked

START = datetime(2024, 5, 6, 12)


def days(*acts: tuple[str, str, int]) -> Log:
    return Log(log_of([event(user, name, START + timedelta(days=day)) for user, name, day in acts]))


def values(log: Log, measure: str, **given: Any) -> dict[str, Any]:
    return {row["customer"]: row["value"] for row in log.measure(measure, **given).table.to_pylist()}


# -- breadth and depth --------------------------------------------------------------------------------------------


def test_effective_features() -> None:
    each_once = [("b", name, 0) for name in ("Page", "Product Viewed", "Product Shared")]
    log_ = days(*[("a", "Page", 0)] * 9, ("a", "Product Viewed", 0), *each_once, ("c", "Page", 0))
    assert values(log_, "breadth") == {"a": 2, "b": 3, "c": 1}
    found = values(log_, "breadth", count="effective")
    assert found["a"] == pytest.approx(1.384145, abs=5e-7)
    assert found["a"] == pytest.approx(exp(-(0.9 * log(0.9) + 0.1 * log(0.1))))
    assert (found["b"], found["c"]) == (pytest.approx(3), pytest.approx(1))
    # 10 uses of 2 features, 3 of 3, 1 of 1; all together 14 of 6.
    assert values(log_, "depth") == {"a": 5, "b": 1, "c": 1}
    assert log_.measure("depth").headline["value"] == pytest.approx(14 / 6)


def test_groups_of_events_are_one_feature() -> None:
    log_ = days(("a", "Page", 0), ("a", "Product Viewed", 1), ("a", "Product Shared", 1), ("b", "Product Shared", 2))
    groups = "look=Page|Product Viewed; tell=Product Shared"
    assert values(log_, "breadth", groups=groups) == {"a": 2, "b": 1}
    assert values(log_, "depth", groups=groups, counting="days") == {"a": 1.5, "b": 1}
    assert values(log_, "depth", groups=groups) == {"a": 1.5, "b": 1}


def test_the_matrix_of_customers() -> None:
    # Breadth 1, 1, 2, 2 and depth 1, 4, 1, 4: the medians are 1.5 and 2.5, and each cell has one of the four.
    acts = [("a", "Page", 0), *[("b", "Page", 0)] * 4, ("c", "Page", 0), ("c", "Product Viewed", 0)]
    acts += [("d", name, 0) for name in ("Page", "Product Viewed") for _ in range(4)]
    rows, headline, plan = asked(days(*acts, ("e", "Email Sent", 0)).store, "breadth_depth")
    assert [(row["breadth"], row["depth"], row["customers"]) for row in rows] == [
        ("low", "low", 1), ("low", "high", 1), ("high", "low", 1), ("high", "high", 1), ("(none)", "(none)", 1),
    ]  # fmt: skip
    assert headline["used"] == 4
    assert plan.notes == ("Above these cuts is the higher band: cuts_breadth=1.5 cuts_depth=2.5.",)
    # By cuts from elsewhere nobody is broad.
    rows, _, _ = asked(days(*acts).store, "breadth_depth", cuts_breadth="5", cuts_depth="1")
    assert [row["customers"] for row in rows] == [2, 2, 0, 0, 0]


def test_cuts_are_percentiles_interpolated_linearly() -> None:
    # Depths 1 to 5: the thirds lie at places 4/3 and 8/3 of 0 to 4, so at 2 1/3 and 3 2/3 (numpy's and R's default).
    acts = [(f"c{depth}", "Page", 0) for depth in range(1, 6) for _ in range(depth)]
    rows, _, plan = asked(days(*acts).store, "breadth_depth", size="3x3")
    assert [(row["depth"], row["customers"], row["mean_depth"]) for row in rows[:3]] == [
        ("low", 2, 1.5), ("middle", 1, 3), ("high", 2, 4.5),
    ]  # fmt: skip
    told, depth = plan.notes[0].rstrip(".").split(" cuts_depth=")
    assert told.endswith("cuts_breadth=1|1")
    assert [float(cut) for cut in depth.split("|")] == pytest.approx([7 / 3, 11 / 3])
    assert plan.convention.endswith("3x3/above_cuts/breadth:linear_percentiles/depth:linear_percentiles")
    # Who is on a cut is below it: of depths 1, 2, 3, 4 the thirds are 2 and 3.
    rows, _, plan = asked(days(*[act for act in acts if act[0] != "c5"]).store, "breadth_depth", size="3x3")
    assert [row["customers"] for row in rows[:3]] == [2, 1, 1]
    assert plan.notes[0] == "Above these cuts is the higher band: cuts_breadth=1|1 cuts_depth=2|3."


# -- the matrix of features ---------------------------------------------------------------------------------------


def test_intensity_is_an_average_of_averages() -> None:
    # Two intervals of a week up to 2024-05-20. First: a on 3 days, b on 1: 2 a head. Then a on 1 day: 1 a head.
    acts = [("a", "Page", 0), ("a", "Page", 1), ("a", "Page", 2), ("b", "Page", 3), ("a", "Page", 8)]
    acts += [("b", "Product Viewed", 9), ("b", "Product Viewed", 9), ("c", "Product Shared", 13)]
    rows, _, _ = asked(days(*acts).store, "feature_matrix", datetime(2024, 5, 20, tzinfo=UTC), window="14d")
    found = {row["feature"]: row for row in rows}
    assert (found["Page"]["users"], found["Page"]["actives"], found["Page"]["share"]) == (2, 3, 2 / 3)
    assert found["Page"]["intensity"] == 1.5
    assert found["Product Viewed"]["intensity"] == 1
    # Medians: reach 1/3, intensity 1. The page lies above both lines, the others on them.
    assert {row["quadrant"] for row in rows} == {"core"}
    times, _, _ = asked(
        days(*acts).store,
        "feature_matrix",
        datetime(2024, 5, 20, tzinfo=UTC),
        window="14d",
        counting="times",
        lines="mean",
    )
    assert {row["feature"]: (row["intensity"], row["quadrant"]) for row in times} == {
        # Means: reach 4/9, intensity 1.5.
        "Page": (1.5, "core"), "Product Viewed": (2, "niche"), "Product Shared": (1, "rare"),
    }  # fmt: skip


def test_what_is_no_activity_can_reach_more_than_the_active() -> None:
    log_ = days(("a", "Page", 0), ("a", "Email Sent", 0), ("b", "Email Sent", 0), ("c", "Email Sent", 0))
    row = asked(log_.store, "feature_matrix", features="Email Sent")[0][0]
    assert (row["share"], row["share_low"], row["share_low_why"]) == (3, None, "beyond_the_active")


# -- who began it -------------------------------------------------------------------------------------------------


def test_a_click_prompts_what_follows_within_a_day() -> None:
    click = START
    acts = [
        ("Page", click - timedelta(minutes=1)), ("Page", click), ("Product Viewed", click + timedelta(hours=5)),
        ("Page", click + timedelta(hours=24) - timedelta(microseconds=1)), ("Page", click + timedelta(hours=24)),
        ("Order Completed", click + timedelta(days=9)),
    ]  # fmt: skip
    rows = [event("a", "Email Link Clicked", click), event("b", "Page", click), event("c", "Email Sent", click)]
    log_ = Log(log_of([*rows, *(event("a", name, ts) for name, ts in acts)]))
    found = {row["customer"]: row for row in log_.measure("customer_initiated").table.to_pylist()}
    # Before it, a day after it and later: three of six. The click itself is the prompt; b never clicked.
    assert (found["a"]["value"], found["a"]["prompted"], found["a"]["x"]) == (0.5, 3, 6)
    assert found["b"]["value"] == 1
    assert found["c"]["why"] == "no_interactions"
    assert values(log_, "customer_initiated", within="1")["a"] == pytest.approx(5 / 6)


def test_a_click_prompts_from_its_instant_until_just_before_the_hours_are_over() -> None:
    late = {"same": timedelta(0), "just": timedelta(hours=24, seconds=-1), "full": timedelta(hours=24)}
    rows = [event(user, "Email Link Clicked", START) for user in late]
    rows += [event(user, "Page", START + after) for user, after in late.items()]
    log_ = Log(log_of(rows))
    assert values(log_, "customer_initiated") == {"same": 0, "just": 0, "full": 1}
    assert "(t - within, t]" in CustomerInitiated.card.formula


def test_without_clicks_nobody_can_tell() -> None:
    with pytest.raises(Unanswerable, match="needs events for clicks"):
        days(("a", "Page", 0)).measure("customer_initiated")


# -- composite ----------------------------------------------------------------------------------------------------


def test_the_composite_of_three_legs() -> None:
    acts = [("a", name, 0) for name in ["Product Viewed"] * 4 + ["Product Shared"] * 2 + ["Order Completed"]]
    acts += [(user, "Order Completed", 0) for user in "bcd"] + [("b", "Product Shared", 1)]
    log_ = days(*acts)
    found = {row["customer"]: row for row in log_.measure("engagement_composite", object="product").table.to_pylist()}
    # Thinking: 4, 0, 0, 0. Liking: 2, 1, 0, 0 have mean .75 and standard deviation sqrt .6875. Doing: all alike.
    think, like = (3 / sqrt(3), 1.25 / sqrt(0.6875))
    assert found["a"]["cognitive"] == pytest.approx(1.732051, abs=5e-7) == pytest.approx(think)
    assert found["a"]["emotional"] == pytest.approx(like)
    assert found["a"]["value"] == pytest.approx((think + like) / 2)
    assert found["b"]["value"] == pytest.approx((-1 / sqrt(3) + 0.25 / sqrt(0.6875)) / 2)
    assert (found["a"]["behavioural"], found["a"]["legs"]) == (None, 2)
    notes = " ".join(log_.measure("engagement_composite", object="product").notes)
    assert "days, acts: all customers are alike" in notes
    assert "the behavioural leg" in notes
    three = log_.measure("engagement_composite", object="product", least_legs="3").table.to_pylist()
    assert {row["why"] for row in three} == {"few_legs"}


def test_z_scores_are_cut_off() -> None:
    # One of 101 customers viewed 1000 products: z = 1000 (1 - 1/101) / (1000 sqrt(100) / 101) = 10.
    acts = [("star", "Product Viewed", 0)] * 1000 + [(f"u{number}", "Order Completed", 0) for number in range(100)]
    found = values(days(*acts), "engagement_composite", object="product")
    # Doing: 0 against 100 customers with one: z of the star is -10, so -3.
    assert found["star"] == 0
    assert found["u7"] == pytest.approx((-0.1 + 0.1) / 2)


def test_a_log_without_two_legs_is_refused() -> None:
    with pytest.raises(Unanswerable, match="object=community needs 2 of its legs"):
        days(("a", "Page", 0)).measure("engagement_composite", object="community")
    with pytest.raises(QuestionError, match="'Nothing' is no event here"):
        days(("a", "Page", 0)).measure("engagement_composite", cognitive="Nothing")


@pytest.mark.parametrize(("kind", "name", "given", "told"), [
    ("measure", "breadth", {"feature": "seconds", "groups": "a=Page"}, "leave out feature"),
    ("measure", "breadth", {"feature": "nothing"}, "nothing"),
    ("measure", "breadth", {"groups": "a=Nothing"}, "Nothing"),
    ("measure", "depth", {"feature": "seconds", "counting": "days"}, "give groups"),
    ("report", "breadth_depth", {"cuts_depth": "3|1", "size": "3x3"}, "2 rising numbers"),
    ("report", "feature_matrix", {"window": "all"}, "need a length"),
    ("report", "feature_matrix", {"window": "5d"}, "longer than"),
    ("report", "feature_matrix", {"features": "Nothing"}, "'Nothing'; there are"),
])  # fmt: skip
def test_refusals(kind: str, name: str, given: dict[str, str], told: str) -> None:
    log_ = Log(log_of([event("a", "Page", START, properties='{"seconds": 3}')]))
    with pytest.raises(QuestionError, match=told):
        getattr(log_, kind)(name, **given)
