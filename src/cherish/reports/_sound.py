"""May a lot be read at all? Not where its arms are not as large as it made them: then something else decided, too."""

from __future__ import annotations

from cherish.reports._arms import Assigned
from cherish.reports.experiment.checks import ratios, sizes
from cherish.reports.experiment.terms import terms
from cherish.reports.holdout._lot import ratio
from cherish.spec.report import Run
from cherish.spec.view import View

HOLDOUT = {"holdout", "reached"}
ALIKE = 0.75
"""An arm of at least this share of the largest was meant to be as large, where nobody said otherwise."""


def shares_known(view: View, who: Assigned) -> bool:
    """Whether it was written down how large each arm of a lot was to be: with its decisions, or by a declaration."""
    if who.digest is not None:
        return False
    return set(who.arms) == HOLDOUT or bool(terms(view, {}, who.name).shares)


def meant_alike(who: Assigned) -> bool:
    """Whether the arms are so near to each other in size that they can't have been meant to differ."""
    sizes = who.report.arms.values()
    return min(sizes) >= ALIKE * max(sizes)


def unsound(view: View, run: Run, who: Assigned) -> str:
    """What forbids to read a lot (p below .001), in words; empty where nothing does.

    A holdout is held against the shares that its decisions carry, an experiment against those that were declared, and
    without any against equal ones.

    Raises:
        QuestionError, Unanswerable: the declared arms are not those that customers are in.
    """
    if who.digest is None and set(who.arms) == HOLDOUT:
        found = ratio(view, run, who, None)
        return sizes(found) if found is not None and found.verdict == "block" else ""
    wrong = ratios(view, run, who, terms(view, {}, who.name).shares, ()).wrong
    return wrong[0] if wrong else ""


def surely_unsound(view: View, run: Run, who: Assigned) -> str:
    """The same, but nothing forbids arms of unlike sizes of which nobody wrote down how large they were to be."""
    return unsound(view, run, who) if shares_known(view, who) or meant_alike(who) else ""
