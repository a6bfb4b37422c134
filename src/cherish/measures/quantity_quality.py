"""How much does the customer have to do with us, and how well does it go?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from cherish.errors import QuestionError
from cherish.measures._answers import answers
from cherish.points.fact import Fact, count, total
from cherish.points.measure import Fit, Measure, Moment, Value, frozen
from cherish.points.percentiles import learn, of_counts, percentile
from cherish.points.relations.prompted import Prompted
from cherish.spec.definition import NAMES, WHOLE, WINDOW, Card, parameter
from cherish.spec.names import ANSWERS, MESSAGE_CLICKS, is_company_act
from cherish.spec.roles import role
from cherish.spec.view import View


class QuantityQuality(Measure):
    """Two percentiles: of how many interactions the customer initiated, and of how satisfied they left the customer.

    Both are columns of their own; the value, their mean, only stands beside them, because a mean hides which of the two
    is low. Interactions are the customer's own acts without a click on a message shortly before, and never what the
    company sends. Quality is the mean answer to a
    question about satisfaction in the same window; who did not answer has no value. The cuts are frozen with the
    result.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="mean of percentile(own interactions) and percentile(mean satisfaction)",
        unit="percentile",
        range=(0, 100),
        direction="higher",
        nulls={"quality_unknown": "no valid answer about satisfaction in the window"},
        needs=("customer", "time", "answers"),
        example='log.measure("quantity_quality", window="180d")',
    )

    active: str = parameter("core", "the named set of events that are interactions, or event names joined by |")
    clicks: tuple[str, ...] = parameter(MESSAGE_CLICKS, "events of clicking on a message", NAMES)
    satisfaction: str = parameter("satisfaction", "the instrument (or instrument.item) that asks about satisfaction")
    window: int | None = parameter(365, "how many days back from the moment", WINDOW)
    within: int = parameter(24, "for how many hours after a click an interaction is prompted", WHOLE, least=1)

    def facts(self, view: View) -> Mapping[str, Fact]:
        rows = answers(view, self.satisfaction)
        rows.rows(view)
        return {
            "interactions": self._initiated(view),
            "answers": count(rows, where="valid", window=self.window),
            "score": total(rows, "score", where="valid", window=self.window),
        }

    def _initiated(self, view: View) -> Fact:
        """How many of the customer's own acts no click on a message came before; answers are not acts but quality."""
        clicks = role(view, self, "clicks", needed=False)
        acts = view.active(self.active).events
        acts = tuple(name for name in acts if name not in (*clicks, *ANSWERS) and not is_company_act(name))
        if not acts:
            raise QuestionError(
                f"active={self.active}: nothing is left but clicks, answers and what the company does; "
                f"there are {', '.join(sorted(view.facts.names))}"
            )
        if not clicks:
            return count("activity", names=acts, window=self.window)
        return count(Prompted(acts, clicks, self.within * 3600), where="initiated", window=self.window)

    def fit(self, facts: Any, moment: Moment, run: Callable[[Any], Any]) -> Fit | None:
        given = self._given(facts)
        return frozen({"steps": learn(facts.population.select(**given), given, run)})

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        steps = {} if fit is None else fit.values["steps"]
        given = self._given(facts)
        ranks = {
            "quantity": of_counts(given["quantity"], steps.get("quantity", ())),
            "quality": percentile(given["quality"], steps.get("quality", ())),
        }
        both = (ranks["quantity"] + ranks["quality"]) / 2.0
        parts = {**ranks, "interactions": facts.interactions, "satisfaction": given["quality"]}
        return Value(y=both, nulls={"quality_unknown": facts.answers == 0}, known=parts)

    def _given(self, facts: Any) -> dict[str, Any]:
        return {"quantity": facts.interactions, "quality": facts.score / facts.answers.nullif(0)}

    def convention(self, view: View) -> str:
        return f"quantity_quality/{view.active(self.active)}/{self.satisfaction}_mean/frozen_percentiles"
