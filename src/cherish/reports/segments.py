"""How do groups of customers differ, and for how many is the group known at all?"""

from __future__ import annotations

import re
from typing import Any, ClassVar

import ibis
import pyarrow as pa

from cherish.errors import QuestionError
from cherish.points.fact import total
from cherish.points.rows import at_moment, in_currency, mixed, unsummed
from cherish.reports._pictures import lying
from cherish.reports.rhythm import silence
from cherish.spec.definition import NAMES, REAL, WHOLE, WINDOW, Card, parameter
from cherish.spec.plan import Plan
from cherish.spec.relations import MONEY
from cherish.spec.report import Report, Run
from cherish.spec.view import UNKNOWN, View

OTHER = "other"
_SUMS = ("customers", "active", "value", "with_rhythm", "silent")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Segments(Report):
    """Customers by a trait: how many, how many active, their money a head, and how many silent against own rhythm.

    Everybody is in the table: those whose trait is not known are the last row, and shares of customers are of those
    for whom it is. Traits are as known now. Labels beyond `top` are brought together as `other`; with `bands` a trait
    of numbers is cut into bands first. `split` compares the labels that end below a number (19-24, under 35, 28) with
    the rest of those known.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="per label: |active in window| / |customers|, money / |customers|, |silent| / |with rhythm|",
        unit="customers",
        needs=("customer", "time", "traits"),
        rests={"share": "customers", "value": "customers", "value_per_head": "customers"},
        example='log.report("segments", by="country")',
    )

    active: str = parameter("core", "the named set of events that count as activity, or event names joined by |")
    bands: tuple[str, ...] = parameter((), "lower edges that cut a trait of numbers into bands: 25|35|45", NAMES)
    by: str | None = parameter(None, "the trait to group by")
    currency: str | None = parameter(None, "keep only money in this currency")
    gaps: int = parameter(3, "the least number of gaps that make a rhythm", WHOLE, least=1)
    money: int | None = parameter(365, "how many days of money, back from the moment", WINDOW)
    silent: float = parameter(3.0, "how many times the usual gap counts as silent", REAL, least=1.0)
    split: float | None = parameter(None, "compare labels below this number with the others", REAL)
    top: int = parameter(12, "how many labels to show apart", WHOLE, least=1)
    window: int | None = parameter(28, "how many days back from the moment count as active", WINDOW)

    def check(self) -> None:
        """Bands are rising numbers."""
        edges = [_edge(text) for text in self.bands]
        if edges != sorted(set(edges)):
            raise QuestionError(f"bands={'|'.join(self.bands)!r}: give rising numbers, such as 25|35|45")

    def plan(self, view: View, run: Run) -> Plan:
        """Sums per label; bands, the cut at `top` and the order of labels are made of those."""
        trait = self._trait(view)
        several = mixed(view, [total("orders", window=self.money, currency=self.currency)])
        judged = silence(view, self.active, self.gaps)
        labelled = view.customers((trait,)).select("customer_id", label="by_1")
        rows = labelled.inner_join(judged, "customer_id").left_join(self._money(view), "customer_id")
        multiple = rows.silence / rows.usual_gap.nullif(0)
        recent = rows.last.notnull() if self.window is None else rows.silence <= self.window
        table = rows.group_by("label").agg(
            customers=rows.count(),
            active=rows.count(where=recent.fill_null(False)),
            value=rows.value.sum().cast(MONEY) if several is None else ibis.null(MONEY),
            with_rhythm=rows.count(where=rows.usual_gap.notnull()),
            silent=rows.count(where=(multiple > self.silent).fill_null(False)),
        )
        return Plan(
            expression=table.order_by("label"),
            finish=self._finish,
            headline=self._headline,
            convention=f"segments/{trait}/{view.active(self.active)}/traits_as_known_now",
            notes=unsummed(several),
        )

    def _trait(self, view: View) -> str:
        if self.by is None:
            there = ", ".join(sorted(view.facts.traits)) or "none: these data have no traits"
            raise QuestionError(f"by: name the trait to group by; there are {there}")
        field = view.field(self.by)
        if not field.startswith("traits."):
            raise QuestionError(f"by={self.by!r} belongs to events; segments are made of customers' traits")
        return field

    def _money(self, view: View) -> Any:
        orders = in_currency(at_moment(view, "orders", exact=False), self.currency)
        if self.money is not None:
            orders = orders.filter(orders.d >= view.day - self.money)
        return orders.group_by("customer_id").agg(value=orders.value.sum())

    def chart(self, table: Any) -> Any:
        """Customers by label, and beside them the money a head, or where there is none, the share who are active."""
        money = table["value_per_head"].null_count < len(table)
        column, title, form = ("value_per_head", "money a head", ",.2f") if money else ("active_share", "active", ".0%")
        labels = table["label"].to_pylist()
        counts = lying(labels, table["customers"].to_pylist(), "customers").properties(width=300)
        return counts | lying(labels, table[column].to_pylist(), title, form).properties(width=300)

    # -- the finished table ---------------------------------------------------------------------------------------

    def _finish(self, rows: Any) -> Any:
        sums: dict[str, dict[str, Any]] = {}
        for row in rows.to_pylist():
            _add(sums.setdefault(self._band(row["label"]), dict.fromkeys(_SUMS)), row)
        known = [label for label in sums if label != UNKNOWN]
        shown = sorted(known, key=lambda label: (-sums[label]["customers"], label))[: self.top]
        for label in set(known) - set(shown):
            _add(sums.setdefault(OTHER, dict.fromkeys(_SUMS)), sums[label])
        last = [label for label in (OTHER, UNKNOWN) if label in sums and label not in shown]
        order = sorted(shown, key=natural) + last
        of_known = sum(sums[label]["customers"] for label in order if label != UNKNOWN)
        return _table([(label, sums[label]) for label in order], of_known)

    def _band(self, label: str) -> str:
        if not self.bands or label == UNKNOWN:
            return label
        try:
            number = float(label)
        except ValueError:
            return UNKNOWN
        above = [text for text in self.bands if _edge(text) <= number]
        below = [text for text in self.bands if _edge(text) > number]
        if not above:
            return f"under {self.bands[0]}"
        return f"{above[-1]} and over" if not below else f"{above[-1]} to under {below[0]}"

    def _headline(self, table: Any) -> dict[str, Any]:
        rows = table.to_pylist()
        known = [row for row in rows if row["label"] != UNKNOWN]
        found: dict[str, Any] = {"customers": sum(row["customers"] for row in rows), "labels": len(known)}
        found |= _summary("known", known) | _summary("unknown", [row for row in rows if row["label"] == UNKNOWN])
        found["known_share"] = found["known"] / found["customers"] if found["customers"] else None
        if self.split is not None:
            below = [row for row in known if upper(row["label"]) < self.split]
            found |= _summary("below", below) | _summary("above", [row for row in known if row not in below])
            found["below_share"] = found["below"] / found["known"] if found["known"] else None
        return found


def _add(into: dict[str, Any], row: dict[str, Any]) -> None:
    for name in _SUMS:
        if row[name] is not None:
            into[name] = row[name] if into[name] is None else into[name] + row[name]


def _summary(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    sums: dict[str, Any] = dict.fromkeys(_SUMS)
    for row in rows:
        _add(sums, row)
    customers = sums["customers"] or 0
    return {
        name: customers,
        f"{name}_active_share": sums["active"] / customers if customers else None,
        f"{name}_value_per_head": _per_head(sums["value"], customers),
        f"{name}_silent_share": sums["silent"] / sums["with_rhythm"] if sums["with_rhythm"] else None,
    }


def _per_head(value: Any, customers: int) -> float | None:
    return float(value / customers) if value is not None and customers else None


def _table(rows: list[tuple[str, dict[str, Any]]], known: int) -> Any:
    def share(label: str, sums: dict[str, Any]) -> float | None:
        return None if label == UNKNOWN or not known else sums["customers"] / known

    columns: dict[str, Any] = {
        "label": [label for label, _ in rows],
        "customers": pa.array([sums["customers"] for _, sums in rows], pa.int64()),
        "share": pa.array([share(label, sums) for label, sums in rows], pa.float64()),
        "active": pa.array([sums["active"] for _, sums in rows], pa.int64()),
        "active_share": pa.array([sums["active"] / sums["customers"] for _, sums in rows], pa.float64()),
        "value": pa.array([sums["value"] for _, sums in rows], pa.decimal128(18, 4)),
        "value_per_head": pa.array([_per_head(sums["value"], sums["customers"]) for _, sums in rows], pa.float64()),
        "with_rhythm": pa.array([sums["with_rhythm"] for _, sums in rows], pa.int64()),
        "silent": pa.array([sums["silent"] for _, sums in rows], pa.int64()),
        "silent_share": pa.array(
            [sums["silent"] / sums["with_rhythm"] if sums["with_rhythm"] else None for _, sums in rows], pa.float64()
        ),
    }
    return pa.table(columns)


def _edge(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise QuestionError(f"bands: {text!r} is not a number") from None


def natural(label: str) -> tuple[float, str]:
    """The order of labels as people read them: by the first number in them, texts last and by the alphabet."""
    # "<25" and "under 25" come before "25-34", "65+" after "55-64".
    numbers = _NUMBER.findall(label)
    if not numbers:
        return float("inf"), label
    opens = label.strip().lower().startswith(("<", "under", "up to"))
    return float(numbers[0]) - (0.5 if opens else 0.0), label


def upper(label: str) -> float:
    """The greatest number that a label of numbers covers; endless for "65+", "65 and over" and texts."""
    numbers = _NUMBER.findall(label)
    if not numbers or re.search(r"\+|over|above|>|more|older", label):
        return float("inf")
    opens = re.match(r"\s*(<(?!=)|under|below|less)|.*to under", label.lower())
    return float(numbers[-1]) - (1e-9 if opens else 0.0)
