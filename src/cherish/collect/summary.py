"""What an import did, as a value and as a few lines to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path


@dataclass(frozen=True)
class Money:
    """Sums in one currency (None: nobody named it): what was sold, and what went back (negative)."""

    currency: str | None
    gross: Decimal
    refunded: Decimal

    def __str__(self) -> str:
        unit = f" {self.currency}" if self.currency else ""
        back = f", {_amount(self.refunded)}{unit} refunded" if self.refunded else ""
        return f"{_amount(self.gross)}{unit} gross{back}"


@dataclass(frozen=True)
class ImportSummary:
    """What came in, what was left out and why. `set_aside` and `rejected` count rows by reason.

    `lines` of sale and of refund were taken; `events_new` and `events_known` tell what the log made of them.
    """

    name: str
    kind: str
    files: tuple[str, ...]
    rows_read: int
    rows_taken: int
    sale_lines: int
    refund_lines: int
    orders: int
    orders_updated: int
    refunds: int
    customers: int
    customers_with_order: int
    traits: int
    events: Mapping[str, int]
    events_new: int
    events_known: int
    traits_new: int
    exact_repeats: int
    set_aside: Mapping[str, int]
    rejected: Mapping[str, int]
    skipped: Mapping[str, str]
    money: tuple[Money, ...]
    first: datetime | None
    last: datetime | None
    seconds: float
    rejects_file: Path | None = None
    set_aside_file: Path | None = None
    dry_run: bool = False
    notes: tuple[str, ...] = field(default=())

    @property
    def rate(self) -> float:
        """Rows per second, from reading to the last commit."""
        return self.rows_read / self.seconds if self.seconds > 0 else 0.0

    def lines(self) -> list[str]:
        """The summary as text."""
        done = "would import" if self.dry_run else "imported"
        found = [f"{self.name}: {done} {self.rows_taken:,} of {self.rows_read:,} rows read from {_files(self.files)}"]
        found += self._brought()
        found += [f"money: {money}" for money in self.money]
        if self.first and self.last:
            found.append(f"from {self.first:%Y-%m-%d %H:%M} to {self.last:%Y-%m-%d %H:%M} UTC")
        found.append(self._against_the_log())
        if self.exact_repeats:
            found.append(f"{self.exact_repeats:,} rows repeat another exactly; they were kept, each counts")
        found += self._left_out("set aside", self.set_aside, self.set_aside_file)
        found += self._left_out("rejected", self.rejected, self.rejects_file)
        found += [f"skipped: {reason}" for reason in self.skipped.values()]
        found += [f"note: {note}" for note in self.notes]
        found.append(f"{self.seconds:,.1f} s, {self.rate:,.0f} rows/s")
        return found

    def _brought(self) -> list[str]:
        if self.orders or self.refunds or self.orders_updated:
            lines = f" of {self.sale_lines:,} lines" if self.kind == "lines" else ""
            back = f"; {self.refunds:,} refunds" if self.refunds else ""
            back += f" of {self.refund_lines:,} lines" if self.refunds and self.kind == "lines" else ""
            return [f"{self.orders:,} orders{lines} by {self.customers_with_order:,} customers{back}", *self._others()]
        if self.traits:
            return [f"traits of {self.traits:,} customers", *self._others()]
        return self._others()

    def _others(self) -> list[str]:
        other = {name: n for name, n in self.events.items() if not name.startswith("Order ")}
        if not other:
            return []
        ranked = sorted(other.items(), key=lambda each: (-each[1], each[0]))
        more = f" and {len(ranked) - 6} more names" if len(ranked) > 6 else ""
        return [f"events by {self.customers:,} customers: {', '.join(f'{name} {n:,}' for name, n in ranked[:6])}{more}"]

    def _against_the_log(self) -> str:
        updated = f", {self.orders_updated:,} orders brought up to date" if self.orders_updated else ""
        if self.traits and not self.events:
            return f"{self.traits_new:,} customers' traits are new, {self.traits - self.traits_new:,} were known"
        return f"{self.events_new:,} events are new, {self.events_known:,} were known{updated}"

    def _left_out(self, how: str, reasons: Mapping[str, int], file: Path | None) -> list[str]:
        if not reasons:
            return []
        listed = ", ".join(f"{reason} {n:,}" for reason, n in sorted(reasons.items(), key=lambda each: -each[1]))
        where = f" (see {file})" if file else ""
        return [f"{how}: {sum(reasons.values()):,} rows: {listed}{where}"]


def _files(files: tuple[str, ...]) -> str:
    return files[0] if len(files) == 1 else f"{len(files)} files"


def _amount(value: Decimal) -> str:
    return f"{value:,.2f}"
