"""Which part does a member play in the community: creator, contributor, lurker, or none?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import ibis

from cherish.points.fact import Fact, count
from cherish.points.measure import Fit, Measure, Moment, Value
from cherish.points.relations.traits import Traits
from cherish.points.states import ROLES, OfCommunity
from cherish.spec.definition import Card, Source
from cherish.spec.roles import any_of, role
from cherish.spec.view import View


class CommunityRole(OfCommunity, Measure):
    """The role that a member plays in the window.

    creator       started at least one piece of content
    contributor   started nothing, but answered, commented, reacted or edited at least once
    lurker        was there at least once and did none of these
    inactive      a member who was not there; never the same as a lurker

    With `lurker_posts=k` whoever posted (started or contributed) at most k times counts as a lurker, as in studies of
    lurking. Members are those who joined at any time before; where no event says who did, everybody is one. Where
    visits are not recorded, lurkers and inactive members can't be told apart, and have no role. `also` is for what is
    known of people and not of events, such as a count of votes; traits have no date, so it goes with `window=all`.
    """

    card: ClassVar[Card] = Card(
        family="N",
        formula="creator: created >= 1; contributor: created = 0, contributed >= 1; lurker: visits >= 1 and neither",
        unit="role",
        range=(0, 3),
        direction="higher",
        source=Source("Nonnecke & Preece", 2000, "Lurker demographics: counting the silent"),
        nulls={
            "not_a_member": "did not join the community",
            "visits_unknown": "posted nothing, and the log has no visits by which to tell lurkers from the inactive",
        },
        example='log.measure("community_role", lurker_posts="1")',
    )
    stages: ClassVar[tuple[str, ...]] = ROLES

    def facts(self, view: View) -> Mapping[str, Fact]:
        found = {**any_of(view, self, "creates", "contributes"), "visits": role(view, self, "visits", needed=False)}
        facts = {key: count("activity", window=self.window, names=names) for key, names in found.items() if names}
        joined = role(view, self, "joined", needed=False)
        if joined:
            facts["joined"] = count("activity", names=joined)
        if self.also:
            facts["also"] = count(Traits.parse(view, self.also))
        return facts

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        none = ibis.literal(0, type="int64")
        created, visits = (getattr(facts, name, none) for name in ("creates", "visits"))
        contributed = getattr(facts, "contributes", none) + getattr(facts, "also", none)
        posted = created + contributed
        more = posted > self.lurker_posts
        was_there = (visits > 0) | (posted > 0)
        code = ibis.cases((more & (created > 0), 3), (more, 2), (was_there, 1), else_=0).cast("int64")
        nulls = {"not_a_member": facts.joined == 0} if hasattr(facts, "joined") else {}
        if not hasattr(facts, "visits"):
            nulls["visits_unknown"] = posted == 0
        return Value(y=code, nulls=nulls, parts={"created": created, "contributed": contributed})

    def notes(self, view: View) -> tuple[str, ...]:
        """What the log can't tell."""
        said = []
        if not role(view, self, "joined", needed=False):
            said.append("No event says who joined the community, so every customer counts as a member.")
        if not role(view, self, "visits", needed=False):
            said.append("No event shows a visit, so lurkers and inactive members can't be told apart.")
        if self.also and self.window is not None:
            said.append("Traits have no date: those of `also` count in every window.")
        return tuple(said)

    def convention(self, view: View) -> str:
        joined = "joined" if role(view, self, "joined", needed=False) else "everybody"
        return f"community_role/{joined}/lurker_up_to_{self.lurker_posts}_posts"
