"""What does a contact cost, and what is left after it?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import ibis

from cherish.errors import QuestionError
from cherish.points.fact import total
from cherish.points.rows import one_currency
from cherish.reports._contacts import CLICKS, NAMED, SENDS, UNNAMED, contacts, properties, text_of
from cherish.reports._pictures import lying
from cherish.reports.campaigns import Campaigns
from cherish.spec.definition import NAMES, REAL, WHOLE, WINDOW, Card, parameter
from cherish.spec.names import REPLIES
from cherish.spec.numbers import number_of
from cherish.spec.plan import Later, Plan
from cherish.spec.report import Report, Run
from cherish.spec.roles import role
from cherish.spec.view import View

COSTS = ("cost", "price_paid")


class ContactCosts(Report):
    """Per campaign: what its contacts cost, per contact and per response, and the profit after that cost.

    cost            the sum of a property of the sends (`cost`), else contacts times `each`
    profit_claimed  margin * all that receivers spent while it ran - cost: what the campaign can claim, and no more
    profit_caused   margin * what it caused by lot - cost, with its interval; null where nobody was drawn by lot

    The claim and the cause are those of the report `campaigns`, over the same windows. Only the second one is a reason
    to send again. Without a margin no profit is told: money is not profit.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="profit = margin * money - cost; cost per response = cost / responses",
        unit="money",
        nulls={
            "no_cost": "no property of the sends tells a cost, and none was given (each)",
            "no_responses": "nobody responded",
            "no_margin": "no margin was given",
            "not_proven": "nobody was drawn by lot, or the lot can't be read yet: what it caused is not proven",
        },
        needs=("customer", "time", "orders"),
        apart=("contacts", "responses"),
        example='log.report("contact_costs", each="0.01", margin="0.3")',
    )

    cost: tuple[str, ...] = parameter(COSTS, "properties of a send: its cost, the first that is told", NAMES)
    currency: str | None = parameter(None, "keep only money in this currency")
    each: float | None = parameter(None, "what a contact costs where its send doesn't tell", REAL, least=0.0)
    margin: float | None = parameter(None, "the part of money that is profit: 0.3", REAL, least=0.0)
    named: tuple[str, ...] = parameter(NAMED, "properties that name a campaign, the first that is told", NAMES)
    responses: tuple[str, ...] = parameter((*CLICKS, *REPLIES), "events that respond to what was sent", NAMES)
    sends: tuple[str, ...] = parameter(SENDS, "events that send or deliver something", NAMES)
    top: int = parameter(20, "how many campaigns to show, those with the most receivers", WHOLE, least=1)
    window: int = parameter(28, "length of a campaign's window where sends don't tell its end", WINDOW)

    def check(self) -> None:
        if self.margin is not None and self.margin > 1:
            raise QuestionError(f"margin={self.margin:g}: it is the part of money that is profit, such as 0.3")

    def plan(self, view: View, run: Run) -> Plan:
        """Contacts, costs and responses by campaign; claims and causes are those of `campaigns`."""
        one_currency(view, [total("orders", currency=self.currency)])
        named, costs = properties(view, self, "named"), properties(view, self, "cost")
        claims = self._claims(view, run)
        told: dict[str, Any] = {}

        def finish(rows: Any) -> Any:
            by_campaign = {row["campaign"]: row for row in rows.to_pylist()}
            found = [self._row(claim, by_campaign.get(claim["campaign"], {}), costs) for claim in claims]
            told.update(_figures(found))
            return _table(found)

        return Plan(
            expression=self._costs(view, named, costs),
            finish=finish,
            headline=lambda table: dict(told),
            convention=f"contact_costs/{costs[0] if costs else 'given'}/window_told_or_{self.window}d/margin_"
            f"{'none' if self.margin is None else f'{self.margin:g}'}",
            notes=Later(lambda: self._notes(claims)),
        )

    def _claims(self, view: View, run: Run) -> list[dict[str, Any]]:
        shared = {name: getattr(self, name) for name in ("currency", "named", "sends", "top", "window")}
        plan = Campaigns.of(**shared).plan(view, run)
        rows: list[dict[str, Any]] = plan.finish(run(plan.expression)).to_pylist()
        return rows

    def _costs(self, view: View, named: tuple[str, ...], costs: tuple[str, ...]) -> Any:
        rows = contacts(view, role(view, self, "sends"), named, costs)
        cost = ibis.null("float64")
        for name in reversed(costs):
            cost = number_of(rows[name]).fill_null(cost)
        told = rows.select("campaign", cost=cost)
        sent = told.group_by("campaign").agg(
            contacts=told.count(), told=told.cost.count(), cost=told.cost.sum().fill_null(0.0)
        )
        names = role(view, self, "responses", needed=False)
        events = view.events(properties=named)
        answers = events.filter(events.name.isin(names or ("",)))
        answers = answers.select(answered=text_of(answers, named).fill_null(UNNAMED))
        counted = answers.group_by("answered").agg(responses=answers.count())
        joined = sent.left_join(counted, sent.campaign == counted.answered)
        return joined.select(*sent.columns, responses=joined.responses.fill_null(0)).order_by("campaign")

    def _row(self, claim: Mapping[str, Any], sent: Mapping[str, Any], costs: tuple[str, ...]) -> dict[str, Any]:
        count, untold = sent.get("contacts", 0), sent.get("contacts", 0) - sent.get("told", 0)
        known = not untold or self.each is not None
        cost = sent.get("cost", 0.0) + untold * (self.each or 0.0) if known else None
        responses = sent.get("responses", 0)
        claimed = None if cost is None or self.margin is None else self.margin * float(claim["claimed"]) - cost
        caused = [
            None if cost is None or self.margin is None or claim[name] is None else self.margin * claim[name] - cost
            for name in ("caused", "caused_low", "caused_high")
        ]
        no_money = "no_cost" if cost is None else "no_margin" if self.margin is None else None
        return {
            "campaign": claim["campaign"], "receivers": claim["receivers"], "contacts": count, "responses": responses,
            "cost": cost, "cost_why": None if known else "no_cost",
            "cost_per_contact": None if cost is None or not count else cost / count,
            "cost_per_response": None if cost is None or not responses else cost / responses,
            "cost_per_response_why": None if cost is not None and responses else
            ("no_cost" if cost is None else "no_responses"),
            "profit_claimed": claimed, "profit_claimed_why": no_money, "profit_caused": caused[0],
            "profit_caused_low": caused[1], "profit_caused_high": caused[2],
            "profit_caused_why": no_money or ("not_proven" if caused[0] is None else None), "verdict": claim["verdict"],
        }  # fmt: skip

    def _notes(self, claims: list[dict[str, Any]]) -> tuple[str, ...]:
        said = ["A claim is all that receivers spent while the campaign ran; it says nothing of what they would have "
                "spent without it."]  # fmt: skip
        if any(not claim["drawn_by_lot"] for claim in claims):
            said.append("Where receivers were not drawn by lot, the profit that a campaign caused is not proven.")
        return tuple(said)

    def chart(self, table: Any) -> Any:
        """What a contact costs, a bar for each campaign."""
        rows = [row for row in table.to_pylist() if row["cost_per_contact"] is not None]
        if not rows:
            return None
        names = [str(row["campaign"]) for row in rows]
        return lying(names, [row["cost_per_contact"] for row in rows], "cost per contact", ",.4~f")


