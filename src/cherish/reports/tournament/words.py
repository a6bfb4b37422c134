"""The sentence before the leaderboard: who wins or that several tie, what adds, and what nobody may conclude.

No count of customers stands in it: words are shared as they are, and those customers may be few.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cherish.reports.tournament.contestants import Contestant
from cherish.reports.tournament.cutoffs import (
    LEAST_POSITIVES,
    LEAST_RATE,
    Cutoff,
    born,
    horizon_that_fits,
    known_until,
    reached_by,
)
from cherish.reports.tournament.judged import REFUSING, WHYS, Entry, Judgement
from cherish.reports.tournament.outcomes import Outcome
from cherish.spec.calendar import day_from
from cherish.spec.view import View

MANY = 4
"""So many names are listed, the rest is counted."""
THERMOMETER = (
    "association only: what predicts need not move anything when it is pushed, a thermometer is no stove; "
    "an experiment tells (cherish experiment)"
)


def says(judgement: Judgement, outcome: Outcome) -> str:
    """What was found, in a paragraph."""
    leader = judgement.leader
    if leader is None or leader.figures is None:
        return f"Nothing ranks customers by {outcome.words}; {THERMOMETER}."
    parts = [_first(leader, judgement, outcome), _against(judgement), _adds(judgement), _backwards(judgement)]
    moves = [
        each.label
        for each in judgement.entries
        if each.verdict is not None and each.verdict.moves and each.contestant.role != "baseline"
    ]
    by_lot = f"By lot {_listed(moves)} moved it: who was drawn had more of both." if moves else ""
    parts += [_refused(judgement), by_lot, f"{'All else' if moves else 'All of it'} is {THERMOMETER}."]
    return " ".join(part for part in parts if part)


def _first(leader: Entry, judgement: Judgement, outcome: Outcome) -> str:
    found, tied = leader.figures, [each.label for each in judgement.tied]
    if found is None:
        return ""
    area, of = (found.gini, "Gini") if outcome.graded else (found.auc, "AUC")
    told = f"{of} {area.value:.3f}" + (f", {area.low:.3f} to {area.high:.3f}" if area.low is not None else "")
    if leader.label == "constant" or (area.low is not None and area.low <= (0.0 if outcome.graded else 0.5)):
        return f"No definition is shown to rank customers by {outcome.words} better than a coin ({told} at best)."
    if not tied:
        return f"For {outcome.words} {_named(leader)} ranks customers best ({told})."
    return f"For {outcome.words} {_named(leader)} stands first ({told}) and ties with {_listed(tied)}."


def _named(each: Entry) -> str:
    return f"the plain {each.label}" if each.contestant.role == "baseline" else each.label


def _against(judgement: Judgement) -> str:
    """Whether a plain baseline is among the best."""
    leader = judgement.leader
    if leader is None or leader.contestant.role == "baseline":
        return ""
    plain = [each.label for each in judgement.tied if each.contestant.role == "baseline"]
    return f"So the plain {_listed(plain)} would do as well." if plain else "No plain baseline comes near it."


def _adds(judgement: Judgement) -> str:
    if judgement.adds_why:
        return "Whether any adds to recency, count, spend and tenure is not known: that takes two cut-offs."
    adding = [each.label for each in judgement.entries if each.verdict is not None and each.verdict.adds]
    if adding:
        return f"{_listed(adding)} {'adds' if len(adding) == 1 else 'add'} to recency, count, spend and tenure."
    return "None is shown to add to recency, count, spend and tenure."


def _backwards(judgement: Judgement) -> str:
    """Definitions that rank customers the wrong way round: the lesson of P(alive)."""
    wrong = [
        each.label
        for each in judgement.entries
        if each.why not in REFUSING and each.contestant.role != "baseline" and each.figures is not None
        and each.figures.area.high is not None and each.figures.area.high < 0.5
    ]  # fmt: skip
    if not wrong:
        return ""
    verb = "ranks" if len(wrong) == 1 else "rank"
    return f"{_listed(wrong)} {verb} customers backwards: who scores higher is less likely to."


def _refused(judgement: Judgement) -> str:
    found: dict[str, list[str]] = {}
    for each in judgement.entries:
        if each.why in REFUSING and each.why not in ("no_values", "not_fitted"):
            found.setdefault(each.why, []).append(each.label)
    return " ".join(f"No verdict on {_listed(labels)}: {WHYS[why]}." for why, labels in found.items())


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:MANY])
    if len(names) > MANY:
        shown.append(f"{len(names) - MANY} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


# -- where nobody can be ranked -----------------------------------------------------------------------------------


def not_yet(view: View, cutoffs: Sequence[Cutoff], outcome: Outcome, gap: int) -> tuple[str, date | None]:
    """That there is no verdict, why, and what it would take; and about when that will be so, where one can say."""
    begin = f"No verdict on what predicts {outcome.words} yet"
    latest = cutoffs[-1]
    if latest.why == "too_few":
        return f"{begin}: {_too_few(latest)}.", reached_by(latest, view)
    fits = horizon_that_fits(view)
    needed = f"an outcome of {outcome.horizon} days takes as many days after a cut-off, and a past before it"
    now = f"; a horizon of {fits}d can be read now" if 1 <= fits < outcome.horizon else ""
    ripe = max(born(view) + 2 * outcome.horizon + gap, known_until(view) + 1)
    return f"{begin}: {needed}, more than the log holds{now}.", day_from(ripe)


def _too_few(latest: Cutoff) -> str:
    most = latest.positives > latest.customers - latest.positives
    who = "are without the outcome" if most else "have the outcome"
    few = min(latest.positives, latest.customers - latest.positives)
    if not few:
        nobody = "everybody has the outcome" if most else "nobody has the outcome"
        return f"{nobody} at the last cut-off, so there is nobody to tell apart; take another outcome or horizon"
    if few < LEAST_RATE * latest.customers:
        return (
            f"fewer than {LEAST_RATE:.1%} of the customers {who}, and a ranking of so rare a thing is chance; "
            "take a longer horizon or a commoner outcome"
        )
    return (
        f"fewer than {LEAST_POSITIVES} customers {who} at the last cut-off, and a ranking of so few is chance; "
        f"{LEAST_POSITIVES} would do, and a longer horizon may bring them sooner"
    )


# -- notes --------------------------------------------------------------------------------------------------------


def notes(
    refused: Sequence[Cutoff], used: Sequence[Cutoff], contestants: Sequence[Contestant], left: Sequence[str],
    audience: bool,
) -> tuple[str, ...]:  # fmt: skip
    """What must stand beside the figures."""
    found = [f"Cut-off refused, {each.says}." for each in refused]
    later = sum(each.unknown_then for each in used)
    if later:
        found.append(
            f"{later:,} visitors who became known only after a cut-off are no part of its population: "
            "that they did is an outcome."
        )
    open_ended = [each.label for each in contestants if not each.claims and each.role != "baseline"]
    if open_ended:
        found.append(f"No better end is declared of {_listed(open_ended)}: the higher value is taken for it.")
    if left:
        found.append(f"Left out for what the data lack: {', '.join(left)} (cherish measure NAME says what).")
    if used:
        found.append("A missing value is ranked last: no definition declares another rank for it (column nulls).")
    if audience:
        found.append(
            "The audience is whom its rule holds for at the end: if it looks at what customers did, it has seen the "
            "outcome, and the figures with it."
        )
    return tuple(found)
