"""What a readout says in sentences: what an arm did to a metric, or what would have been seen had it done so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cherish.proof.novelty import Novelty
from cherish.proof.sequential import LEAST
from cherish.reports.experiment.checks import told_p
from cherish.reports.experiment.lines import HIGHER, LOWER, NO_TEST, PRIMARY, TOO_FEW, Line, Reading
from cherish.reports.experiment.segments import DIFFERS
from cherish.reports.experiment.terms import Terms
from cherish.spec.periods import render_duration

MOST_SAID = 6
_VERBS = {HIGHER: "raised", LOWER: "lowered"}


def said(lines: Sequence[Line]) -> str:
    """One sentence for each arm and primary metric."""
    primary = [each for each in lines if each.role == PRIMARY]
    told = [f"{sentence(each)}." for each in primary[:MOST_SAID]]
    more = len(primary) - MOST_SAID
    return "\n".join([*told, *([f"And {more:,} more: see the table."] if more > 0 else [])])


def sentence(each: Line) -> str:
    """What one arm did to one metric."""
    effect, read = each.effect, each.read
    if effect.estimate is None or read.low is None or read.high is None:
        return _unread(each)
    between = f"({_amount(read.low, each.share)} to {_amount(read.high, each.share)}{_unit(each)})"
    if each.verdict in _VERBS:
        share = "" if effect.relative is None else f", {effect.relative:+.1%}"
        size = _amount(abs(effect.estimate), each.share)
        return f"{each.arm} {_VERBS[each.verdict]} {each.metric} by {size}{_unit(each)} {between}{share}"
    smallest = _least(each, "the smallest effect that this test could have seen is {}")
    return f"{each.arm}, {each.metric}: not proven {between}{smallest}"


def _unread(each: Line) -> str:
    effect = each.effect
    if each.why == "under_30":
        why = f"fewer than {LEAST} customers in an arm ({effect.n:,} and {effect.n_control:,})"
    else:
        why = effect.reason or each.read.reason or "there is nothing to compare"
    smallest = _least(each, "an effect would have to be {} or more to be seen by so few")
    word = "not proven" if each.verdict in (TOO_FEW, NO_TEST) else each.verdict or "not proven"
    return f"{each.arm}, {each.metric}: {word}, {why}{smallest}"


def _least(each: Line, told: str) -> str:
    """The smallest effect that would be seen; of a share none is larger than the whole."""
    if each.smallest is None:
        return ""
    if each.share and each.smallest >= 1:
        return "; so few show no effect, however large"
    return f"; {told.format(f'{_amount(each.smallest, each.share)}{_unit(each)}')}"


def _unit(each: Line) -> str:
    return " points" if each.share else ""


def _amount(value: float, share: bool) -> str:
    """A number with three digits that matter; a share in points."""
    number = value * 100 if share else value
    if not number:
        return "0"
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def how_read(reading: Reading, terms: Terms, moment_text: str | None) -> str:
    """Whether intervals hold at every look or on the declared day alone."""
    if reading.declared:
        return (
            f"Read as of the declared end, {moment_text}: intervals and p-values are those of one look at full "
            "strength, and stay the same later."
        )
    until = "no end was declared" if terms.until is None else f"the declared end is {moment_text}"
    return f"Intervals and p-values are always valid, however often one looks ({until})."


def of_terms(terms: Terms, before: bool) -> list[str]:
    """What was declared, and when."""
    if terms.changed:
        return [
            f"The question departs from what was declared ({terms.version}) in {', '.join(terms.changed)}: nothing of "
            "it counts as said before the start."
        ]
    if terms.said_at is None and terms.until is not None:
        return ["Its end was given with the question; that it was chosen before is your word (declared=DATE)."]
    if terms.said_at is None:
        return ["Nothing was declared before the start: cherish experiment declare."]
    when = f"{terms.said_at:%Y-%m-%d %H:%M} UTC"
    if terms.until is not None and terms.said_at >= terms.until:
        return [f"Declared {terms.said_at:%Y-%m-%d %H:%M} UTC, after the declared end: it was written down too late."]
    late = "" if before else ", after the first assignment, so segments are exploratory"
    return [f"Declared {when}{f' ({terms.version})' if terms.version else ''}{late}."]


def of_corrections(lines: Sequence[Line]) -> list[str]:
    """Which p-values were adjusted over what."""
    found = []
    counts = {role: sum(each.role == role for each in lines) for role in ("primary", "secondary", "interaction")}
    if counts["primary"] > 1:
        found.append(f"Holm over {counts['primary']} comparisons (arms and primary metrics) decides what is proven.")
    if counts["secondary"] > 1:
        found.append(f"Benjamini and Hochberg over {counts['secondary']} secondary comparisons.")
    differ = [each for each in lines if each.verdict == DIFFERS]
    found += [
        f"The effect of {each.arm} on {each.metric} differs {each.among} (p = {told_p(each.adjusted)}, adjusted)."
        for each in differ
    ]
    if any(each.verdict == "exploratory" for each in lines):
        found.append("Segments that were not named before the start are exploratory: guesses for the next experiment.")
    return found


def of_missing(lacking: Mapping[str, int], new: Mapping[str, int], waiting: int, horizon: int) -> list[str]:
    """Who is left out, and who has no past."""
    found = []
    if waiting:
        found.append(f"{waiting:,} customers are not yet through the horizon of {render_duration(horizon)}: left out.")
    found += [
        f"{count:,} customers have no value of {name}: left out of it." for name, count in lacking.items() if count
    ]
    without = {name: count for name, count in new.items() if count}
    if without:
        told = ", ".join(f"{name} {count:,}" for name, count in without.items())
        found.append(
            f"Customers without a value before the assignment are taken apart by a column of their own: {told}."
        )
    return found


def of_alike(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Metrics that are above 0 for the same customers, all of them in one sentence."""
    groups: list[list[str]] = []
    for one, other in pairs:
        mine = next((group for group in groups if one in group or other in group), None)
        if mine is None:
            groups.append(mine := [])
        mine += [name for name in (one, other) if name not in mine]
    counts = {2: "two"}
    return [
        f"{', '.join(group[:-1])} and {group[-1]} are above 0 for the same customers: they are one endpoint, not "
        f"{counts.get(len(group), len(group))}."
        for group in groups
    ]


def of_novelty(metric: str, arm: str, found: Novelty) -> str:
    """Whether the effect wears off with the days since the assignment."""
    spans = ", ".join("–" if each.estimate is None else f"{each.estimate:.3g}" for each in found.spans)
    return f"{arm}, {metric}, in {len(found.spans)} equal spans since the assignment: {spans}; {found.word}."
