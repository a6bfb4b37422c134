"""Where do contacts with one customer get into each other's way?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pyarrow as pa

from cherish.errors import QuestionError
from cherish.reports import _crossing as crossing
from cherish.reports._contacts import NAMED, SENDS, contacts, properties
from cherish.reports._crossing import KINDS, Told
from cherish.reports._windows import inside
from cherish.spec.definition import DURATION, NAMES, WHOLE, WINDOW, Card, parameter
from cherish.spec.names import COMPLAINTS
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.roles import role
from cherish.spec.view import View

RESOLVED = ("$conversation_resolved", "Live Chat Conversation Ended", "Complaint Resolved", "Ticket Closed")
PAYMENTS = ("Order Completed", "Payment Authorized", "Invoice Paid")
OWED = ("Checkout Started", "Product Added", "Payment Failed", "Invoice Sent")
REMINDERS = ("reminder", "cart", "checkout", "overdue", "unpaid", "dunning")


class Collisions(Report):
    """Pairs of contacts, or of a contact and what it should have heeded, per 1,000 contacts, with the campaigns in it.

    two owners         two contacts within `within` whose owners differ (a property such as owner or team)
    open complaint     a contact while a complaint is open: none of `resolved` after it, and not older than `open_for`
    after payment      a reminder (a campaign whose name holds one of `reminders`) within `paid_within` after a payment,
                       with nothing owed in between
    two prices         two offers of one product within `offers_within` at different prices

    Where no property names an owner, `owner_prefix` takes what stands before the first - _ : or / of the campaign's
    name. Each pair counts once, with the first and the second of it by campaign; the `examples` most frequent are shown
    below each kind. What the log can't tell is null, and not 0.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="1000 * pairs / contacts",
        unit="pairs",
        range=(0, None),
        direction="lower",
        nulls={
            "no_owner": "no property names an owner (owner), nor how a campaign's name begins (owner_prefix)",
            "no_complaints": "the log has no complaints",
            "no_reminders": "no campaign's name says that it reminds",
            "no_payments": "the log has no payments",
            "no_prices": "no contact names a product and a price",
        },
        apart=("contacts",),
        example='log.report("collisions", owner_prefix="yes")',
    )

    complaints: tuple[str, ...] = parameter(COMPLAINTS, "events that complain", NAMES)
    examples: int = parameter(3, "how many pairs of campaigns to show of each kind", WHOLE, least=0)
    named: tuple[str, ...] = parameter(NAMED, "properties that name a campaign, the first that is told", NAMES)
    offers_within: int = parameter(604_800, "two prices: how long apart two offers may lie", DURATION, least=1)
    open_for: int = parameter(1_209_600, "how long a complaint counts as open that nobody resolves", DURATION, least=1)
    owed: tuple[str, ...] = parameter(OWED, "events after which something is owed or left to pay", NAMES)
    owner: tuple[str, ...] = parameter(("owner", "team"), "properties that name who sent it, the first told", NAMES)
    owner_prefix: str = parameter("auto", "the campaign's beginning as owner; auto: where no property names one",
                                  choices=("auto", "yes", "no"))  # fmt: skip
    paid_within: int = parameter(604_800, "how long after a payment a reminder is one too many", DURATION, least=1)
    payments: tuple[str, ...] = parameter(PAYMENTS, "events that pay", NAMES)
    price: tuple[str, ...] = parameter(("price", "offer_price"), "properties of an offer: its price", NAMES)
    product: tuple[str, ...] = parameter(("product_id", "sku", "product"), "properties of an offer: its product", NAMES)
    reminders: tuple[str, ...] = parameter(REMINDERS, "words in the name of a campaign that reminds", NAMES)
    resolved: tuple[str, ...] = parameter(RESOLVED, "events that settle a complaint", NAMES)
    sends: tuple[str, ...] = parameter(SENDS, "events that send or deliver something", NAMES)
    window: int | None = parameter(365, "how many days back from the moment", WINDOW)
    within: int = parameter(86_400, "two owners: how long apart two contacts may lie", DURATION, least=1)

    def check(self) -> None:
        if not self.reminders:
            raise QuestionError("reminders is empty: give a word that a reminder's name holds, such as reminders=cart")

    def plan(self, view: View, run: Run) -> Plan:
        """Pairs by kind and campaigns; how many contacts there are is asked for first."""
        named = properties(view, self, "named")
        asked = {part: properties(view, self, part) for part in ("owner", "product", "price")}
        rows = contacts(view, role(view, self, "sends"), named, [name for each in asked.values() for name in each])
        rows = rows.filter(inside(view, rows.ts, self.window))
        names = run(rows.group_by("campaign").agg(n=rows.count()).order_by("campaign")).to_pylist()
        counted = sum(row["n"] for row in names)
        prefixed = self.owner_prefix == "yes" or (self.owner_prefix == "auto" and not asked["owner"])
        told = crossing.told(view, rows, [row["campaign"] for row in names], asked, prefixed, self.reminders)
        kinds, why = self._kinds(view, told)
        pairs = crossing.together(kinds, told.rows)
        return Plan(
            expression=crossing.counted(pairs, self.examples).order_by("kind", "place"),
            finish=lambda found: _finish(found.to_pylist(), counted, why),
            headline=lambda table: _headline(table, counted),
            convention=f"collisions/owner_{'prefix' if prefixed else 'property'}/within_{self.within}s/"
            f"open_{self.open_for}s/paid_{self.paid_within}s/offers_{self.offers_within}s",
            notes=self._notes(view, prefixed, told),
        )

    def _kinds(self, view: View, told: Told) -> tuple[dict[str, Any], dict[str, str]]:
        """The pairs of each kind that the log can tell, and why it can't tell the others."""
        complaints, payments = (role(view, self, each, needed=False) for each in ("complaints", "payments"))
        resolved, owed = (role(view, self, each, needed=False) for each in ("resolved", "owed"))
        why: dict[str, str] = {}
        for kind, reason, there in (
            ("two owners", "no_owner", told.owned), ("open complaint", "no_complaints", bool(complaints)),
            ("after payment", "no_reminders", told.reminding), ("after payment", "no_payments", bool(payments)),
            ("two prices", "no_prices", told.priced),
        ):  # fmt: skip
            if not there:
                why.setdefault(kind, reason)
        makes: Mapping[str, Any] = {
            "two owners": lambda: crossing.two_owners(told.rows, self.within),
            "open complaint": lambda: crossing.open_complaint(view, told.rows, complaints, resolved, self.open_for),
            "after payment": lambda: crossing.after_payment(view, told.rows, payments, owed, self.paid_within),
            "two prices": lambda: crossing.two_prices(told.rows, self.offers_within),
        }
        return {kind: make() for kind, make in makes.items() if kind not in why}, why

    def _notes(self, view: View, prefixed: bool, told: Told) -> tuple[str, ...]:
        said = []
        if prefixed and told.owned:
            said.append("The owner of a contact is taken from how its campaign's name begins; owner names a property.")
        complain, settle = (role(view, self, each, needed=False) for each in ("complaints", "resolved"))
        if complain and not settle:
            said.append("A complaint that nothing settles counts as open for the time given (open_for).")
        return tuple(said)

    def chart(self, table: Any) -> Any:
        """A bar for each kind: pairs per 1,000 contacts."""
        from cherish.reports._pictures import lying

        rows = [row for row in table.to_pylist() if row["first"] is None and row["per_1000"] is not None]
        if not rows:
            return None
        return lying([row["kind"] for row in rows], [row["per_1000"] for row in rows], "per 1,000 contacts", ",.1f")


