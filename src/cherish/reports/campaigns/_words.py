"""What is said of campaigns: claims are claims, and nothing is credited that no lot has shown."""

from __future__ import annotations

from collections.abc import Sequence

from cherish.proof.did import ASSOCIATION, Moved
from cherish.reports.campaigns._lots import Drawn
from cherish.reports.campaigns._told import GAIN, NOT_PROVEN, Campaign
from cherish.spec.view import View

REASONS = {
    "not_by_lot": "receivers were chosen and not drawn by lot, so nobody knows what they would have spent without it",
    "lot_refused": "the lot behind it can't be read",
    "too_few": "too few customers on one side: their money says nothing yet",
    "uneven": "the two sides are not as large as the lot made them, so not the lot alone decided who is where",
    "unequal_before": "the two sides differed before the lot, so it was none",
    "window_open": "its window is not over: figures are so far, and a holdout is read once, on its day",
    "no_money": "nobody spent anything, or all spent alike, so there is nothing to compare",
    "no_clicks": "the log has no clicks that name a campaign",
    "no_before": "the days before it lie before the data, so nobody knows what people spent then",
    "nobody": "there is nobody on one side",
    "nothing_claimed": "receivers spent no more a head than everybody else, so there is no claim to show",
    "too_long": "such a holdout would have to run for more than ten years",
}


def currency(view: View, asked: str | None) -> str:
    """What stands behind an amount: the currency where there is one."""
    used = sorted(name for name, count in view.facts.currencies.items() if count)
    found = asked or view.facts.currency or (used[0] if len(used) == 1 else "")
    return f" {found}" if found else ""


def says(each: Campaign, unit: str) -> str:
    """The claim and the verdict in a sentence."""
    receivers = f"{each.receivers.people:,} receiver{'' if each.receivers.people == 1 else 's'}"
    money = f"{each.receivers.money:,.2f}{unit}"
    claim = f"Campaign {each.span.name} can claim {money}, all that {receivers} spent while it ran"
    found = each.caused
    if found is None:
        return f"{claim}; caused: {NOT_PROVEN}, {REASONS[each.why or 'too_few']}"
    span = f"{found[0]:,.2f}{unit} ({found[1]:,.2f} to {found[2]:,.2f})"
    if each.verdict == NOT_PROVEN:
        return f"{claim}; caused: {NOT_PROVEN}, by lot it is {span}, and nothing at all lies within"
    return f"{claim}; caused by lot: {span}" + ("" if each.verdict == GAIN else ", a loss")


def says_of_all(found: Sequence[Campaign], there: int) -> str:
    """How many campaigns there are, and of how many something is proven."""
    lots = sum(each.drawn is not None for each in found)
    proven = sum(each.verdict != NOT_PROVEN for each in found)
    shown = f"{there:,} campaign{'' if there == 1 else 's'}" + (f", {len(found):,} shown" if len(found) < there else "")
    drawn = f"receivers of {lots:,} were drawn by lot" if lots else "no receivers were drawn by lot"
    return f"{shown}; {drawn}; what was caused is proven for {proven:,}"


def notes(each: Campaign, unit: str, zone: str, held_out: float) -> tuple[str, ...]:
    """What must stand beside the figures of one campaign."""
    found = [_chosen(each)] if each.drawn is None else [_lot(each.drawn)]
    if each.drawn is None and each.moved is not None:
        found += [_moved(each, each.moved, unit), ASSOCIATION]
    earlier = each.span.start - each.span.begins
    found.append(
        f"Days are those of {zone}, {each.span.started} to before {each.span.until}, and {earlier} days before. "
        "Another zone, window or time before moves these figures; the verdict rests on how receivers were chosen "
        "and stays."
    )
    if each.drawn is None or each.verdict == NOT_PROVEN:
        found.append(_plan(each, unit, held_out))
    outside = each.span.reached - each.receivers.people
    if outside > 0:
        found.append(f"{outside:,} customers got it on other days: here they are among everybody else.")
    return tuple(found)


