"""Where the money comes from: how few make half of it, and what the largest tenth brings."""

from __future__ import annotations

from cherish.result import Result
from cherish.story.asking import FEW, Asking
from cherish.story.pictures import money as picture
from cherish.story.scene import Locked, Scene
from cherish.story.sentence import say
from cherish.verify import Selector

TOPIC = "Where the money comes from"


def tell(asking: Asking) -> Scene | Locked:
    """The scene."""
    if not asking.has_money:
        line = 'it needs a column with the amount of each purchase ("amount"; better with "order_id" and "currency").'
        return Locked("money", TOPIC, line)
    found = asking.report("concentration", **asking.money)
    if not found.headline["value"] or found.headline["value"] <= 0:
        return Locked("money", TOPIC, "nobody spent anything in the last 365 days; newer data would tell.")
    tell_all = _half if found.headline["buyers"] < FEW else _tenths
    return tell_all(asking, found)


def _half(asking: Asking, found: Result) -> Scene:
    buyers = found.headline["buyers"]
    who = asking.people.of(buyers)
    title = say(
        f"Half of the {{value}} spent in the last 365 days came from {{half}} of {{buyers}} {who}.",
        value=asking.amount(found, "value"),
        half=asking.count(found, "half_customers"),
        buyers=asking.count(found, "buyers"),
    )
    return Scene("money", TOPIC, title, (found,), None, picture.of(asking, found))


def _tenths(asking: Asking, found: Result) -> Scene:
    last = found.table["part"].to_pylist()[-1]
    title = say(
        "The tenth that spent most brought {top} of the money, the tenth that spent least {least}.",
        top=asking.percent(found, "top_share"),
        least=asking.percent(found, Selector(column="share", row={"part": str(last)})),
    )
    more = say(
        f"Half of the {{value}} spent in the last 365 days came from {{half}} of {{buyers}} {asking.people.many}.",
        value=asking.amount(found, "value"),
        half=asking.count(found, "half_customers"),
        buyers=asking.count(found, "buyers"),
    )
    return Scene("money", TOPIC, title, (found,), more, picture.of(asking, found))
