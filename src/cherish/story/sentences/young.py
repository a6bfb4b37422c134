"""Mostly the young? For how many an age is known comes first."""

from __future__ import annotations

import re

from cherish.reports.segments import upper
from cherish.result import Result
from cherish.story.asking import Asking
from cherish.story.pictures import young as picture
from cherish.story.scene import Locked, Scene
from cherish.story.sentence import Sentence, say

TOPIC = "Mostly the young?"
YOUNG = 35
ALIKE = 1.1
BANDS = "25|35|45|55|65"
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_AGE = re.compile(r"(^|_|\b)age($|_|\b)", re.I)


def trait_of(asking: Asking) -> str | None:
    """The trait that holds an age or a band of ages."""
    names = sorted(asking.facts.traits, key=lambda name: (name.lower() != "age", len(name), name))
    return next((name for name in names if _is_age(name)), None)


def tell(asking: Asking) -> Scene | Locked:
    """The scene."""
    trait = trait_of(asking)
    if trait is None:
        return Locked("young", TOPIC, _missing(asking))
    bands = {} if asking.facts.traits[trait] == "string" else {"bands": BANDS}
    found = asking.report("segments", by=f"traits.{trait}", split=YOUNG, **bands, **asking.money)
    if not found.headline["known"]:
        return Locked("young", TOPIC, f"the column {trait!r} is empty; filled, it would tell.")
    known, below = found.headline["known"], found.headline["below"]
    every = known == found.headline["customers"]
    who = asking.people
    are = "is" if below == 1 else "are"
    coverage = "" if asking.few or every else " ({coverage})"
    title = say(
        f"An age is known for {{known}} of {{customers}} {who.of(asking.customers)}{coverage}; "
        f"{{below}} of them {are} under {YOUNG}.",
        known=asking.count(found, "known"),
        customers=asking.count(found, "customers"),
        coverage=asking.percent(found, "known_share"),
        below=asking.count(found, "below"),
    )
    return Scene("young", TOPIC, title, (found,), _different(asking, found), picture.of(asking, found, _young(found)))


def _missing(asking: Asking) -> str:
    inside = sorted(name for name in asking.facts.properties if _is_age(name))
    if inside:
        return f'"{inside[0]}" came with what they did; put it in a file of its own, one customer a row, and give both.'
    return 'it needs a column "age" (a number, or a band such as 25-34) in a file with one customer a row.'


def _is_age(name: str) -> bool:
    return bool(_AGE.search(_CAMEL.sub("_", name)))


def _young(found: Result) -> frozenset[str]:
    return frozenset(label for label in found.table["label"].to_pylist() if upper(label) < YOUNG)


def _different(asking: Asking, found: Result) -> Sentence | None:
    """How those of known age differ from the others, or, where all are known, the young from the rest."""
    if asking.few:
        return None
    every = found.headline["known"] == found.headline["customers"]
    ours, theirs = ("below", "above") if every else ("known", "unknown")
    whose = f"Those under {YOUNG}" if every else "Those of known age"
    others = "the others"
    heads = [found.headline[f"{whom}_value_per_head"] for whom in (ours, theirs)]
    if asking.has_money and all(head is not None and head > 0 for head in heads):
        alike = every or max(heads) <= ALIKE * min(heads)
        tail = "." if alike else ": they don't speak for everybody."
        return say(
            f"{whose} spent {{ours}} a head in the last 365 days, {others} {{theirs}}{tail}",
            ours=asking.amount(found, f"{ours}_value_per_head"),
            theirs=asking.amount(found, f"{theirs}_value_per_head"),
        )
    if found.headline[f"{ours}_active_share"] is None or found.headline[f"{theirs}_active_share"] is None:
        return None
    return say(
        f"{whose}: {{ours}} {asking.acts.past} in the last four weeks; {others}: {{theirs}}.",
        ours=asking.percent(found, f"{ours}_active_share"),
        theirs=asking.percent(found, f"{theirs}_active_share"),
    )
