"""The tournament on companies of which everything is known: windows, populations, guards; planted leaks are caught."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cherish.measures
from cherish import verify
from cherish.errors import FileError, QuestionError, Unanswerable
from cherish.library import Log
from cherish.query import Query
from cherish.reports import tournament
from cherish.reports.tournament import closer, cutoffs, frames, laid_out
from cherish.reports.tournament.contestants import Contestant, baselines
from cherish.reports.tournament.cutoffs import Cutoff
from cherish.reports.tournament.frames import Field, Frame
from cherish.reports.tournament.guards import guards
from cherish.reports.tournament.judged import Judgement, Rules
from cherish.reports.tournament.outcomes import Outcome
from cherish.reports.tournament.pictures import picture
from cherish.result import Result
from cherish.spec import registry
from cherish.spec.texts import split
from cherish.spec.view import View
from logs import event, log_of
from random_days import load_people

START = datetime(2023, 1, 1, 12)
DAYS = 420
FEW = "recency|active_days(window=90d)|expected_purchases(parameters_given=.55|10.6|.61|11.7)"
THREE = {"outcome": "any_order", "horizon": "60d", "scores": FEW, "bootstraps": 200}


def order(user: str, ts: datetime, value: float = 10.0, **more: Any) -> dict[str, Any]:
    return event(user, "Order Completed", ts, value=value, currency="EUR", order_id=f"{user}/{ts:%y%m%d%H%M}", **more)


@cache
def company(customers: int, seed: int = 7) -> Log:
    """Customers who join within 200 days, buy at a rate of their own, and leave for good after a while of their own."""
    draw = np.random.default_rng(seed)
    rows, people = [], []
    for number in range(customers):
        joined, gap = draw.uniform(0, 200), 1 / draw.gamma(1.2, 1 / 30)
        leaves, spends = joined + draw.exponential(220), draw.uniform(5, 60)
        told = json.dumps({"plan": ("free", "paid")[number % 2], "luck": number % 97})
        born = START + timedelta(minutes=round(joined * 1440))
        people.append({"user_id": f"c{number:05d}", "created_at": born, "traits": told})
        at = joined
        while at < min(leaves, DAYS):
            ts = START + timedelta(minutes=round(at * 1440))
            rows.append(order(f"c{number:05d}", ts, round(spends * draw.uniform(0.5, 1.5), 2)))
            at += draw.exponential(min(gap, 400)) + 0.01
    store = log_of(rows)
    load_people(store, people)
    return Log(store)


@cache
def thousand() -> tuple[Result, Judgement]:
    """The leaderboard of three cut-offs, and what all tables are made of."""
    kept: list[Judgement] = []
    judge = tournament.judged

    def keep(*given: Any) -> Judgement:
        kept.append(judge(*given))
        return kept[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tournament, "judged", keep)
        found = company(1_000).report("tournament", **THREE, by="plan")
    return found, kept[0]


@cache
def table(show: str) -> Any:
    made = {"verdicts": laid_out.verdicts, "cutoffs": laid_out.cutoffs, "pairs": laid_out.pairs,
            "deciles": closer.deciles, "populations": closer.populations,
            "calibration": lambda found: closer.calibration(found, Outcome("any_order", 60)),
            "guards": lambda found: guards([frame.cutoff for frame in found.frames], found, {})}  # fmt: skip
    return made[show](thousand()[1])


def rows(result: Result) -> dict[str, dict[str, Any]]:
    return {row["score"]: row for row in result.table.to_pylist()}


# -- companies of every size --------------------------------------------------------------------------------------


@pytest.mark.parametrize("customers", [10, 100])
def test_a_small_company_gets_a_sentence_and_no_verdict(customers: int) -> None:
    result = company(customers).report("tournament", outcome="any_order", horizon="60d")
    says = result.headline["says"]
    assert says.startswith("No verdict on what predicts any order within 60 days yet")
    assert "50 would do" in says
    assert result.headline["ready_on"] > date(2024, 2, 1)
    assert set(rows(result)) == {"constant", "past spend", "past count", "recency", "tenure", "last period", "RFM sum"}
    assert {row["verdict"] for row in result.table.to_pylist()} == {"refused"}
    assert {row["why"] for row in result.table.to_pylist()} == {"too_few"}
    # Each refused cut-off by its name, with what was there and what is needed.
    assert sum(note.startswith("Cut-off refused, 20") and "50 are needed" in note for note in result.notes) == 3
    guards = company(customers).report("tournament", outcome="any_order", horizon="60d", show="guards")
    assert {row["guard"] for row in guards.table.to_pylist() if not row["passed"]} == {"positives"}


def test_nothing_adds_by_drawing_a_baseline_that_ranks_backwards_nearer_to_a_coin() -> None:
    # At the first cut-off many past orders go with an order to come, at the second with none: by then the baseline
    # ranks backwards, and whatever outshouts it gains, though it is a coin's throw itself.
    draw, n = np.random.default_rng(3), 600
    count, luck = draw.normal(size=(2, n)), draw.normal(size=(2, n))
    happened = draw.random((2, n)) < 1 / (1 + np.exp(-np.stack([count[0] + 3 * luck[0], -count[1]])))
    names = ("constant", "recency", "past count", "past spend", "tenure", "luck")
    contestants = [Contestant(each, "score" if each == "luck" else "baseline", each) for each in names]
    made = []
    for at, day in enumerate((100, 200)):
        columns = dict.fromkeys(names, np.zeros(n)) | {"past count": count[at], "luck": luck[at]}
        cutoff = Cutoff(day, day, day + 30, customers=n, positives=int(happened[at].sum()))
        nulls, came = dict.fromkeys(names, 0), happened[at]
        made.append(Frame(cutoff, np.arange(n), columns, nulls, {}, came, came.astype(float), {}))
    found = tournament.judged(made, contestants, Outcome("any_order", 30), Rules(0.005, 200, 1), {})
    entry = next(each for each in found.entries if each.label == "luck")
    assert entry.gain is not None
    assert entry.gain.low is not None
    assert entry.gain.low > 0.1
    assert entry.verdict is not None
    assert entry.verdict.adds.answer == "not known"
    assert "not shown to be better than a coin" in entry.verdict.words()


def test_a_thousand_customers_get_a_leaderboard() -> None:
    result = thousand()[0]
    found = rows(result)
    assert result.headline["cutoffs"] == 3
    assert found["constant"]["auc"] == 0.5
    assert found["constant"]["verdict"] == "not shown"
    ranked = [row for row in result.table.to_pylist() if row["rank"]]
    assert [row["rank"] for row in ranked] == list(range(1, len(ranked) + 1))
    assert [row["auc"] for row in ranked] == sorted((row["auc"] for row in ranked), reverse=True)
    assert ranked[0]["standing"] == "leads"
    assert all(row["association"] == "association only" for row in result.table.to_pylist())
    assert found["recency"]["predicts"] == "yes"
    assert {row["moves"] for row in ranked} == {"not known"}
    assert {found[name]["adds"] for name in ("recency", "past count", "past spend", "tenure")} == {"not known"}
    assert found["RFM sum"]["adds"] in ("no", "not known")
    assert "association only" in result.headline["says"]
    assert "association only" in result.to_csv()
    assert "association only" in result.to_json()


def test_the_figures_by_hand() -> None:
    # One cut-off, recency: every pair of a customer with and one without the outcome, by brute force.
    log = company(1_000)
    given = {"outcome": "any_order", "horizon": "60d", "scores": "recency", "cutoffs": "2023-10-01"}
    every = rows(log.report("tournament", **given, bootstraps=100))
    # Recency is a baseline already: who names it alone gets the baselines, and not the catalogue.
    assert len(every) == 7
    found = every["recency"]
    idle = {row["customer"]: row["value"]
            for row in log.measure("recency", as_of="2023-10-01").table.to_pylist()}  # fmt: skip
    later = log.sql("""SELECT user_id AS who, sum(value)::DOUBLE AS spent FROM events
        WHERE ts >= '2023-10-01' AND ts < '2023-11-30' GROUP BY user_id""").to_pylist()
    spent = {row["who"]: row["spent"] for row in later if row["who"] in idle}
    hits = np.array([idle[who] for who in idle if who in spent])
    misses = np.array([idle[who] for who in idle if who not in spent])
    pairs = (hits[:, None] < misses[None, :]) + 0.5 * (hits[:, None] == misses[None, :])
    assert found["auc"] == pytest.approx(pairs.mean(), abs=1e-12)
    assert (found["customers"], found["positives"]) == (len(idle), len(spent))
    # Gini of the money: the area under its cumulative share, days with equal recency in one step.
    score = np.array([-float(idle[who]) for who in idle])
    money = np.array([spent.get(who, 0.0) for who in idle])
    assert found["spend_gini"] == pytest.approx(area(score, money) / area(money, money), abs=1e-9)


def area(score: Any, money: Any) -> float:
    people, held = [0.0], [0.0]
    for value in sorted(set(score), reverse=True):
        people.append(people[-1] + float((score == value).sum()) / len(score))
        held.append(held[-1] + float(money[score == value].sum()) / float(money.sum()))
    return float(np.trapezoid(held, people)) - 0.5


def test_every_table_has_rows_and_says_association_only() -> None:
    for show in ("verdicts", "pairs", "deciles", "populations", "calibration"):
        found = table(show)
        assert found.num_rows
        assert set(found["association"].to_pylist()) == {"association only"}
    assert all(row["passed"] for row in table("guards").to_pylist())
    words = next(row["words"] for row in table("verdicts").to_pylist() if row["score"] == "recency")
    assert words.startswith("recency predicts any order within 60 days: of two customers")
    assert words.endswith("Association only.")
    deciles = [row for row in table("deciles").to_pylist() if row["score"] == "recency"]
    assert sum(row["positives"] for row in deciles) == pytest.approx(rows(thousand()[0])["recency"]["positives"])
    assert sum(row["spend_share"] for row in deciles) == pytest.approx(1)
    sizes = {row["population"]: row["customers"] for row in table("populations").to_pylist()}
    assert set(sizes) == {"all", "new", "one_time", "repeat", "plan=free", "plan=paid"}
    assert sizes["plan=free"] + sizes["plan=paid"] == sizes["all"]


def test_the_pooled_figure_is_the_mean_of_the_cutoffs() -> None:
    single = [row for row in table("cutoffs").to_pylist() if row["score"] == "recency"]
    assert len({row["cutoff"] for row in single}) == 3
    pooled = rows(thousand()[0])["recency"]
    assert pooled["auc"] == pytest.approx(sum(row["auc"] for row in single) / 3, abs=1e-12)
    # Three looks at much the same customers tell less than three times as many of them would.
    widths = [row["auc_high"] - row["auc_low"] for row in single]
    assert max(widths) > pooled["auc_high"] - pooled["auc_low"] > min(widths) / 3


def test_money_is_ranked_by_its_gini() -> None:
    result = company(1_000).report("tournament", **{**THREE, "outcome": "revenue", "cutoffs": 1})
    ranked = [row for row in result.table.to_pylist() if row["rank"]]
    assert [row["gini"] for row in ranked] == sorted((row["gini"] for row in ranked), reverse=True)
    assert "Gini" in result.headline["says"]
    assert "net revenue within 60 days" in result.headline["says"]


def test_every_figure_comes_out_again() -> None:
    result = Result.from_json(thousand()[0].to_json())
    found = verify.reproduce(company(1_000).store, verify.of_result(result))
    assert found.differences == ()
    assert found.total > 20


def test_the_picture() -> None:
    from cherish import charts

    assert charts.specification(charts.of(thousand()[0]))
    for show in ("cutoffs", "deciles", "populations", "calibration"):
        assert charts.specification(charts.themed(picture(show, table(show))))


# -- windows and populations --------------------------------------------------------------------------------------

CUTOFF = datetime(2024, 3, 1)
MINUTE = timedelta(minutes=1)


def test_the_windows_are_half_open_and_leave_the_gap_out() -> None:
    # Cut-off 1 March, gap 2 days, horizon 10 days: the outcome is read from 3 March 00:00 to 13 March 00:00.
    first, end = datetime(2024, 3, 3), datetime(2024, 3, 13)
    moments = {"known_last": CUTOFF - MINUTE, "at_cutoff": CUTOFF, "gap_last": first - MINUTE, "first": first,
               "last": end - MINUTE, "after": end}  # fmt: skip
    seen = [order(user, CUTOFF - timedelta(days=20)) for user in moments if user != "known_last"]
    acts = [order(user, ts) for user, ts in moments.items()]
    strangers = [order("stranger", CUTOFF + timedelta(days=4)), order("z", CUTOFF + timedelta(days=40))]
    view = View.of(log_of([*seen, *acts, *strangers]))
    outcome = Outcome("any_order", 10)
    cutoff = cutoffs.laid_out(view, ("2024-03-01",), 10, 2, 12)[0]
    counted = view.log.run(frames.counts(view, [cutoff], outcome)).to_pylist()
    assert counted == [{"day": cutoff.day, "customers": 6, "positives": 2, "unknown_then": 0}]
    wanted = Field(tuple(baselines(view, outcome)))
    made = frames.ready(view, cutoff, outcome, wanted, view.log.run)
    answer = view.log.run(made.expression)
    found = frames.frame(made, answer, outcome, wanted)
    names = sorted(answer["customer"].to_pylist())
    assert dict(zip(names, found.happened.tolist(), strict=True)) == {
        name: name in ("first", "last") for name in moments
    }
    # What was known: of known_last the order a minute before, of at_cutoff nothing of that day.
    recency = next(each.key for each in wanted.contestants if each.label == "recency")
    idle = dict(zip(names, (-found.scores[recency]).tolist(), strict=True))
    assert (idle["known_last"], idle["at_cutoff"]) == (1, 20)


def test_who_became_known_after_the_cutoff_is_no_part_of_its_population() -> None:
    # A visitor of February buys in March and is known by name since: that is the outcome, not the population.
    visit = event("", "Page Viewed", CUTOFF - timedelta(days=5), anonymous_id="v1")
    rows_ = [
        {**visit, "user_id": None},
        event("late", "Signed Up", CUTOFF + timedelta(days=3), anonymous_id="v1"),
        order("late", CUTOFF + timedelta(days=3)),
        order("known", CUTOFF - timedelta(days=9)),
        order("known", CUTOFF + timedelta(days=40)),
    ]
    view = View.of(log_of(rows_))
    cutoff = cutoffs.laid_out(view, ("2024-03-01",), 10, 0, 10)[0]
    counted = view.log.run(frames.counts(view, [cutoff], Outcome("any_order", 10))).to_pylist()
    assert counted == [{"day": cutoff.day, "customers": 1, "positives": 0, "unknown_then": 1}]


def test_an_incomplete_window_is_refused_by_name() -> None:
    result = company(1_000).report("tournament", **{**THREE, "cutoffs": "2023-09-01|2024-02-20"})
    refused = [note for note in result.notes if note.startswith("Cut-off refused")]
    assert len(refused) == 1
    assert "2024-02-20" in refused[0]
    assert "complete on 2024-04-20" in refused[0]
    assert result.headline["cutoffs"] == 1
    # A moment far behind the data makes no window complete.
    late = company(1_000).report("tournament", **{**THREE, "cutoffs": "2024-02-20"}, as_of="2030-01-01")
    assert late.headline["says"].startswith("No verdict")


def test_what_cannot_be_asked_is_refused_in_words() -> None:
    log = company(100)
    for given, says in (
        ({"outcome": "Nonsense"}, "neither any_order"),
        ({"cutoffs": "soon"}, "give how many"),
        ({"scores": "recency(active"}, "scores"),
        ({"scores": "recencies"}, "did you mean"),
        ({"horizon": "all"}, "horizon=all"),
    ):
        with pytest.raises(QuestionError, match=says):
            log.report("tournament", **given)
    visits = Log(log_of([event("a", "Page Viewed", CUTOFF), event("b", "Page Viewed", CUTOFF + timedelta(days=9))]))
    with pytest.raises(Unanswerable, match="the log has no orders"):
        visits.report("tournament", outcome="revenue")
    assert visits.report("tournament").headline["says"].startswith("No verdict")


def test_scores_with_parameters_are_taken_apart_outside_of_brackets() -> None:
    text = "expected_purchases(parameters_given=.55|10.6|.61|11.7)|recency| rfm(count=days) "
    assert split(text, "|") == ["expected_purchases(parameters_given=.55|10.6|.61|11.7)", "recency", "rfm(count=days)"]


# -- planted leaks ------------------------------------------------------------------------------------------------

LEAKS = {"outcome": "any_order", "horizon": "60d", "scores": "recency", "cutoffs": "2023-10-01", "bootstraps": 100}


def planted(folder: Path, known: str | None, noise: float = 0.0, name: str = "inside") -> Path:
    """A column made with the outcome window itself, noise added; `known` is when it is said to have been known."""
    log, draw = company(1_000), np.random.default_rng(3)
    people = log.measure("tenure", as_of="2023-10-01").table["customer"].to_pylist()
    later = log.sql("SELECT user_id AS who, count(*) AS n FROM events WHERE ts >= '2023-10-01' AND ts < '2023-11-30'"
                    " GROUP BY user_id").to_pylist()  # fmt: skip
    bought = {row["who"]: row["n"] for row in later}
    head = f"customer,{name}" if known is None else f"customer,time,{name}"
    lines = [
        ",".join([who, *([] if known is None else [known]), f"{bought.get(who, 0) + noise * draw.normal():.4f}"])
        for who in people
    ]
    path = folder / f"{name}.csv"
    path.write_text("\n".join([head, *lines]) + "\n")
    return path


@pytest.mark.parametrize(("known", "noise", "why"), [
    (None, 1.0, "undated"),
    ("2023-12-01T00:00:00", 1.0, "not_known_then"),
    ("2023-10-01", 0.0, "not_known_then"),
    ("2023-09-30T12:00:00", 0.0, "leak_suspected"),
])  # fmt: skip
def test_a_column_made_with_the_outcome_is_caught(known: str | None, noise: float, why: str, tmp_path: Path) -> None:
    path = planted(tmp_path, known, noise)
    result = company(1_000).report("tournament", **LEAKS, column=str(path))
    found = rows(result)["inside"]
    assert (found["verdict"], found["why"], found["rank"]) == ("refused", why, None)
    assert (found["predicts"], found["adds"]) == ("not known", "not known")
    assert "No verdict on inside" in result.headline["says"]
    assert result.headline["leader"] != "inside"
    guards = company(1_000).report("tournament", **LEAKS, column=str(path), show="guards")
    failed = [row for row in guards.table.to_pylist() if not row["passed"] and row["score"] == "inside"]
    assert failed
    assert failed[0]["needed"]


def test_an_honest_column_takes_part_and_later_values_are_set_aside(tmp_path: Path) -> None:
    log = company(1_000)
    values = {row["customer"]: row["value"]
              for row in log.measure("recency", as_of="2023-10-01").table.to_pylist()}  # fmt: skip
    lines = [f"{who},2023-09-30T23:59:00,{value}" for who, value in values.items()]
    lines += [f"{who},2023-10-01T00:00:00,0" for who in values]
    lines += [f"{who},2023-09-01T00:00:00,5" for who in values]
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(["customer,time,idle", *lines]) + "\n")
    found = rows(log.report("tournament", **LEAKS, column=str(path), lower="idle"))
    # The value known last before the cut-off counts: it is recency itself, so all figures are the same.
    for name in ("auc", "spend_gini", "lift_10", "spearman"):
        assert found["idle"][name] == pytest.approx(found["recency"][name], abs=1e-12)
    assert found["idle"]["verdict"] == "predicts"


def test_another_file_is_noticed(tmp_path: Path) -> None:
    path = planted(tmp_path, "2023-09-30", 2.0)
    first = company(1_000).report("tournament", **LEAKS, column=str(path))
    path.write_text(path.read_text().replace("c00001", "c00002x"))
    second = company(1_000).report("tournament", **LEAKS, column=str(path))
    assert first.name != second.name


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    log = company(1_000)
    for text, says in (
        ("who,score\na,1\n", "no column is called customer"),
        ("customer,time,score\na,soon,1\n", "holds no times"),
        ("customer,score\na,1\nb,2\na,3\n", "lines 2 and 4"),
        ("customer,time\na,2023-01-01\n", "no column of numbers"),
    ):
        path = tmp_path / "bad.csv"
        path.write_text(text)
        with pytest.raises(FileError, match=says):
            log.report("tournament", **LEAKS, column=str(path))
    with pytest.raises(FileError, match="can't be read"):
        log.report("tournament", **LEAKS, column=str(tmp_path / "absent.csv"))


def test_a_trait_has_no_date_and_gets_no_verdict() -> None:
    found = rows(company(1_000).report("tournament", **LEAKS, trait="luck"))["luck"]
    assert (found["verdict"], found["why"]) == ("refused", "undated")
    assert found["auc"] is not None


AHEAD = '''
"""How often will the customer order? (It cheats.)"""

from dataclasses import dataclass

from cherish.points.fact import count
from cherish.points.measure import Measure, Value
from cherish.spec.definition import Card


@dataclass(frozen=True)
class Everything:
    def rows(self, view):
        return view.log.events()


class Cheat(Measure):
    """Events of all times, for a test."""

    card = Card(family="T", formula="|events|", unit="events", example='log.measure("sample_cheat")')

    def facts(self, view):
        return {"n": count(Everything())}

    def value(self, facts, moment, fit=None):
        return Value(y=facts.n)
'''


@pytest.fixture
def cheat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "measures"
    folder.mkdir()
    (folder / "sample_cheat.py").write_text(AHEAD)
    monkeypatch.setattr(cherish.measures, "__path__", [*cherish.measures.__path__, str(folder)])
    yield
    for name in [name for name in sys.modules if "sample_" in name]:
        del sys.modules[name]
    registry._module_class.cache_clear()


@pytest.mark.usefixtures("cheat")
def test_a_measure_that_looks_past_its_view_is_caught() -> None:
    result = company(1_000).report("tournament", **{**LEAKS, "scores": "recency|sample_cheat"})
    found = rows(result)
    assert (found["sample_cheat"]["verdict"], found["sample_cheat"]["why"]) == ("refused", "sees_the_future")
    assert found["recency"]["why"] is None


def test_no_shipped_score_looks_ahead() -> None:
    result = company(1_000).report("tournament", outcome="any_order", horizon="60d", cutoffs=1, bootstraps=100)
    reasons = {row["score"]: row["why"] for row in result.table.to_pylist()}
    assert "sees_the_future" not in reasons.values()
    assert len(reasons) > 15


# -- asking ---------------------------------------------------------------------------------------------------------


def test_an_address_names_no_files() -> None:
    with pytest.raises(QuestionError, match="names no files"):
        Query.from_url("report/tournament?column=/etc/passwd")


def test_an_audience_chosen_at_the_end_is_warned_of(tmp_path: Path) -> None:
    rule = tmp_path / "paid.yaml"
    rule.write_text("name: paid\ntrait: plan\nis: paid\n")
    result = company(1_000).report("tournament", **LEAKS, among=str(rule))
    assert any("has seen the outcome" in note for note in result.notes)
    assert 400 < result.headline["customers"] <= 500


def test_cutoffs_move_with_the_moment() -> None:
    view = View.of(company(100).store, datetime(2024, 1, 1, tzinfo=UTC))
    found = cutoffs.laid_out(view, ("3",), 60, 5, 65)
    assert [each.name for each in found] == ["2023-06-20", "2023-08-24", "2023-10-28"]
    assert all(each.end - each.begin == 60 and each.begin - each.day == 5 for each in found)
