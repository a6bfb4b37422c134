"""What a whole file settles before its rows are read: decimal sign, order of day and month, zoned or local times."""

# Names of columns are internal (c0, c1 ...) and texts are literals throughout.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cherish.collect import dates, numbers
from cherish.collect.mapping import Layout
from cherish.collect.sources import Source
from cherish.collect.workbench import Workbench
from cherish.errors import FileError, MappingError
from cherish.spec.money import currency_code

TIMES = ("time", "created_at")
NUMBERS = ("value", "order_total", "price", "quantity")


@dataclass(frozen=True)
class Options:
    """What people may say about how their files are written; None: the file decides."""

    zone: str | None = None
    currency: str | None = None
    dates: dates.Order | None = None
    decimal: numbers.Style | None = None
    encoding: str | None = None

    @classmethod
    def of(
        cls, zone: str | None, currency: str | None, day: str | None, decimal: str | None, encoding: str | None
    ) -> Options:
        """Checked options.

        Raises:
            MappingError: a word that is not a choice.
        """
        orders: dict[str | None, dates.Order | None] = {
            None: None,
            "day-first": "day-first",
            "month-first": "month-first",
        }
        styles: dict[str | None, numbers.Style | None] = {None: None, "point": "point", "comma": "comma"}
        if day not in orders:
            raise MappingError(f"--dates {day!r}: choose day-first or month-first")
        if decimal not in styles:
            raise MappingError(f"--decimal {decimal!r}: choose point or comma")
        code = currency_code(currency)
        if currency is not None and code is None:
            raise MappingError(f"--currency {currency!r}: give the code of three letters, such as EUR")
        return cls(zone, code, orders[day], styles[decimal], encoding)


@dataclass(frozen=True)
class Reading:
    """How the texts of one file are read."""

    source: Source
    layout: Layout
    decimal: numbers.Style = "point"
    order: dates.Order = "either"
    seen: Mapping[str, dates.Evidence] = field(default_factory=dict)

    def time(self, role: str) -> tuple[str, str]:
        """The two expressions (known moment, local time) of a role's column."""
        name = self.layout.roles[role]
        evidence = self.seen.get(role, dates.Evidence())
        return dates.time_sql(self.source.column(name), self.source.kind(name), evidence, self.order)

    def number(self, role: str, into: str = numbers.MONEY) -> str:
        """The expression of a role's column as an exact number."""
        name = self.layout.roles[role]
        return numbers.number_sql(self.source.column(name), self.source.kind(name), self.decimal, into)


def settle(bench: Workbench, source: Source, layout: Layout, options: Options) -> Reading:
    """Read what the file says of itself.

    Raises:
        FileError: zoned and local times are mixed, and no zone for the local ones was given.
    """
    texts = {role: name for role, name in layout.roles.items() if source.kind(name) == "VARCHAR"}
    seen = {role: _times(bench, source, texts[role]) for role in TIMES if role in texts}
    for role, evidence in seen.items():
        if evidence.zoned and evidence.naive and options.zone is None:
            raise _mixed(source, texts[role], evidence)
    found = sum((_numbers(bench, source, texts[role]) for role in NUMBERS if role in texts), numbers.Evidence())
    style = options.decimal or ("point" if not found.open and not found.comma else found.style)
    order = options.dates or dates.together(seen.values())
    return Reading(source, layout, style, order, seen)


def _times(bench: Workbench, source: Source, name: str) -> dates.Evidence:
    items = dates.evidence_sql(source.column(name))
    return dates.Evidence(*bench.row(f"SELECT {items} FROM ({source.relation})"))


def _numbers(bench: Workbench, source: Source, name: str) -> numbers.Evidence:
    column = source.column(name)
    # JSON writes numbers with a decimal point; only a comma leaves something to decide.
    text = f"CASE WHEN {column} LIKE '%,%' THEN {column} END" if source.form == "json" else column
    return numbers.Evidence(
        *bench.row(f"SELECT {numbers.evidence_sql('x')} FROM (SELECT {text} AS x FROM ({source.relation}))")
    )


def _mixed(source: Source, name: str, evidence: dates.Evidence) -> FileError:
    zoned = (evidence.zoned_line or 0) + source.header_lines
    local = (evidence.naive_line or 0) + source.header_lines
    return FileError(
        f"{source.label}: {name} has times with a zone (line {zoned}) and without one (line {local}); "
        f"say in which zone the latter are: --tz Europe/Berlin"
    )
