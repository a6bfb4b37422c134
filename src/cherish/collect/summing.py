"""Counting: what was read and left out (from the spooled rows), what was loaded, and the summary of both."""

# Names of columns are internal (c0, c1 ...) and texts are literals throughout.
# ruff: noqa: S608

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from cherish.collect.spool import Spool
from cherish.collect.summary import ImportSummary, Money
from cherish.collect.workbench import Workbench
from cherish.spec.names import ORDER_COMPLETED, ORDER_REFUNDED, ORDER_UPDATED
from cherish.store.contract import Origin


@dataclass(frozen=True)
class Tally:
    """Rows read, rows left out by reason, exact repeats, and customers among the rows taken."""

    rows: int
    set_aside: Mapping[str, int]
    rejected: Mapping[str, int]
    repeats: int
    customers: int

    @property
    def taken(self) -> int:
        """Rows that were taken."""
        return self.rows - sum(self.set_aside.values()) - sum(self.rejected.values())


def tally(bench: Workbench, spools: Sequence[Spool]) -> Tally:
    """Count the spooled rows."""
    reasons: dict[str, Counter[str]] = {"r": Counter(), "a": Counter()}
    rows = repeats = 0
    for spool in spools:
        for reading in spool.group.readings:
            rows += reading.source.records
            reasons["r"].update(each.reason for each in reading.source.broken)
        found = bench.rows(
            f"SELECT verdict, count(*) FROM ({spool.relation()}) WHERE verdict IS NOT NULL GROUP BY 1 ORDER BY 2 "
            "DESC, 1"
        )
        for verdict, count in found:
            reasons[verdict[0]][verdict[1:]] += count
        repeats += _repeats(bench, spool)
    return Tally(rows, dict(reasons["a"]), dict(reasons["r"]), repeats, _customers(bench, spools))


def _repeats(bench: Workbench, spool: Spool) -> int:
    total = 0
    for bucket in range(spool.buckets):
        if spool.filled(bucket):
            same = f"SELECT count(*) AS n FROM ({spool.relation(bucket)}) GROUP BY file, h HAVING count(*) > 1"
            total += int(bench.row(f"SELECT coalesce(sum(n - 1), 0) FROM ({same})")[0])
    return total


def _customers(bench: Workbench, spools: Sequence[Spool]) -> int:
    parts = []
    for spool in spools:
        who = [f"p_{role}" for role in ("customer", "anonymous") if role in spool.group.layout.roles]
        parts.append(
            f"SELECT DISTINCT coalesce({', '.join(who)}) AS who FROM ({spool.relation()}) WHERE verdict IS NULL"
        )
    return int(bench.row(f"SELECT count(DISTINCT who) FROM ({' UNION ALL '.join(parts)})")[0])


@dataclass
class Result:
    """What the log was given and what it made of it; filled bucket by bucket."""

    new: int = 0
    known: int = 0
    erased: int = 0
    people: int = 0
    people_new: int = 0
    names: Counter[str] = field(default_factory=Counter)
    updated: int = 0
    gross: dict[str | None, Decimal] = field(default_factory=dict)
    back: dict[str | None, Decimal] = field(default_factory=dict)
    refund_lines: int = 0
    buyers: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def add(self, rows: Sequence[tuple[object, ...]]) -> None:
        """Take in a bucket's counts: name, currency, rows, sum, first, last."""
        for name, currency, count, total, first, last in rows:
            self.names[str(name)] += int(count)  # type: ignore[call-overload]  # an engine's row
            self._money(str(name), currency, total)
            self.first = min(each for each in (self.first, first) if isinstance(each, datetime))
            self.last = max(each for each in (self.last, last) if isinstance(each, datetime))

    def _money(self, name: str, currency: object, total: object) -> None:
        if not isinstance(total, Decimal) or name not in (ORDER_COMPLETED, ORDER_UPDATED, ORDER_REFUNDED):
            return
        code = currency if isinstance(currency, str) else None
        side = self.back if name == ORDER_REFUNDED else self.gross
        side[code] = side.get(code, Decimal(0)) + total


def summary(
    origin: Origin, counted: Tally, result: Result, files: tuple[Path | None, Path | None], skipped: Mapping[str, str],
    notes: tuple[str, ...], dry_run: bool, seconds: float,
) -> ImportSummary:  # fmt: skip
    """The summary of an import."""
    zero = Decimal(0)
    codes = sorted({*result.gross, *result.back}, key=lambda code: code or "")
    orders = result.names[ORDER_COMPLETED] + result.names[ORDER_UPDATED]
    return ImportSummary(
        name=origin.name,
        kind=origin.kind,
        files=origin.files,
        rows_read=counted.rows,
        rows_taken=counted.taken,
        sale_lines=counted.taken - result.refund_lines if orders else 0,
        refund_lines=result.refund_lines,
        orders=orders,
        orders_updated=result.updated,
        refunds=result.names[ORDER_REFUNDED],
        customers=counted.customers,
        customers_with_order=result.buyers,
        traits=result.people,
        events=_by_name(result),
        events_new=result.new,
        events_known=result.known,
        traits_new=result.people_new,
        exact_repeats=counted.repeats,
        set_aside=counted.set_aside,
        rejected=counted.rejected,
        skipped=skipped,
        money=tuple(Money(code, result.gross.get(code, zero), result.back.get(code, zero)) for code in codes),
        first=_aware(result.first),
        last=_aware(result.last),
        seconds=seconds,
        rejects_file=files[0],
        set_aside_file=files[1],
        dry_run=dry_run,
        notes=(*notes, *_erased(result.erased)),
    )


def _erased(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    rows = "1 row is" if count == 1 else f"{count:,} rows are"
    return (f"{rows} about erased customers and from before the erasure; they stay out",)


def _by_name(result: Result) -> dict[str, int]:
    # Orders that the log knows in this very state were offered as updates; they are the orders they were.
    found = Counter(result.names)
    found[ORDER_COMPLETED] += found[ORDER_UPDATED] - result.updated
    found[ORDER_UPDATED] = result.updated
    return {name: n for name, n in found.items() if n}


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
