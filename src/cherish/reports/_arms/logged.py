"""Assignments from the log's own events: what the lot decided, or else the first time that an arm was shown."""

from __future__ import annotations

from typing import Any

import ibis

from cherish.errors import QuestionError, Unanswerable
from cherish.reports._arms.found import Found, held, labelled, limit, told
from cherish.reports._arms.guards import Counts
from cherish.spec.report import Run
from cherish.spec.view import View

ASSIGNED, VIEWED, CROSSED, HELD_OUT = "$arm_assigned", "Experiment Viewed", "$arms_crossed", "$holdout_assigned"
NAMES = ("experiment", "experiment_id", "experiment_name")
ARMS = ("arm", "variation_id", "variation", "variation_name", "variant")
HOLDOUTS = ("holdout", "held_out")
SINCE, UNIT = "holdout_since", "holdout_unit"
"""Since when a held-out (or free) customer had been known at the lot, and which customers were drawn as one."""
HOUR = "hour"
"""As context: the local hour of the exposure, unless a property is called so."""


def rows(
    view: View, run: Run, experiment: str | None, holdout: str | None, context: tuple[str, ...]
) -> tuple[Found, Counts]:
    """One row per customer: customer_id, arm, moment, unit, and `context.NAME`; and what was noticed.

    Raises:
        QuestionError: no experiment (or holdout) of this name, or none was named and there are several.
        Unanswerable: the log has none, an event names no arm, or an arm was shown before it was assigned.
    """
    of_holdout = holdout is not None
    kind = "holdout" if of_holdout else "experiment"
    events = _events(view, of_holdout, context)
    said = holdout if of_holdout else experiment
    name = said or _named(run, events, None, kind)
    own = events.filter(events.of == name)
    own = own.select(*(column for column in own.columns if column != "of"))
    decided = (ASSIGNED, HELD_OUT)
    about = run(
        own.group_by("name").agg(n=own.count(), nameless=own.count(where=(own.arm == "").fill_null(True)))
    ).to_pylist()
    if not about:
        # Only then are all looked at: who named it wrongly is told of what there is.
        _named(run, events, name, kind)
    there = {row["name"]: row for row in about}
    first = next((each for each in (HELD_OUT, ASSIGNED, VIEWED) if each in there), None)
    if first is None:
        raise Unanswerable(f"{kind} {name!r}: the log says that arms crossed, and not who was assigned to which")
    if there[first]["nameless"]:
        raise Unanswerable(
            f"{kind} {name!r}: {there[first]['nameless']:,} of {there[first]['n']:,} events {first!r} name no arm "
            f"(property {' or '.join(ARMS)}): who sends them must say it"
        )
    lots = own.filter(own.name == first)
    if first in decided and VIEWED in there:
        _none_early(run, lots, own.filter(own.name == VIEWED), name)
    table = None if CROSSED in there else _once(view, run, lots, context)
    if table is None:
        table = held(view, run, _firsts(lots, own.filter(own.name == CROSSED) if CROSSED in there else None, context))
    seen = run(
        table.agg(
            customers=table.count(), crossed=table.count(where=table.crossed), merged=table.count(where=table.keys > 1),
            repeated=(table.n - 1).sum(), units=table.unit.nunique(),
        )
    ).to_pylist()[0]  # fmt: skip
    shared = 0 < int(seen.pop("units") or 0) < int(seen["customers"] or 0)
    kept = table.select("customer_id", "arm", "moment", "unit", *(f"context.{each}" for each in context))
    return Found(kept, name=str(name), units=shared), told(seen)


def only(view: View, run: Run) -> str:
    """The name of the one experiment that the log tells of.

    Raises:
        QuestionError: there are several; the message names them.
        Unanswerable: there is none.
    """
    return str(_named(run, _events(view, False, ()), None, "experiment"))


