"""A lot that decided who was engaged: what each customer spent before it and afterwards, by arm."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
from numpy.typing import NDArray

from cherish.errors import QuestionError, Unanswerable
from cherish.points import personal
from cherish.points.measure import Asked, Measure
from cherish.reports._arms import Assigned, assigned
from cherish.reports._arms.found import limit
from cherish.reports._arms.logged import experiments, names_of
from cherish.reports._sound import surely_unsound
from cherish.reports.seven_questions.asking import Asking
from cherish.reports.seven_questions.past import Flags
from cherish.reports.tournament.frames import Floats
from cherish.spec.registry import find

NOBODY = (
    "nobody was held out and no dose was drawn by lot, so what engaging somebody brings is not known, whatever opens, "
    "clicks and orders say"
)


@dataclass(frozen=True)
class Trial:
    """Everybody whose days afterwards are over: engaged or not, money before and after, and the half they are in."""

    name: str
    arm: str
    control: str
    engaged: Flags
    before: Floats
    after: Floats
    half: Flags
    unfinished: int

    @property
    def n(self) -> int:
        """How many there are."""
        return int(self.engaged.size)


def found(asking: Asking) -> Trial:
    """The trial that was named, or the only one there is.

    Raises:
        Unanswerable: there is none, or it is not over for anybody.
        QuestionError: several, and none was named.
    """
    drawn = lots(asking)
    if drawn is None:
        raise Unanswerable(NOBODY)
    if not drawn.timed:
        raise Unanswerable(f"{drawn.name}: nothing says when customers were assigned; add a column time to the file")
    uneven = surely_unsound(asking.view, asking.run, drawn)
    if uneven:
        raise Unanswerable(
            f"{drawn.name} can't be read: its arms are not as large as the lot made them ({uneven}), so not the lot "
            "alone decided who is where"
        )
    arm = max(drawn.treated, key=lambda each: (drawn.report.arms[each], each))
    table = drawn.table.filter(drawn.table.arm.isin((arm, drawn.control)), drawn.table.moment.notnull())
    done = table.filter(table.moment + ibis.interval(days=asking.days) <= limit(asking.view))
    rows = asking.run(_measured(asking, done))
    if not rows.num_rows:
        raise Unanswerable(
            f"{drawn.name}: for nobody are {asking.days} days over since the lot; ask again then, or with a "
            "shorter horizon"
        )
    every = int(asking.run(table.agg(n=table.count()))["n"][0].as_py())
    engaged = np.array([each == arm for each in rows["arm"].to_pylist()], dtype=np.bool_)
    before, after = (_floats(rows[name]) for name in ("before", "after"))
    half = np.array([_half(each) for each in rows["customer"].to_pylist()], dtype=np.bool_)
    order = np.lexsort((half, after, before, engaged))
    return Trial(
        drawn.name, arm, drawn.control, engaged[order], before[order], after[order], half[order], every - rows.num_rows
    )


def lots(asking: Asking) -> Assigned | None:
    """Who was assigned by the lot that was named, or by the only one there is; None where there is none.

    Raises:
        QuestionError: several, and none was named.
    """
    view, run, name = asking.view, asking.run, asking.trial
    if asking.assignments is not None:
        return assigned(view, run, assignments=asking.assignments)
    holdouts, tests = names_of(view, run, holdouts=True), _experiments(asking)
    if name is None and len(holdouts) + len(tests) > 1:
        there = ", ".join((*holdouts, *tests))
        raise QuestionError(f"several lots were drawn: {there}; say which of them is engagement (trial=NAME)")
    if name in holdouts or (name is None and holdouts):
        return assigned(view, run, holdout=name or holdouts[0])
    return None if name is None and not tests else assigned(view, run, experiment=name)


def _experiments(asking: Asking) -> tuple[str, ...]:
    try:
        return tuple(each for each in experiments(asking.view, asking.run) if each)
    except Unanswerable:
        return ()


def _measured(asking: Asking, lots: Any) -> Any:
    """customer, arm, and money in equally many days before and after the moment of the lot."""
    window = f"{asking.days}d"
    money: Measure = find("measure", "monetary").of(window=window)  # type: ignore[assignment]  # a measure, by its registry
    points = lots.select("customer_id", "moment", "arm", point=lots.customer_id)
    later = points.mutate(moment=points.moment + ibis.interval(days=asking.days))
    columns = ("point", "customer_id", "moment")
    before = personal.evaluate(asking.view, points.select(*columns), [Asked("m", money)])
    after = personal.evaluate(asking.view, later.select(*columns), [Asked("m", money)])
    both = before.select("point", before=before.m_y.cast("float64")).inner_join(
        after.select("point", after=after.m_y.cast("float64")), "point"
    )
    named = points.select("point", "arm").inner_join(both.select("point", "before", "after"), "point")
    people = asking.view.customers().select("customer", point="customer_id")
    return named.select("point", "arm", "before", "after").inner_join(people, "point").drop("point")


def _half(customer: str) -> bool:
    """Which half somebody is in, whatever they do: by the digest of the own id, the same on every machine."""
    return bool(hashlib.md5(f"seven questions/{customer}".encode(), usedforsecurity=False).digest()[0] & 1)


def _floats(column: Any) -> NDArray[np.float64]:
    values = np.asarray(column.combine_chunks().to_numpy(zero_copy_only=False), dtype=np.float64)
    return np.nan_to_num(values)