def _table(rows: list[dict[str, Any]]) -> Any:
    import pyarrow as pa

    number, whole, text = pa.float64(), pa.int64(), pa.string()
    kinds = {
        "campaign": text, "receivers": whole, "contacts": whole, "responses": whole, "cost": number, "cost_why": text,
        "cost_per_contact": number, "cost_per_response": number, "cost_per_response_why": text,
        "profit_claimed": number, "profit_claimed_why": text, "profit_caused": number, "profit_caused_low": number,
        "profit_caused_high": number, "profit_caused_why": text, "verdict": text,
    }  # fmt: skip
    return pa.Table.from_pylist(rows, schema=pa.schema(list(kinds.items())))


def _figures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    known = [row for row in rows if row["cost"] is not None]
    cost, count = sum(row["cost"] for row in known), sum(row["contacts"] for row in known)
    responses = sum(row["responses"] for row in known)
    proven = sum(row["profit_caused_low"] is not None and row["profit_caused_low"] > 0 for row in rows)
    return {
        "contacts": sum(row["contacts"] for row in rows), "cost": cost if known else None,
        "cost_per_contact": cost / count if count else None,
        "cost_per_response": cost / responses if responses else None,
        "note": f"a profit after contact is proven for {proven:,} of {len(rows):,} campaigns",
    }  # fmt: skip
