"""What a campaign caused: the arms of its lot compared as they were drawn, whoever got the message in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import ibis

from cherish.errors import QuestionError, Unanswerable
from cherish.proof.effects import Effect, difference
from cherish.proof.moments import Moments
from cherish.reports._arms import Assigned, assigned
from cherish.reports._arms.logged import names_of
from cherish.reports._sound import shares_known, surely_unsound
from cherish.reports.campaigns._spans import Span
from cherish.spec.calendar import number
from cherish.spec.relations import MONEY
from cherish.spec.report import Run
from cherish.spec.view import View

LEAST = 50
"""Below so many customers in an arm an interval of money is not to be trusted, and no verdict rests on it."""
MONEY_OF, SIZE = ("after", "before"), "size"
UNEQUAL = 4.0
"""Arms of a lot that differ by more standard errors than this before it was drawn were not drawn by lot."""


@dataclass(frozen=True)
class Lot:
    """What decided who got a campaign: an experiment or a holdout of the log, or an assignment table."""

    experiment: str | None = None
    holdout: str | None = None
    assignments: str | None = None
    control: str | None = None


@dataclass(frozen=True)
class Drawn:
    """A campaign whose receivers were drawn: how many were meant to get it and how many were held out, who of these got
    it all the same, and the difference in money per head in its window. `why` says what stands against reading it.
    `known`: whether somebody wrote down how large its arms were to be."""

    lot: str
    meant: int
    held_out: int
    leaked: int
    effect: Effect | None
    why: str | None
    note: str = ""
    digest: str | None = None
    known: bool = True

    @property
    def money(self) -> tuple[float, float, float] | None:
        """The effect on all who were meant to get it, with its interval; None where there is none to read."""
        found = self.effect
        if self.why is not None or found is None or found.estimate is None or found.low is None or found.high is None:
            return None
        return found.estimate * self.meant, found.low * self.meant, found.high * self.meant


def lots(view: View, run: Run) -> dict[str, Lot]:
    """The lots that the log tells of, by the name that a campaign of the same name is looked up by."""
    found = {name: Lot(holdout=name) for name in names_of(view, run, holdouts=True)}
    return found | {name: Lot(experiment=name) for name in names_of(view, run, holdouts=False)}


def drawn(view: View, run: Run, lot: Lot, span: Span, bought: Any, got: Any) -> Drawn:
    """The arms of a lot, held against each other over the campaign's window by what customers were drawn for."""
    name = lot.experiment or lot.holdout or lot.assignments or ""
    try:
        found = assigned(
            view, run, experiment=lot.experiment, holdout=lot.holdout, assignments=lot.assignments, control=lot.control
        )
        known, uneven = shares_known(view, found), surely_unsound(view, run, found)
    except (QuestionError, Unanswerable) as refused:
        return Drawn(name, 0, 0, 0, None, "lot_refused", str(refused))
    if not found.timed:
        return Drawn(name, 0, 0, 0, None, "lot_refused", f"{name}: nothing says when each customer was drawn")
    rows = run(_per_arm(view, found, span, bought, got)).to_pylist()
    sides = {held: [row for row in rows if (row["arm"] == found.control) == held] for held in (False, True)}
    arms = {held: _moments(side, found.units) for held, side in sides.items()}
    meant, held_out = (sum(row["n"] for row in sides[held]) for held in (False, True))
    leaked = sum(row["got"] for row in rows if row["arm"] == found.control)
    if uneven:
        note = f"its arms are not as large as it made them ({uneven})"
        return Drawn(name, meant, held_out, leaked, None, "uneven", note, found.digest)
    x = SIZE if found.units else None
    effect = difference(arms[False], arms[True], "after", x, ("before", x)) if min(meant, held_out) > 1 else None
    why = _why(view, span, arms, x) or ("no_money" if effect is not None and effect.se is None else None)
    return Drawn(name, meant, held_out, leaked, effect, why, digest=found.digest, known=known)


