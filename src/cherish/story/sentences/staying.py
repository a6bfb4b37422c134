"""Who stays: how many of the newcomers came back in the next month."""

from __future__ import annotations

from datetime import date

from cherish.result import Result
from cherish.spec.periods import Unit, step
from cherish.story.asking import Asking
from cherish.story.pictures import staying as picture
from cherish.story.scene import Locked, Scene
from cherish.story.sentence import say
from cherish.verify import Selector

TOPIC = "Who stays"
CROWD = 1.5
"""A first period with so many times the newcomers of the second holds many who were there before the data begin."""
AVERAGE = {"average": "pooled", "bucket": "1"}


def unit_of(asking: Asking) -> Unit:
    """Months where there are at least three of them, else weeks, else days."""
    found = asking.overview.headline
    days = (found["last_day"] - found["first_day"]).days + 1 if found["first_day"] else 0
    return "month" if days >= 89 else "week" if days >= 21 else "day"


def tell(asking: Asking) -> Scene | Locked:
    """The scene."""
    unit = unit_of(asking)
    everybody = asking.report("retention", unit=unit)
    rows = [row for row in everybody.table.to_pylist() if row["bucket"] == 1 and row["mature"]]
    first = next((row for row in rows if row["cohort"] is not None), None)
    if first is None:
        return Locked("staying", TOPIC, f"no newcomer has been followed for a whole {unit} yet; more days would tell.")
    second = next((row for row in rows if row["cohort"] is not None and row["cohort"] > first["cohort"]), None)
    if second is None or first["size"] <= CROWD * second["size"]:
        return _all(asking, everybody, unit)
    return _later(asking, everybody, first["cohort"], unit)


def _all(asking: Asking, found: Result, unit: Unit) -> Scene:
    who = "newcomer" if _next(found, "mature") == 1 else "newcomers"
    did = asking.acts.did(_next(found, "retained"))
    when = "on the next day" if unit == "day" else f"in the next {unit}"
    title = say(
        f"Of {{newcomers}} {who}, {{back}}{_share(asking)} {did} again {when}.",
        newcomers=asking.count(found, Selector(column="mature", row=AVERAGE)),
        back=asking.few_or_none(found, Selector(column="retained", row=AVERAGE)),
        share=asking.percent(found, Selector(column="rate", row=AVERAGE)),
    )
    return Scene("staying", TOPIC, title, (found,), None, picture.of(asking, found, unit))


def _later(asking: Asking, everybody: Result, start: date, unit: Unit) -> Scene:
    """Where most were there when the data begin, newcomers are those first seen afterwards."""
    found = asking.report("retention", unit=unit, since=step(start, unit).isoformat())
    scene = _all(asking, found, unit)
    row = {"cohort": start.isoformat(), "bucket": "1"}
    more = say(
        f"Counted are {asking.people.many} first seen after {{start}}, when the data begin; of the {{old}} seen in "
        f"that {unit}, {{back}}{_share(asking)} did.",
        start=_period(start, unit),
        old=asking.count(everybody, Selector(column="mature", row=row)),
        back=asking.few_or_none(everybody, Selector(column="retained", row=row)),
        share=asking.percent(everybody, Selector(column="rate", row=row)),
    )
    return Scene("staying", TOPIC, scene.title, (found, everybody), more, scene.picture)


def _share(asking: Asking) -> str:
    return "" if asking.few else " ({share})"


def _next(found: Result, column: str) -> int:
    """The count in this column, of all newcomers in the period after their first."""
    rows = found.table.to_pylist()
    return next(int(row[column]) for row in rows if row["average"] is not None and row["bucket"] == 1)


def _period(start: date, unit: Unit) -> str:
    return f"{start:%B %Y}" if unit == "month" else f"the {unit} of {start.day} {start:%B %Y}"
