"""How much of what the customer does comes from the customer, and how much from a message just clicked?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cherish.errors import Unanswerable
from cherish.points.fact import Fact, count
from cherish.points.measure import Fit, Measure, Moment, Value
from cherish.points.relations.prompted import Prompted
from cherish.spec.definition import NAMES, WHOLE, WINDOW, Card, parameter
from cherish.spec.names import MESSAGE_CLICKS, is_company_act
from cherish.spec.roles import role
from cherish.spec.view import View


class CustomerInitiated(Measure):
    """Share of the customer's interactions in the window that no click on a message came just before.

    An interaction is prompted when the customer clicked on a message of ours less than `within` hours before it, or at
    the very same instant; all others are initiated: a click exactly `within` hours before prompts no longer. The
    clicks themselves are the prompts and are not counted. What the company does is never an interaction.
    """

    card: ClassVar[Card] = Card(
        family="O",
        formula="initiated / (initiated + prompted); prompted: a click on a message in (t - within, t]",
        unit="share of interactions",
        range=(0, 1),
        direction="higher",
        nulls={"no_interactions": "no interaction in the window, so there is nothing to take a share of"},
        needs=("customer", "time", "clicks"),
        example='log.measure("customer_initiated", within="72")',
    )

    active: str = parameter("core", "the named set of events that are interactions, or event names joined by |")
    clicks: tuple[str, ...] = parameter(MESSAGE_CLICKS, "events of clicking on a message", NAMES)
    window: int | None = parameter(90, "how many days back from the moment", WINDOW)
    within: int = parameter(24, "for how many hours after a click an interaction is prompted", WHOLE, least=1)

    def facts(self, view: View) -> Mapping[str, Fact]:
        clicks = role(view, self, "clicks")
        acts = tuple(
            name for name in view.active(self.active).events if name not in clicks and not is_company_act(name)
        )
        if not acts:
            raise Unanswerable(
                f"active={self.active}: nothing is left but clicks and what the company does; "
                f"there are {', '.join(sorted(view.facts.names))}"
            )
        rows = Prompted(acts, clicks, self.within * 3600)
        return {
            name: count(rows, where=name, window=self.window) for name in ("initiated", "prompted")
        }  # fmt: skip

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        both = facts.initiated + facts.prompted
        return Value(
            y=facts.initiated, x=both, nulls={"no_interactions": both == 0}, parts={"prompted": facts.prompted}
        )

    def convention(self, view: View) -> str:
        return f"customer_initiated/{view.active(self.active)}/no_click_within_{self.within}h"