def _finish(rows: list[dict[str, Any]], counted: int, why: Mapping[str, str]) -> Any:
    text, whole = pa.string(), pa.int64()
    kinds = {"kind": text, "first": text, "second": text, "pairs": whole, "customers": whole, "per_1000": pa.float64(),
             "per_1000_why": text}  # fmt: skip
    made: list[dict[str, Any]] = []
    for kind in KINDS:
        own = [row for row in rows if row["kind"] == kind]
        head = next((row for row in own if row["place"] == 0), None)
        if kind in why:
            made.append({"kind": kind, "per_1000_why": why[kind]})
            continue
        pairs, customers = (0, 0) if head is None else (head["pairs"], head["customers"])
        made.append({"kind": kind, "pairs": pairs, "customers": customers, "per_1000": _per(pairs, counted)})
        made += [
            {"kind": kind, "first": row["first"], "second": row["second"], "pairs": row["pairs"],
             "customers": row["customers"], "per_1000": _per(row["pairs"], counted)}
            for row in own
            if row["place"] > 0
        ]  # fmt: skip
    return pa.Table.from_pylist(made, schema=pa.schema(list(kinds.items())))


def _per(pairs: int, counted: int) -> float | None:
    return 1000 * pairs / counted if counted else None


def _headline(table: Any, counted: int) -> dict[str, Any]:
    heads = {row["kind"].replace(" ", "_"): row for row in table.to_pylist() if row["first"] is None}
    told = any(row["per_1000"] is not None for row in heads.values())
    says = {} if told else {"says": "the log can't tell of any collision yet; what it lacks stands below"}
    return {**says, "contacts": counted, **{f"{kind}_per_1000": row["per_1000"] for kind, row in heads.items()}}
