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
        read = f"{self.rows_taken:,} of {_many(self.rows_read, 'row')} read from {_files(self.files)}"
        found = [f"{self.name}: {done} {read}"]
        found += self._brought()
        found += [f"money: {money}" for money in self.money]
        if self.first and self.last:
            found.append(f"from {self.first:%Y-%m-%d %H:%M} to {self.last:%Y-%m-%d %H:%M} UTC")
        found.append(self._against_the_log())
        if self.exact_repeats:
            kept = "it was kept, it counts" if self.exact_repeats == 1 else "they were kept, each counts"
            verb = "repeats" if self.exact_repeats == 1 else "repeat"
            found.append(f"{_many(self.exact_repeats, 'row')} {verb} another exactly; {kept}")
        found += self._left_out("set aside", self.set_aside, self.set_aside_file)
        found += self._left_out("rejected", self.rejected, self.rejects_file)
        found += [f"skipped: {reason}" for reason in self.skipped.values()]
        found += [f"note: {note}" for note in self.notes]
        found.append(f"{self.seconds:,.1f} s, {self.rate:,.0f} rows/s")
        return found

    def _brought(self) -> list[str]:
        found = self._others()
        if self.orders or self.refunds or self.orders_updated:
            lines = f" of {_many(self.sale_lines, 'line')}" if self.kind == "lines" else ""
            back = f"; {_many(self.refunds, 'refund')}" if self.refunds else ""
            back += f" of {_many(self.refund_lines, 'line')}" if self.refunds and self.kind == "lines" else ""
            who = _many(self.customers_with_order, "customer")
            found.insert(0, f"{_many(self.orders, 'order')}{lines} by {who}{back}")
        return [*found, f"traits of {_many(self.traits, 'customer')}"] if self.traits else found

    def _others(self) -> list[str]:
        other = {name: n for name, n in self.events.items() if not name.startswith("Order ")}
        if not other:
            return []
        ranked = sorted(other.items(), key=lambda each: (-each[1], each[0]))
        more = f" and {len(ranked) - 6} more names" if len(ranked) > 6 else ""
        listed = ", ".join(f"{name} {n:,}" for name, n in ranked[:6])
        return [f"events by {_many(self.customers, 'customer')}: {listed}{more}"]

    def _against_the_log(self) -> str:
        updated = f", {_many(self.orders_updated, 'order')} brought up to date" if self.orders_updated else ""
        if self.traits and not self.events:
            return f"{self.traits_new:,} customers' traits are new, {self.traits - self.traits_new:,} were known"
        new = f"{_many(self.events_new, 'event')} {'is' if self.events_new == 1 else 'are'} new"
        return f"{new}, {self.events_known:,} {'was' if self.events_known == 1 else 'were'} known{updated}"

    def _left_out(self, how: str, reasons: Mapping[str, int], file: Path | None) -> list[str]:
        if not reasons:
            return []
        listed = ", ".join(f"{reason} {n:,}" for reason, n in sorted(reasons.items(), key=lambda each: -each[1]))
        where = f" (see {file})" if file else ""
        return [f"{how}: {_many(sum(reasons.values()), 'row')}: {listed}{where}"]


def _files(files: tuple[str, ...]) -> str:
    return files[0] if len(files) == 1 else f"{len(files)} files"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _amount(value: Decimal) -> str:
    return f"{value:,.2f}"
