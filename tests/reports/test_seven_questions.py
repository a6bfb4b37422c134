"""The seven questions against companies whose truth was planted, printed anchors, and other ways to count."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from calibration.companies import Plan, Trial, answers, company
from cdnow import cdnow
from cherish.library import Log
from cherish.reports.seven_questions import QUESTIONS, TITLES
from cherish.reports.seven_questions.same_as_retention import BOTTOM, RANKED, TOP, fifths
from cherish.reports.seven_questions.young import KNOWN, SAME, STAYED
from logs import event, log_of
from random_days import load_people

ALL = "1|2|3|4|5|6|7"


def rows(log: Any, question: str = ALL, **given: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        Log(getattr(log, "store", log)).report("seven_questions", question=question, **given).table.to_pylist()
    )
    return found


def said(log: Any, question: str, **given: Any) -> str:
    return str(rows(log, question, **given)[0]["answer"])


def figure(found: list[dict[str, Any]], measured: str, of: str | None = None) -> dict[str, Any]:
    return next(row for row in found if row["measured"] == measured and of in (None, row["of"]))


# -- whatever the size ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("customers", "questions"), [(10, ALL), (100, ALL), (1000, "2|4|5|6|7")])
def test_a_company_of_any_size_gets_a_sentence_for_each(customers: int, questions: str) -> None:
    # Of a thousand only those for which no model is fitted: that takes seconds.
    found = rows(company(Plan(customers, 1)), questions)
    first = [row for row in found if row["answer"] is not None]
    assert [row["question"] for row in first] == [name for name in TITLES if name[0] in questions]
    for row in first:
        assert len(row["answer"]) > 40
        # Without a lot, a trait, a survey or a community four of them can't be told, and say what would.
        if row["question"][0] in "267":
            assert row["answer"].startswith("Not known")
            assert row["why_not"]
    for row in found:
        assert row["figure"] is None or row["n"] is None or row["n"] <= 10 * customers
        if row["low"] is not None:
            assert row["low"] <= row["figure"] <= row["high"]


def test_of_ten_customers_nothing_is_claimed() -> None:
    found = rows(company(Plan(10, 2)), show="figures")
    assert not [row for row in found if row["p_value"] is not None and row["p_value"] < 0.05]
    assert "share that stayed" in {row["measured"] for row in found}


def test_a_log_of_two_days_says_that_it_is_too_young() -> None:
    log = log_of([event("a", "Order Completed", datetime(2024, 1, 1, 9), order_id="1", value=5, currency="EUR")])
    assert "whole day" in said(log, "1")


def test_the_horizon_shrinks_to_a_third_of_the_days() -> None:
    # 84 days: of the 90 that were asked for the last 28 are afterwards.
    assert "order in 28 days" in said(company(Plan(300, 3)), "2")


# -- 1 --------------------------------------------------------------------------------------------------------------


def test_fifths_by_hand() -> None:
    bottom, top = fifths(np.arange(10.0))
    assert bottom == pytest.approx([1, 1, 0, 0, 0, 0, 0, 0, 0, 0], abs=1e-12)
    assert top == pytest.approx([0, 0, 0, 0, 0, 0, 0, 0, 1, 1], abs=1e-12)
    # Six of ten have 0: the bottom fifth, two of them, may be any of the six; so each is in it by a third.
    bottom, _ = fifths(np.array([0, 0, 0, 0, 0, 0, 1, 2, 3, 4.0]))
    assert bottom == pytest.approx([1 / 3] * 6 + [0] * 4)
    # Seven customers: a fifth are 1.4 of them.
    bottom, top = fifths(np.arange(7.0))
    assert bottom == pytest.approx([1, 0.4, 0, 0, 0, 0, 0])
    assert top == pytest.approx([0, 0, 0, 0, 0, 0.4, 1])


def test_the_overlap_on_cdnow_counted_another_way() -> None:
    stats = pytest.importorskip("scipy.stats")
    log = cdnow("sample")
    found = rows(log, "1", show="figures", horizon="180d")
    lines = log.run(log.events().select("customer_id", day=log.events().ts.date())).to_pylist()
    # The data end with June 1998; 180 days before their end the scores are frozen.
    end = max(row["day"] for row in lines) + timedelta(days=1)
    cutoff, third = end - timedelta(days=180), end - timedelta(days=60)
    days: dict[int, set[Any]] = {}
    for row in lines:
        days.setdefault(row["customer_id"], set()).add(row["day"])
    people = [each for each in days.values() if min(each) < cutoff]
    stayed = np.array([any(day >= third for day in each) for each in people])
    idle = np.array([(cutoff - max(day for day in each if day < cutoff)).days for each in people])
    ranked = figure(found, RANKED, "recency")
    assert ranked["n"] == len(people)
    assert ranked["figure"] == pytest.approx(stats.spearmanr(-idle, stayed).statistic, abs=1e-9)
    order = np.sort(idle)
    # Where the borders of the fifths cut no tie, shares are plain counts; else they lie between those of both borders.
    most, least = order[-(len(people) // 5 + 1)], order[len(people) // 5]
    for measured, group, low, high in (
        (BOTTOM, stayed, idle > most, idle >= most), (TOP, ~stayed, idle < least, idle <= least),
    ):  # fmt: skip
        share = figure(found, measured, "recency")["figure"]
        assert (low & group).sum() / group.sum() - 1e-9 <= share <= (high & group).sum() / group.sum() + 1e-9


def test_the_newer_half_are_those_who_came_last() -> None:
    # Who came first comes every day to the end; who came a month later came once.
    start = datetime(2024, 1, 1, 9)
    old = [event(f"a{who}", "Page Viewed", start + timedelta(days=day)) for who in range(60) for day in range(0, 90, 2)]
    new = [event(f"b{who}", "Page Viewed", start + timedelta(days=30 + who % 9)) for who in range(60)]
    log = log_of([*old, *new])
    answer = said(log, "4", horizon="28d")
    assert "the newer half stayed -100.0 points" in answer
    # And whoever has been known for longer stays: tenure is days as they are, and not the newest first.
    assert figure(rows(log, "1", show="figures", horizon="28d"), RANKED, "tenure")["figure"] > 0.8


def test_a_definition_that_is_staying_itself_is_nearly_the_same() -> None:
    # Half come every day and half came once: whoever comes often stays, and nobody else does.
    start = datetime(2024, 1, 1, 9)
    loyal = [event(f"a{who}", "Page Viewed", start + timedelta(days=day)) for who in range(100) for day in range(30)]
    gone = [event(f"b{who}", "Page Viewed", start) for who in range(100)]
    log = log_of([*loyal, *gone])
    assert said(log, "1").startswith("Nearly")
    found = rows(log, "1", show="figures")
    # Two groups in their right order: nobody who stayed is in a bottom fifth, nobody who lapsed in a top one.
    assert figure(found, TOP, "active_days")["figure"] == 0
    assert figure(found, BOTTOM, "active_days")["figure"] == 0
    assert figure(found, RANKED, "active_days")["figure"] == pytest.approx(1)


# -- 2 --------------------------------------------------------------------------------------------------------------


def test_without_a_lot_the_smallest_visible_effect_is_told() -> None:
    found = rows(company(Plan(2000, 4)), "2")
    assert "by lot" in found[0]["answer"]
    # (1.96 + 0.8416) sqrt(p q (1/200 + 1/1800)), p as it is told.
    share = float(found[0]["answer"].partition("where ")[2].partition("%")[0]) / 100
    expected = (1.959964 + 0.841621) * np.sqrt(share * (1 - share) * (1 / 200 + 1 / 1800))
    assert found[0]["figure"] == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("holdout", [False, True])
def test_an_action_that_brings_orders_spoils_nobody(holdout: bool) -> None:
    # 0.5 orders of 20 each more: 10 a head, far above what can be seen.
    found = rows(company(Plan(3000, 5, (Trial(more_orders=0.5, holdout=holdout),))), "2", horizon="28d")
    net = figure(found, "net value of engaging one customer")
    assert net["low"] <= 10 <= net["high"]
    assert net["low"] > 0
    assert not found[0]["answer"].startswith("No, some are spoilt")


def test_customers_whom_the_action_spoils_are_found_by_their_earlier_spend() -> None:
    # Whoever has an above-average rate loses half of the orders: about a third of the customers, most of the money.
    log = company(Plan(8000, 6, (Trial(struck=0.6),), orders=0.06, spread=1.0))
    found = rows(log, "2", horizon="28d")
    assert found[0]["answer"].startswith("No, some are spoilt")
    assert 0.2 < figure(found, "share for whom the other half of the trial gave a negative net value")["figure"] <= 1
    each = figure(found, "net value of engaging one of these")
    stake = figure(found, "net value at stake in all of these")
    assert each["high"] < 0
    assert stake["figure"] == pytest.approx(each["figure"] * stake["n"])


def test_costs_and_margin_are_taken_off() -> None:
    log = company(Plan(3000, 5, (Trial(more_orders=0.5),)))
    plain = figure(rows(log, "2", horizon="28d"), "net value of engaging one customer")["figure"]
    found = rows(log, "2", horizon="28d", margin=0.25, cost=2.0)
    assert figure(found, "net value of engaging one customer")["figure"] == pytest.approx(plain / 4 - 2)


# -- 3 --------------------------------------------------------------------------------------------------------------


def test_the_three_words_of_a_definition_that_a_lot_moved() -> None:
    # Two visits and an order more: far above what 700 customers show.
    found = rows(company(Plan(700, 17, (Trial(more_visits=2.0, more_orders=1.0),))), "3")
    assert "by lot" in found[0]["answer"]
    assert "association only" in found[0]["answer"]
    words = [row["measured"].partition(" (")[0] for row in found if row["of"] == "active_days"]
    assert words[2] == "moves: yes"
    ratio = next(row for row in found if row["of"] == "active_days" and row["measured"].startswith("moves"))
    assert 0 < ratio["low"] < ratio["figure"] < ratio["high"]


# -- 4 --------------------------------------------------------------------------------------------------------------


def aged(plan: Plan, labels: Any) -> Any:
    log = company(plan)
    load_people(
        log.store,
        [{"user_id": f"c{who}", "created_at": datetime(2024, 1, 1), "traits": json.dumps({"age": label})}
         for who, label in enumerate(labels) if label is not None],
    )  # fmt: skip
    return log


def test_age_that_has_no_part_in_it_is_not_found_and_known_ages_are_counted() -> None:
    draws = np.random.default_rng(7)
    bands, known_of = draws.choice(["19-24", "25-34", "45-54"], 1500), draws.random(1500) < 0.4
    labels = [str(band) if known else None for band, known in zip(bands, known_of, strict=True)]
    found = rows(aged(Plan(1500, 7), labels), "4", show="figures")
    known = figure(found, "share whose age is known")
    told = sum(label is not None for label in labels)
    assert (known["figure"], known["n"]) == (pytest.approx(told / 1500), 1500)
    assert found[0]["answer"].startswith("No difference by age is shown")
    assert figure(found, SAME)["p_value"] is not None
    assert [row for row in found if row["of"] == KNOWN]


def test_where_the_young_are_ahead_it_is_said() -> None:
    plan = Plan(1500, 8, visits=0.02, orders=0.01)
    own, _ = plan.rates
    found = rows(aged(plan, ["19-24" if rate > np.median(own) else "55-64" for rate in own]), "4")
    assert found[0]["answer"].startswith("The young are ahead")
    gap = figure(found, STAYED, "under 35 less older")
    assert gap["low"] > 0
    assert gap["p_value"] < 0.05


def test_without_ages_newcomers_are_compared_and_the_missing_trait_is_named() -> None:
    found = rows(company(Plan(200, 9)), "4")
    assert "import it as the trait age" in found[0]["why_not"]


# -- 5 and 6 --------------------------------------------------------------------------------------------------------


def surveyed(plan: Plan, score: Any, instrument: str = "recommend", days: tuple[int, ...] = (20, 40)) -> Any:
    everybody = np.arange(plan.customers)
    rounds = [answers(instrument, instrument, everybody, day, score) for day in days]
    return company(plan, rounds)


def test_an_answer_that_knows_the_rate_adds_and_a_random_one_does_not() -> None:
    # Ten order days a year: four weeks of them say little, so an answer that knows the rate knows more.
    plan = Plan(4000, 10, visits=0.0, orders=0.03, spread=1.0)
    _, rate = plan.rates
    knows = np.clip(np.rint(3 * rate), 0, 10)
    found = rows(surveyed(plan, knows), "5", show="figures")
    assert found[0]["answer"].startswith("It adds, and not infinitely")
    name = "survey_score(recommend)"
    gain = next(row for row in found if row["of"] == name and "gain" in row["measured"])
    assert gain["low"] > 0
    chance = np.random.default_rng(11).integers(0, 11, plan.customers)
    found = rows(surveyed(plan, chance), "5", show="figures")
    gain = next(row for row in found if row["of"] == name and "gain" in row["measured"])
    # What says nothing may cost a little, for its coefficient is not exactly 0; it never brings anything.
    assert gain["figure"] < 0.001
    assert not found[0]["answer"].startswith("It adds")


def test_where_nobody_was_asked_staying_is_tried_and_the_survey_is_named() -> None:
    found = rows(company(Plan(400, 12)), "5")
    assert "cherish import FILE --survey LAYOUT" in found[0]["why_not"]


def test_the_two_coefficients_are_those_of_least_squares() -> None:
    plan = Plan(600, 13, orders=0.05)
    score = np.clip(np.rint(3 + np.random.default_rng(14).normal(size=600)), 1, 5)
    log = surveyed(plan, score, "satisfaction", (20,))
    found = rows(log, "6")
    money = log.store.run(log.store.orders().select("customer_id", "day", "value")).to_pylist()
    keys = log.store.run(log.store.customers().select("customer_id", "customer")).to_pylist()
    place = {row["customer_id"]: int(row["customer"][1:]) for row in keys}
    before, after = np.zeros(600), np.zeros(600)
    cutoff = (datetime(2024, 1, 1) + timedelta(days=56)).date()
    for row in money:
        (after if row["day"] >= cutoff else before)[place[row["customer_id"]]] += float(row["value"])
    x = np.column_stack([np.ones(600), *((each - each.mean()) / each.std(ddof=1) for each in (before, score))])
    expected = np.linalg.lstsq(x, after, rcond=None)[0]
    for of, value in (("value per customer", expected[1]), ("quality per interaction", expected[2])):
        assert figure(found, "later spend per standard deviation more", of)["figure"] == pytest.approx(value)
    assert "Association only" in found[0]["answer"]


# -- 7 --------------------------------------------------------------------------------------------------------------


def test_the_split_of_a_community_with_printed_intervals() -> None:
    # 29 visitors, one of them a creator: Newcombe (1998) prints 1/29 as .0061 to .1718.
    start = datetime(2024, 1, 1, 9)
    log = log_of([
        *(event(f"m{who}", "Content Viewed", start + timedelta(days=who)) for who in range(29)),
        event("m0", "Post Created", start + timedelta(days=30)),
    ])  # fmt: skip
    found = rows(log, "7")
    creator = figure(found, "share of visitors", "creator")
    assert creator["figure"] == pytest.approx(1 / 29)
    assert (creator["low"], creator["high"]) == (pytest.approx(0.0061, abs=5e-5), pytest.approx(0.1718, abs=5e-5))
    assert "not 50/23/27: lurker and contributor and creator differ" in found[0]["answer"]


# -- sharing and choices --------------------------------------------------------------------------------------------


def test_a_shared_answer_hides_sentences_that_rest_on_few() -> None:
    # A hundred come every day and seven came once: what is said of the seven is not for others.
    start = datetime(2024, 1, 1, 9)
    loyal = [event(f"a{who}", "Page Viewed", start + timedelta(days=day)) for who in range(100) for day in range(30)]
    log = Log(log_of([*loyal, *(event(f"b{who}", "Page Viewed", start) for who in range(7))]))
    result = log.report("seven_questions", question="1")
    whole, shared = (each.table.to_pylist() for each in (result, result.shared()))
    few = [place for place, row in enumerate(whole) if row["n"] is not None and row["n"] < 10]
    assert few
    assert whole[0]["answer"]
    assert shared[0]["answer"] is None
    for place in few:
        assert (shared[place]["figure"], shared[place]["n"]) == (None, None)


def test_only_the_questions_that_were_asked_for() -> None:
    log = company(Plan(50, 16))
    assert {row["question"][0] for row in rows(log, "2|7")} == {"2", "7"}
    assert len(QUESTIONS) == 7
    with pytest.raises(Exception, match="give numbers from 1 to 7"):
        rows(log, "8")
