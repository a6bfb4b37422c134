"""Does engagement bring sales? Three words for each definition: it predicts, it adds, it moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cherish.errors import CherishError
from cherish.proof.verdict import NO_EXPERIMENT, Finding, moved
from cherish.reports._arms import Assigned, measured, metric
from cherish.reports.experiment.checks import ratios
from cherish.reports.experiment.lines import PRIMARY, Line, Reading, judged, line
from cherish.reports.seven_questions import trial
from cherish.reports.seven_questions.answers import Answer, Figure, unknown
from cherish.reports.seven_questions.asking import Asking
from cherish.reports.tournament.outcomes import has_orders

NAME = "3 brings sales"
QUESTION = "Does engagement bring sales?"
DAY = 86_400
LEVEL = 0.95
ASSOCIATION = "what predicts need not move anything when it is pushed, so all of that is association only"


@dataclass(frozen=True)
class Moved:
    """Whether an action by lot that raised the definition raised the outcome; both effects, where there is a lot."""

    finding: Finding
    figures: tuple[Figure, ...] = ()


def answer(asking: Asking) -> Answer:
    """The tournament's first two words for each definition, and the third for the one that a lot was drawn about."""
    outcome = _outcome(asking)
    found = asking.ask("tournament", horizon=f"{asking.days}d", active=asking.active, outcome=outcome)
    rows = [row for row in found.table.to_pylist() if row["verdict"] != "refused" and row["score"] != "constant"]
    tested = _moved(asking, outcome)
    if not rows:
        said = str(found.headline.get("says") or "nobody can be ranked by it yet").rstrip(".")
        return unknown(said[0].lower() + said[1:], tested.figures)
    first = next((row for row in rows if row["role"] != "baseline"), rows[0])
    leading = {first["score"], asking.definition}
    figures = [each for row in rows for each in _words(row, row["score"] in leading)]
    moves = Figure(f"moves: {tested.finding.answer}", asking.definition,
                   why_not=None if tested.figures else tested.finding.reason, leading=True)  # fmt: skip
    why = None if tested.finding else tested.finding.reason
    return Answer(_sentence(rows, outcome, tested, asking), (*figures, moves, *tested.figures), why)


def _outcome(asking: Asking) -> str:
    """The outcome that the workspace chose, else any order, else staying."""
    stored = asking.view.facts.outcome
    if stored is not None:
        return "retained" if stored == "activity" else stored
    return "any_order" if has_orders(asking.view) else "retained"


def _words(row: Mapping[str, Any], leading: bool) -> Iterator[Figure]:
    graded = row["gini"] is not None and row["auc"] is None
    name = "gini" if graded else "auc"
    ends = (row[name], row[f"{name}_low"], row[f"{name}_high"])
    yield Figure(f"predicts: {row['predicts']} ({'Gini' if graded else 'AUC'})", row["score"], *ends,
                 n=row["customers"], leading=leading)  # fmt: skip
    yield Figure(f"adds: {row['adds']} (gain over recency, count, spend, tenure)", row["score"], row["gain"],
                 row["gain_low"], row["gain_high"], row["customers"], leading=leading)  # fmt: skip


def _sentence(rows: list[dict[str, Any]], outcome: str, tested: Moved, asking: Asking) -> str:
    what = {
        "any_order": "who orders",
        "retained": "who stays",
        "revenue": "what is spent",
        "orders": "how much is ordered",
    }
    about = f"{what.get(outcome, f'who does {outcome}')} in {asking.days} days"
    predicts, adds = ([row for row in rows if row[word] == "yes"] for word in ("predicts", "adds"))
    n = len(rows)
    told = f"{len(predicts)} of {n} scores {'predicts' if len(predicts) == 1 else 'predict'} {about}"
    told += f", {len(adds) or 'none'} {'adds' if len(adds) == 1 else 'add'} to recency, count, spend and tenure"
    if tested.finding:
        return f"{asking.definition} moves it: {tested.finding.reason}. {told}"
    word = "not shown to move" if tested.finding.answer == "not known" else "found not to move"
    return f"{told}; {asking.definition} is {word} it: {tested.finding.reason}; {ASSOCIATION}"


# -- moves ----------------------------------------------------------------------------------------------------------


def _moved(asking: Asking, outcome: str) -> Moved:
    """The third word, from the lot that there is; `not known`, with the reason, where there is none to read."""
    try:
        lots = trial.lots(asking)
        if lots is None:
            return Moved(NO_EXPERIMENT)
        return _read(asking, lots, outcome)
    except CherishError as refused:
        return Moved(Finding("not known", str(refused).rstrip(".")))


def _read(asking: Asking, lots: Assigned, outcome: str) -> Moved:
    view, run, horizon = asking.view, asking.run, asking.days * DAY
    wrong = () if trial.is_holdout(asking, lots) else ratios(view, run, lots, {}, ()).wrong
    if wrong:
        return Moved(
            Finding("not known", f"the arms of {lots.name} are not as large as an even lot makes them ({wrong[0]})")
        )
    texts = (asking.definition, outcome)
    metrics = [metric(view, run, text, horizon, columns=lots.columns, first=lots.first, roles=lots.roles)
               for text in texts]  # fmt: skip
    arms = measured(view, run, lots, metrics, horizon)
    arm = max(lots.treated, key=lambda each: (lots.report.arms[each], each))
    reading = Reading(LEVEL, sum(each.n for each in arms.values()), declared=False)
    lines = judged([line(arms, lots.control, arm, (text, text), reading, "all", PRIMARY) for text in texts], reading)
    figures = tuple(_figure(each, lots, arm) for each in lines)
    ends = [replace(each.effect, low=each.read.low, high=each.read.high) for each in lines]
    if any(each.low is None or each.estimate is None for each in ends):
        return Moved(Finding("not known", f"{lots.name} has too few customers to be read"), figures)
    return Moved(moved(ends[0], ends[1], lower_is_better=metrics[0].lower), figures)  # type: ignore[arg-type]  # no None is left in them


def _figure(each: Line, lots: Assigned, arm: str) -> Figure:
    p = None if each.adjusted is None else 10**each.adjusted
    n = each.effect.n + each.effect.n_control
    return Figure(f"{arm} less {lots.control} ({lots.name})", each.metric, each.effect.estimate, each.read.low,
                  each.read.high, n, p, leading=True)  # fmt: skip