def _why(view: View, span: Span, arms: Mapping[bool, Moments], x: str | None) -> str | None:
    if min(each.n for each in arms.values()) < LEAST:
        return "too_few"
    before = difference(arms[False], arms[True], "before", x)
    if before.z is not None and abs(before.z) > UNEQUAL:
        return "unequal_before"
    return "window_open" if view.day < span.end else None


def _per_arm(view: View, found: Assigned, span: Span, bought: Any, got: Any) -> Any:
    """Per arm: people, and sums of their money in the window and before it, apart by each one's own lot.

    Where households or accounts were drawn as a whole, squares are of their sums, and `drawn` counts them.
    """
    table = found.table
    people = table.filter(number(view.calendar.day(table.moment)).cast("int64") < span.end)
    whose = people.select(whom="customer_id", lot_at="moment")
    own = bought.inner_join(whose, bought.customer_id == whose.whom)
    after = (own.d >= span.start) & (own.d < span.end) & (own.ts >= own.lot_at)
    before = (own.d >= span.begins) & (own.d < span.start) & (own.ts < own.lot_at)
    spent = own.group_by(spender="customer_id").agg(
        after=own.value.sum(where=after).cast(MONEY), before=own.value.sum(where=before).cast(MONEY)
    )
    here = got.filter(got.place == span.place).select(receiver="customer_id", one=ibis.literal(1, type="int64"))
    all_of_them = people.left_join(spent, people.customer_id == spent.spender)
    all_of_them = all_of_them.select("customer_id", "arm", "unit", "after", "before")
    all_of_them = all_of_them.left_join(here, all_of_them.customer_id == here.receiver)
    a, b = (all_of_them[name].fill_null(0).cast(MONEY) for name in ("after", "before"))
    each = all_of_them.select("customer_id", "arm", "unit", "one", after=a, before=b)
    if found.units:
        each = each.mutate(unit=each.unit.fill_null(each.customer_id.cast("string")))
        per = each.group_by("arm", "unit").agg(
            people=each.count(), one=each.one.sum(), after=each.after.sum(), before=each.before.sum()
        )
        a, b, size = (per[name].cast(MONEY) for name in ("after", "before", "people"))
        return per.group_by("arm").agg(
            n=per.people.sum(), drawn=per.count(), got=per.one.sum().fill_null(0), after=a.sum(), before=b.sum(),
            after_after=(a * a).sum(), after_before=(a * b).sum(), before_before=(b * b).sum(),
            after_size=(a * size).sum(), before_size=(b * size).sum(), size_size=(size * size).sum(),
        ).order_by("arm")  # fmt: skip
    a, b = each.after, each.before
    return each.group_by("arm").agg(
        n=each.count(), got=each.one.sum().fill_null(0), after=a.sum(), before=b.sum(),
        after_after=(a * a).sum(), after_before=(a * b).sum(), before_before=(b * b).sum(),
    ).order_by("arm")  # fmt: skip


def _moments(rows: list[dict[str, Any]], units: bool) -> Moments:
    """Moments of an arm's rows; where customers were drawn as a whole, with how many customers that is (SIZE)."""
    if not units:
        return sum((of_sums(row["n"], row) for row in rows), start=of_sums(0, {}))
    names = (*MONEY_OF, SIZE)
    return sum((of_sums(row["drawn"], {**row, SIZE: row["n"]}, names) for row in rows), start=of_sums(0, {}, names))


def of_sums(n: int, row: Mapping[str, Any], names: tuple[str, ...] = MONEY_OF) -> Moments:
    """Moments from an engine's sums, NAME and NAME_NAME: of money in the window and before it; what is missing is 0."""
    sums = {name: float(row.get(name) or 0.0) for name in names}
    pairs = {pair: float(row.get("_".join(pair)) or 0.0) for pair in combinations_with_replacement(names, 2)}
    return Moments.about(n, dict.fromkeys(names, 0.0), sums, pairs)
