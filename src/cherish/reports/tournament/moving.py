"""The third word: did an action that was drawn by lot raise a definition, and with it the outcome?

Everything else here is read off customers as they are. This is read off arms: an experiment or a holdout of the log, or
a file of assignments, measured through the horizon after each customer's assignment, with intervals that are valid
whenever they are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cherish.errors import CherishError
from cherish.proof.verdict import NO_EXPERIMENT, Finding, Wald, moved, wald
from cherish.reports._arms import Assigned, assigned, measured, metric
from cherish.reports._arms.logged import names_of
from cherish.reports._sound import unsound
from cherish.reports.experiment.lines import PRIMARY, Reading, judged, line
from cherish.reports.tournament.contestants import Contestant
from cherish.reports.tournament.outcomes import Outcome
from cherish.spec.report import Run
from cherish.spec.view import View

DAY = 86_400
LEVEL = 0.95


@dataclass(frozen=True)
class Moved:
    """What the lot says of one definition, and the ratio of the two effects where there is one."""

    finding: Finding
    ratio: Wald | None = None


def by_lot(
    view: View, run: Run, outcome: Outcome, contestants: Sequence[Contestant], trial: str | None,
    assignments: str | None,
) -> tuple[dict[str, Moved], str]:  # fmt: skip
    """By key what the lot says of each measure, and the digest of the file that told it; nothing without a lot.

    Raises:
        FileError, QuestionError, Unanswerable: the lot can't be read.
    """
    if trial is None and assignments is None:
        return {}, ""
    lots = _lots(view, run, trial, assignments)
    wrong = unsound(view, run, lots)
    found = {}
    for each in contestants:
        if each.measure is None:
            continue
        if wrong:
            found[each.key] = Moved(_unknown(f"the arms of {lots.name} are not as large as their lot makes them"))
            continue
        try:
            found[each.key] = _read(view, run, outcome, each, lots)
        except CherishError as refused:
            found[each.key] = Moved(_unknown(str(refused).rstrip(".")))
    return found, lots.digest or ""


def _lots(view: View, run: Run, trial: str | None, assignments: str | None) -> Assigned:
    if assignments is not None:
        return assigned(view, run, experiment=trial, assignments=assignments)
    if trial in names_of(view, run, holdouts=True):
        return assigned(view, run, holdout=trial)
    return assigned(view, run, experiment=trial)


def _unknown(reason: str) -> Finding:
    return Finding("not known", reason)


def _read(view: View, run: Run, outcome: Outcome, each: Contestant, lots: Assigned) -> Moved:
    """The two effects of the largest treated arm against the control."""
    horizon = outcome.horizon * DAY
    texts = (_metric(each), outcome.name)
    metrics = [
        metric(view, run, text, horizon, columns=lots.columns, first=lots.first, roles=lots.roles) for text in texts
    ]
    if texts[0] == texts[1] or metrics[0].name == metrics[1].name:
        return Moved(NO_EXPERIMENT)
    arms = measured(view, run, lots, metrics, horizon)
    arm = max(lots.treated, key=lambda name: (lots.report.arms[name], name))
    reading = Reading(LEVEL, sum(part.n for part in arms.values()), declared=False)
    lines = judged(
        [line(arms, lots.control, arm, (found.name, found.name), reading, "all", PRIMARY) for found in metrics], reading
    )
    ends: list[Any] = [replace(found.effect, low=found.read.low, high=found.read.high) for found in lines]
    if any(None in (end.low, end.high, end.estimate, end.se) for end in ends):
        return Moved(_unknown(f"{lots.name} has too few customers to be read"))
    finding = moved(ends[0], ends[1], lower_is_better=each.sign < 0)
    return Moved(finding, wald(ends[0], ends[1]))


def _metric(each: Contestant) -> str:
    """The definition as a metric: an experiment's window is its horizon, so that it has none of its own."""
    own = type(each.measure).parameters() if each.measure is not None else ()
    shown = [
        f"{one.name}={one.write(getattr(each.measure, one.name))}"
        for one in own
        if one.name != "window" and getattr(each.measure, one.name) != one.default
    ]
    name = each.definition.partition("(")[0].partition("@")[0]
    return f"{name}({','.join(shown)})" if shown else name


def digests(digest: str) -> Mapping[str, str]:
    """The digest of the file of assignments, as a fit that another file is noticed by."""
    return {"assignments": digest} if digest else {}
