"""What the average hides: those who came once, and the regulars."""

from __future__ import annotations

from cherish.story import words
from cherish.story.asking import Asking
from cherish.story.pictures import habit as picture
from cherish.story.scene import Locked, Scene
from cherish.story.sentence import say
from cherish.story.sentences.active import lately, window
from cherish.verify import Selector

TOPIC = "What the average hides"
REGULAR = 4


def tell(asking: Asking) -> Scene | Locked:
    """The scene."""
    found = lately(asking)
    if not found.headline["mau"]:
        line = f"nobody was active in the last {words.span(window(asking))}; newer data would tell."
        return Locked("habit", TOPIC, line)
    once = Selector(column="customers", row={"active_days": "1"})
    often = min(REGULAR, window(asking))
    regular = Selector(column="customers_at_least", row={"active_days": str(often)})
    did = asking.acts.did(found.headline["mau"])
    title = say(
        f"Of the {{active}} who {did}, {{once}} came on a single day and {{regular}} on {_number(often)} days or more.",
        active=asking.count(found, "mau"),
        once=asking.few_or_none(found, once),
        regular=asking.few_or_none(found, regular),
    )
    return Scene("habit", TOPIC, title, (found,), None, picture.of(asking, found, often))


def _number(days: int) -> str:
    return {2: "two", 3: "three", 4: "four"}[days]
