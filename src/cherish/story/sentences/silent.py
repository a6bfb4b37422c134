"""Who is silent: customers who have stayed away for more than three times as long as is usual for them."""

from __future__ import annotations

from cherish.result import Result
from cherish.story.asking import Asking
from cherish.story.pictures import silent as picture
from cherish.story.scene import Locked, Scene
from cherish.story.sentence import Part, Sentence, say

TOPIC = "Who has gone silent"


def tell(asking: Asking) -> Scene | Locked:
    """The scene."""
    found = asking.report("rhythm", **asking.money)
    known, silent = found.headline["with_rhythm"], found.headline["silent"]
    if not known:
        line = "nobody has come on four different days yet, so nobody has a rhythm to fall out of."
        return Locked("silent", TOPIC, line)
    have = "has" if silent == 1 else "have"
    title = say(
        f"{{silent}} {asking.people.of(silent)} {have} been away for more than three times their usual gap.",
        silent=asking.count(found, "silent"),
    )
    return Scene("silent", TOPIC, title, (found,), _more(asking, found), picture.of(asking, found))


def _more(asking: Asking, found: Result) -> Sentence:
    rhythm = say("{known} came often enough to have a rhythm of their own", known=asking.count(found, "with_rhythm"))
    value = found.headline["silent_value"]
    if not (asking.has_money and found.headline["silent"] and value and value > 0):
        return Sentence((*rhythm.parts, Part(".")))
    who = "the one" if found.headline["silent"] == 1 else "those"
    spent = say(
        f"; {who} now silent had spent {{value}} in the year before they stopped coming.",
        value=asking.amount(found, "silent_value"),
    )
    return Sentence((*rhythm.parts, *spent.parts))
