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
    return Scene("campaigns", TOPIC, _title(asking, found), (found,), None, picture.of(asking, found))


def _title(asking: Asking, found: Result) -> Sentence:
    head, who = found.headline, asking.people.of(found.headline["receivers"])
    more, before = head["more_share"], head["before_more_share"]
    told = {"name": asking.text(found, "campaign"), "claimed": asking.amount(found, "claimed"),
            "receivers": asking.count(found, "receivers")}  # fmt: skip
    if head["verdict"] != "not proven" or asking.few or more is None or before is None or min(more, before) <= 0:
        line = f"Campaign {{name}} can claim {{claimed}}, all that {{receivers}} {who} who got it spent; "
        claim = say(line, **told)
        return Sentence((*claim.parts, *_proven(asking, found).parts))
    return say(
        f"Campaign {{name}} can claim {{claimed}}: the {{receivers}} {who} who got it spent {{more}} more a head than "
        "the others. Not proven: before it began, they spent {before} more.",
        **told,
        more=asking.percent(found, "more_share"),
        before=asking.percent(found, "before_more_share"),
    )


def _proven(asking: Asking, found: Result) -> Sentence:
    verdict = found.headline["verdict"]
    if verdict == "gain proven":
        return say("drawn by lot, {caused} of it is proven.", caused=asking.amount(found, "caused"))
    if verdict == "loss proven":
        return say("drawn by lot, it is proven that it cost more than it brought in.")
    return say("not proven, for nobody knows what they would have spent without it.")