def names_of(view: View, run: Run, *, holdouts: bool) -> tuple[str, ...]:
    """The holdouts, or the experiments, that events of the customers asked about name; none where there are none."""
    events, names = ((HELD_OUT,), HOLDOUTS[:1]) if holdouts else ((ASSIGNED, VIEWED), NAMES)
    have = tuple(name for name in names if name in view.facts.properties)
    if not have or not any(name in view.facts.names for name in events):
        return ()
    rows = view.events(properties=have)
    rows = rows.filter(rows.name.isin(events))
    told = run(rows.select(of=_text(rows, have, have)).distinct().order_by("of"))["of"].to_pylist()
    return tuple(each for each in told if each)


def experiments(view: View, run: Run) -> dict[str, dict[str, Any]]:
    """Every experiment that the log tells of: its customers, first and last event."""
    events = _events(view, False, ())
    found = events.filter(events.name != CROSSED)
    per = found.group_by("of").agg(
        customers=found.customer_id.nunique(), arms=found.arm.nunique(), first=found.moment.min(),
        last=found.moment.max(),
    )  # fmt: skip
    return {row.pop("of"): row for row in run(per.order_by("of")).to_pylist()}


def _events(view: View, of_holdout: bool, context: tuple[str, ...]) -> Any:
    """The events about lots: customer_id, key, name, of (the experiment or holdout), arm, moment, event_id, context."""
    names = (HELD_OUT,) if of_holdout else (ASSIGNED, VIEWED, CROSSED)
    have = view.facts.properties
    of = tuple(each for each in (HOLDOUTS[:1] if of_holdout else NAMES) if each in have)
    arms = tuple(each for each in (HOLDOUTS[1:] if of_holdout else ARMS) if each in have)
    kind = "holdout" if of_holdout else "experiment"
    if not of or not arms or not any(name in view.facts.names for name in names):
        told_of = (
            f"no {kind} in the log (events {' or '.join(names[:2])} with properties {' and '.join((*of, *arms)[:2])})"
        )
        raise Unanswerable(
            f"{told_of if of and arms else f'no {kind} in the log'}; give a table of who was assigned to which arm: "
            "assignments=FILE with the columns customer, arm and time"
        )
    told_by = tuple(dict.fromkeys(view.field(each) for each in context if not _is_hour(view, each)))
    wrong = [field for field in told_by if not field.startswith("properties.")]
    if wrong:
        raise QuestionError(f"context={wrong[0]!r}: a context is a property of the exposure; traits go with by=")
    drawn = tuple(each for each in (SINCE, UNIT) if of_holdout and each in have)
    asked = tuple(dict.fromkeys((*of, *arms, *drawn, *(field.removeprefix("properties.") for field in told_by))))
    events = view.log.events(asked)
    events = events.filter(events.name.isin(names), events.ts < limit(view), events.customer_id.notnull())
    arm = _text(events, arms, have)
    if of_holdout:
        arm = ibis.ifelse(arm.lower().isin(("true", "1", "yes", "t")), "holdout", ibis.ifelse(arm == "", "", "reached"))
    return events.select(
        "customer_id", "name", "event_id", key=events.user_id.fill_null(events.anonymous_id).fill_null(""),
        of=_text(events, of, have), arm=arm, moment=events.ts,
        **{each: _text(events, (each,), have) for each in drawn},
        **{f"context.{each}": _context(view, events, each) for each in context},
    )  # fmt: skip


def _is_hour(view: View, name: str) -> bool:
    return name == HOUR and HOUR not in view.facts.properties


def _context(view: View, events: Any, name: str) -> Any:
    if _is_hour(view, name):
        return view.calendar.local(events.ts).hour().cast("string")
    field = view.field(name)
    return labelled(events[field])


def _text(events: Any, names: tuple[str, ...], have: Any) -> Any:
    """The first of these properties that is told, as text; whole numbers without a point."""
    made = [labelled(events[f"properties.{name}"], missing="") for name in names]
    found = made[0]
    for each in made[1:]:
        found = ibis.ifelse(found == "", each, found)
    return found


def _named(run: Run, events: Any, name: str | None, kind: str) -> Any:
    there = run(events.filter(events.name != CROSSED).select("of").distinct().order_by("of"))["of"].to_pylist()
    there = [each for each in there if each]
    if name:
        if name not in there:
            listed = ", ".join(there) or "none"
            raise QuestionError(f"no {kind} is called {name!r}; the log tells of {listed}")
        return name
    if len(there) != 1:
        listed = ", ".join(there) or "none"
        raise QuestionError(f"which {kind}? Say {kind}=NAME; the log tells of {listed}")
    return there[0]


