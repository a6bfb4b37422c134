"""What a campaign claims, and what of it is proven: the campaign with the largest claim, told without crediting it."""

from __future__ import annotations

from cherish.reports._contacts import SENDS, UNNAMED
from cherish.result import Result
from cherish.story.asking import Asking
from cherish.story.pictures import campaigns as picture
from cherish.story.scene import Locked, Scene
from cherish.story.sentence import Sentence, say

TOPIC = "What a campaign claims"


def tell(asking: Asking) -> Scene | Locked:
    """The scene."""
    if not any(name in asking.facts.names for name in SENDS):
        line = 'it needs what was sent to whom, each with its "campaign"; an export of your sender brings it.'
        return Locked("campaigns", TOPIC, line)
    if not asking.has_money:
        return Locked("campaigns", TOPIC, "it needs purchases with their amounts beside what was sent.")
    name = asking.report("campaigns", **asking.money).headline["largest_claim"]
    if name is None or name == UNNAMED:
        return Locked("campaigns", TOPIC, 'what was sent names no campaign; a column "campaign" would tell.')
    found = asking.report("campaigns", campaign=name, **asking.money)
    claimed = found.headline["claimed"]
    if not found.headline["receivers"] or claimed is None or claimed <= 0:
        return Locked("campaigns", TOPIC, "nobody who got a campaign spent anything while it ran.")
    return Scene("campaigns", TOPIC, _title(asking, found), (found,), _more(asking, found), picture.of(asking, found))


def _title(asking: Asking, found: Result) -> Sentence:
    who = asking.people.of(found.headline["receivers"])
    told = say(
        f"Campaign {{name}} can claim {{claimed}}, all that the {{receivers}} {who} who got it spent while it ran; ",
        name=asking.text(found, "campaign"),
        claimed=asking.amount(found, "claimed"),
        receivers=asking.count(found, "receivers"),
    )
    return Sentence((*told.parts, *_proven(asking, found).parts))


def _proven(asking: Asking, found: Result) -> Sentence:
    verdict = found.headline["verdict"]
    if verdict == "gain proven":
        return say("drawn by lot, {caused} of it is proven.", caused=asking.amount(found, "caused"))
    if verdict == "loss proven":
        return say("drawn by lot, it is proven that it cost more than it brought in.")
    return say("not proven, for nobody knows what they would have spent without it.")


def _more(asking: Asking, found: Result) -> Sentence | None:
    head = found.headline
    if head["caused"] is not None or None in (head["others_per_head"], head["before_per_head"]):
        return None
    anyway = head["before_per_head"] > head["others_before_per_head"]
    told = say(
        "A head that was {own}, of the others {others}; before it began, {before} and {others_before}: it went to "
        + ("those who spend more anyway." if anyway else "those who were chosen for it."),
        own=asking.amount(found, "per_head"),
        others=asking.amount(found, "others_per_head"),
        before=asking.amount(found, "before_per_head"),
        others_before=asking.amount(found, "others_before_per_head"),
    )
    if head["visible_by"] is None:
        return told
    return told + say(
        "Kept from every tenth by lot from now on, it would show by {day}.", day=asking.day(found, "visible_by")
    )
