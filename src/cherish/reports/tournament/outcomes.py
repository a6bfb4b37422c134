"""What happens afterwards: the outcome of each customer in the days after a cut-off, and how it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cherish.errors import QuestionError, Unanswerable
from cherish.points.fact import Fact, count, days, total
from cherish.points.rows import one_currency
from cherish.spec.names import ORDER_COMPLETED
from cherish.spec.view import View

OF_ORDERS = ("any_order", "orders", "revenue")
NAMED = (*OF_ORDERS, "retained")


@dataclass(frozen=True)
class Outcome:
    """What is to be told: one of NAMED or an event's name, in the `horizon` days that end a window."""

    name: str
    horizon: int
    active: str = "core"
    currency: str | None = None

    @property
    def of_orders(self) -> bool:
        """Whether orders decide it."""
        return self.name in OF_ORDERS

    @property
    def graded(self) -> bool:
        """Whether more of it is better (money, orders), so that the order of all counts and not a yes or no."""
        return self.name in ("revenue", "orders")

    @property
    def words(self) -> str:
        """The outcome as a sentence names it."""
        span = f"{self.horizon} days"
        if self.name == "retained":
            return f"being active in the last third of {span}"
        said = {"any_order": "any order", "orders": "the number of orders", "revenue": "net revenue"}
        return f"{said.get(self.name, self.name)} within {span}"

    @property
    def third(self) -> int:
        """The last third of the horizon, in days."""
        return -(-self.horizon // 3)

    def check(self, view: View) -> None:
        """Refuse an outcome that the log knows nothing of.

        Raises:
            Unanswerable: no orders, or money in several currencies.
            QuestionError: an unknown event, or an unknown set of active events.
        """
        if self.of_orders and not has_orders(view):
            raise Unanswerable(
                f"outcome={self.name}: the log has no orders; ask for outcome=retained, or for an event of yours: "
                f"{_listed(view)}"
            )
        if self.name == "revenue":
            one_currency(view, [self._spend])
        if self.name == "retained":
            view.active(self.active)
        elif not self.of_orders and self.name not in view.facts.names:
            raise QuestionError(
                f"outcome={self.name!r}: neither {', '.join(NAMED)} nor an event of the log; there are {_listed(view)}"
            )

    def facts(self, view: View) -> dict[str, Fact]:
        """What is counted of each customer, seen from the end of the window."""
        found: dict[str, Fact] = {}
        if has_orders(view):
            about: dict[str, Any] = {"window": self.horizon, "currency": self.currency}
            found = {"later_orders": count("orders", **about), "later_days": days("orders", **about)}
            if self.has_spend(view):
                found["later_spend"] = self._spend
        if self.name == "retained":
            names = view.names(self.active)
            found["later_acts"] = count("activity", window=self.third, names=names)
        elif not self.of_orders:
            found["later_acts"] = count("activity", window=self.horizon, names=(self.name,))
        return found

    def has_spend(self, view: View) -> bool:
        """Whether the money of the orders can be added up."""
        try:
            one_currency(view, [self._spend])
        except Unanswerable:
            return False
        return has_orders(view)

    @property
    def _spend(self) -> Fact:
        return total("orders", window=self.horizon, currency=self.currency)

    @property
    def column(self) -> str:
        """The column that decides it: above zero is yes."""
        if self.name == "revenue":
            return "later_spend"
        return "later_orders" if self.of_orders else "later_acts"

    def happened(self, table: Any) -> Any:
        """Whether it happened, as an expression on the columns of `facts`."""
        return (table[self.column] > 0).fill_null(False)

    def amounts(self, found: Mapping[str, Any]) -> tuple[Any, Any]:
        """Of arrays by column: whether it happened (bool), and how much of it (0 or 1 where that is all there is)."""
        happened = found[self.column] > 0
        return happened, found[self.column] if self.graded else happened.astype("float64")


def has_orders(view: View) -> bool:
    """Whether anything was ever ordered."""
    return view.facts.rows.get("orders", 0) > 0 or ORDER_COMPLETED in view.facts.names


def _listed(view: View) -> str:
    return ", ".join(sorted(view.facts.names)[:12])