def none_early(view: View, run: Run, lots: Any, name: str) -> None:
    """Refuse assignments (customer_id, moment) of whom some were shown an arm of this experiment before.

    Raises:
        Unanswerable: there are such customers.
    """
    if VIEWED not in view.facts.names or not any(each in view.facts.properties for each in NAMES):
        return
    events = _events(view, False, ())
    _none_early(run, lots, events.filter(events.name == VIEWED, events.of == name), name)


def _none_early(run: Run, lots: Any, shown: Any, name: Any) -> None:
    first = lots.group_by("customer_id").agg(moment=lots.moment.min())
    seen = shown.group_by("customer_id").agg(seen=shown.moment.min())
    both = first.inner_join(seen, "customer_id")
    early = int(run(both.agg(n=both.count(where=both.seen < both.moment)))["n"][0].as_py() or 0)
    if early:
        raise Unanswerable(
            f"experiment {name!r}: {early:,} customers were shown an arm before they were assigned to one, so what "
            "they saw did not follow from the lot. Mend the times of $arm_assigned, or see who shows without asking"
        )


def _once(view: View, run: Run, lots: Any, context: tuple[str, ...]) -> Any | None:
    """The lots where nobody was drawn twice, as it should be: one grouping is enough. None where somebody was."""
    if SINCE in lots.columns or UNIT in lots.columns:
        return None
    carried = ["arm", *(f"context.{each}" for each in context)]
    found = lots.group_by("customer_id").agg(
        moment=lots.moment.min(), n=lots.count(), **{name: lots[name].min() for name in carried}
    )
    single = found.select(
        "customer_id", "moment", "n", keys=ibis.literal(1, type="int64"), crossed=ibis.literal(False),
        unit=ibis.null("string"), **{name: found[name] for name in carried},
    )  # fmt: skip
    single = held(view, run, single)
    most = run(single.agg(n=single.n.max()))["n"][0].as_py()
    return single if most in (None, 1) else None


def _firsts(lots: Any, crossings: Any, context: tuple[str, ...]) -> Any:
    """Each customer's first lot, by time and then by the event's id; whether another arm came later.

    Of a holdout the older one's lot stays where two customers became one.
    """
    carried = ["arm", *(f"context.{each}" for each in context), *([UNIT] if UNIT in lots.columns else [])]
    chosen = lots
    if SINCE in lots.columns:
        eldest = lots.group_by(whose="customer_id").agg(least=lots[SINCE].min())
        chosen = lots.inner_join(eldest, [lots.customer_id == eldest.whose, lots[SINCE] == eldest.least])
    at_once = chosen.group_by("customer_id", "moment").agg(
        **{name: chosen[name].argmin(chosen.event_id) for name in carried}
    )
    first = at_once.group_by("customer_id").agg(
        moment=at_once.moment.min(), **{f"first.{name}": at_once[name].argmin(at_once.moment) for name in carried}
    )
    whole = lots.group_by("customer_id").agg(n=lots.count(), arms=lots.arm.nunique(), keys=lots.key.nunique())
    found = first.inner_join(whole, "customer_id")
    crossed = found.arms > 1
    if crossings is not None:
        noted = crossings.group_by("customer_id").agg(noted=crossings.count())
        found = found.left_join(noted, "customer_id")
        crossed = (found.arms > 1) | found.noted.notnull()
    return found.select(
        "customer_id", "moment", "n", "keys", crossed=crossed, unit=_unit(found),
        **{name: found[f"first.{name}"] for name in carried if name != UNIT},
    )  # fmt: skip


def _unit(found: Any) -> Any:
    """What was drawn as one: the customers of an address, or a customer alone; null where nothing was drawn so."""
    if f"first.{UNIT}" not in found.columns:
        return ibis.null("string")
    return found[f"first.{UNIT}"].nullif("").fill_null(found.customer_id.cast("string"))