def _chosen(each: Campaign) -> str:
    before, others = each.receivers.before, each.others.before
    told = "" if before is None or others is None else (
        f": in the {each.span.start - each.span.begins} days before, {each.receivers.people:,} customers who got it "
        f"spent {before:,.2f} a head, the other {each.others.people:,} customers {others:,.2f}"
    )  # fmt: skip
    return (
        f"Nobody was drawn by lot for {each.span.name}; who got it was chosen{told}. That is what the verdict rests on."
    )


def _moved(each: Campaign, moved: Moved, unit: str) -> str:
    # With how many it rests on: what is of few is then left out of what others get to see.
    people = f"{each.receivers.people:,} customers against {each.others.people:,} customers"
    span = "" if moved.low is None or moved.high is None else f" ({moved.low:+,.2f} to {moved.high:+,.2f})"
    sides = ""
    if moved.low is not None and moved.high is not None:
        sides = "; its interval leaves nought out" if moved.excludes_zero else "; its interval has nought in it"
        sides += ", and either way that proves nothing of people who were chosen"
    return f"Difference of differences, {people}: {moved.estimate:+,.2f}{unit} a head{span}{sides}."


def _lot(lot: Drawn) -> str:
    if lot.note:
        return f"The lot {lot.lot} can't be read: {lot.note}"
    leak = f"; {lot.leaked:,} customers who were held out got it all the same and stay there" if lot.leaked else ""
    return (
        f"Drawn by lot ({lot.lot}): {lot.meant:,} customers were meant to get it, {lot.held_out:,} customers were held "
        f"out{leak}. All are compared as they were drawn, adjusted for what each spent before (CUPED).{_shares(lot)}"
    )


def _shares(lot: Drawn) -> str:
    if lot.known:
        return ""
    declare = "" if lot.digest else f": cherish experiment declare {lot.lot} --arms ARM:SHARE|ARM:SHARE"
    return (
        " How large its arms were to be was never written down, so nobody can say whether somebody got lost on the "
        f"way{declare}."
    )


def _plan(each: Campaign, unit: str, held_out: float) -> str:
    plan = each.planned
    share = f"A holdout of {held_out:g} % of {each.receivers.people:,} customers"
    if plan.why == "window_open":
        return f"Its window is open until {each.span.until}: these are figures so far."
    if plan.why == "no_money":
        return f"What a holdout would show is not known: {REASONS['no_money']}."
    if plan.per_head is None:
        return f"{share} would be too few people to show anything: pool several campaigns under one holdout."
    least = f"{share} would show a difference of {plan.per_head:,.2f}{unit} a head or more"
    if plan.day is not None:
        return f"{least}; drawn now, it would show one as large as is claimed from about {plan.day} on."
    return f"{least}; {REASONS[plan.why or 'nothing_claimed']}."


def notes_of_all(found: Sequence[Campaign], there: int, zone: str) -> tuple[str, ...]:
    """What must stand beside a list of campaigns."""
    said = [
        f"Days are those of {zone}. Claims overlap: money of somebody who got two campaigns is claimed by both, so "
        "they don't add up."
    ]
    if any(each.drawn is None for each in found):
        said += [
            "Where nobody was drawn by lot, receivers were chosen: what they would have spent without it nobody "
            "knows, so the verdict is not proven whatever the figures before or an interval say.",
            ASSOCIATION,
        ]
    lots = sum(each.caused is not None for each in found)
    if lots > 1:
        said.append(
            f"{lots:,} lots are read here, each by itself: of twenty that do nothing one would look as if it did."
        )
    said += [f"{each.span.name}: {each.drawn.note}" for each in found if each.drawn is not None and each.drawn.note]
    if len(found) < there:
        said.append(f"{there - len(found):,} campaigns with fewer receivers are not shown (top).")
    return tuple(said)
