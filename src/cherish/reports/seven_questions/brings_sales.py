"""Does engagement bring sales? Three words for each definition: it predicts, it adds, it moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cherish.errors import CherishError
from cherish.proof.verdict import NO_EXPERIMENT
from cherish.reports.seven_questions import trial
from cherish.reports.seven_questions.answers import Answer, Figure, unknown
from cherish.reports.seven_questions.asking import Asking
from cherish.reports.tournament.outcomes import has_orders

NAME = "3 brings sales"
QUESTION = "Does engagement bring sales?"
ASSOCIATION = "what predicts need not move anything when it is pushed, so all else is association only"
WHAT = {
    "any_order": "who orders", "retained": "who stays", "revenue": "what is spent", "orders": "how much is ordered",
}  # fmt: skip


def answer(asking: Asking) -> Answer:
    """The tournament's words for each definition, the third where a lot was drawn that can tell it."""
    outcome = _outcome(asking)
    lot, why = _lot(asking)
    found = asking.ask("tournament", horizon=f"{asking.days}d", active=asking.active, outcome=outcome, **lot)
    rows = [row for row in found.table.to_pylist() if row["verdict"] != "refused" and row["score"] != "constant"]
    if not rows:
        said = str(found.headline.get("says") or "nobody can be ranked by it yet").rstrip(".")
        return unknown(said[0].lower() + said[1:])
    first = next((row for row in rows if row["role"] != "baseline"), rows[0])
    leading = {first["score"], asking.definition}
    figures = [each for row in rows for each in _words(row, row["score"] in leading, why)]
    moving = [row["score"] for row in rows if row["moves"] == "yes"]
    return Answer(_sentence(rows, outcome, moving, why, asking.days), tuple(figures), None if moving else why)


def _outcome(asking: Asking) -> str:
    """The outcome that the workspace chose, else any order, else staying."""
    stored = asking.view.facts.outcome
    if stored is not None:
        return "retained" if stored == "activity" else stored
    return "any_order" if has_orders(asking.view) else "retained"


def _lot(asking: Asking) -> tuple[dict[str, str], str]:
    """How the tournament is told of the lot, and what can't be told by it: why nothing moves, where nothing does."""
    if asking.assignments is not None:
        return {
            "assignments": asking.assignments
        }, f"{asking.assignments} shows no definition and outcome raised together"
    try:
        drawn = trial.lots(asking)
    except CherishError as refused:
        return {}, str(refused).rstrip(".")
    if drawn is None:
        return {}, NO_EXPERIMENT.reason
    return {"trial": drawn.name}, f"{drawn.name} is not seen to have raised a definition and the outcome together"


def _words(row: Mapping[str, Any], leading: bool, why: str) -> Iterator[Figure]:
    graded = row["gini"] is not None and row["auc"] is None
    name, n = "gini" if graded else "auc", row["customers"]
    predicts = f"predicts: {row['predicts']} ({'Gini' if graded else 'AUC'})"
    yield Figure(predicts, row["score"], row[name], row[f"{name}_low"], row[f"{name}_high"], n, leading=leading)
    adds = f"adds: {row['adds']} (gain over recency, count, spend, tenure)"
    yield Figure(adds, row["score"], row["gain"], row["gain_low"], row["gain_high"], n, leading=leading)
    moves = f"moves: {row['moves']} (outcome's effect over the definition's, by lot)"
    ends = (row["ratio"], row["ratio_low"], row["ratio_high"])
    yield Figure(moves, row["score"], *ends, why_not=None if row["moves"] == "yes" else why, leading=leading)


def _sentence(rows: list[dict[str, Any]], outcome: str, moving: list[str], why: str, days: int) -> str:
    about = f"{WHAT.get(outcome, f'who does {outcome}')} in {days} days"
    predicts, adds = (sum(row[word] == "yes" for row in rows) for word in ("predicts", "adds"))
    told = f"{predicts} of {len(rows)} scores {'predicts' if predicts == 1 else 'predict'} {about}"
    told += f", {adds or 'none'} {'adds' if adds == 1 else 'add'} to recency, count, spend and tenure"
    if not moving:
        return f"{told}, none is shown to move it: {why}; {ASSOCIATION}"
    return f"{told}, and by lot {_listed(moving)} moved together with it; {ASSOCIATION}"


def _listed(names: list[str]) -> str:
    shown = [*names[:4], *([f"{len(names) - 4} more"] if len(names) > 4 else [])]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
