"""Who comes: how many were active lately, and on an average day."""

from __future__ import annotations

from cherish.result import Result
from cherish.story import words
from cherish.story.asking import Asking
from cherish.story.pictures import active as picture
from cherish.story.scene import Scene
from cherish.story.sentence import Sentence, say

TOPIC = "Who comes"
MONTH = 28


def window(asking: Asking) -> int:
    """Four weeks, or as many days as there are."""
    found = asking.overview.headline
    if found["first_day"] is None or found["last_day"] is None:
        return MONTH
    covered: int = (found["last_day"] - found["first_day"]).days + 1
    return max(2, min(MONTH, covered))


def lately(asking: Asking) -> Result:
    """On how many days of the last weeks everybody came."""
    days = window(asking)
    return asking.report("stickiness", **({} if days == MONTH else {"window": f"{days}d"}))


def tell(asking: Asking) -> Scene:
    """The scene."""
    found = lately(asking)
    past = asking.acts.did(found.headline["mau"])
    title = say(
        f"{{active}} of {{all}} {asking.people.of(asking.customers)} {past} in the last {words.span(window(asking))}, "
        "{daily} on an average day.",
        active=asking.count(found, "mau"),
        all=asking.count(asking.overview, "customers"),
        daily=asking.mean(found, "mean_dau"),
    )
    course = asking.report("actives", last=366)
    moved = _moved(asking)
    results = (found, course) if moved is None else (found, course, moved)
    more = None if moved is None else _change(asking, moved)
    return Scene("active", TOPIC, title, results, more, picture.of(asking, course, found))


def _moved(asking: Asking) -> Result | None:
    """The last whole month against the one before, where there are two."""
    found = asking.report("growth")
    return found if found.headline.get("period") is not None and found.headline.get("active") else None


def _change(asking: Asking, found: Result) -> Sentence:
    return say(
        "In {month}, {back} came back after a pause and {new} came for the first time; {gone} of the month before "
        "stayed away.",
        month=f"{found.headline['period']:%B}",
        back=asking.few_or_none(found, "resurrected"),
        new=asking.few_or_none(found, "new"),
        gone=asking.few_or_none(found, "churned"),
    )
