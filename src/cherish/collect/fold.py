"""Rows with an order id become one event per order: products in a list, money summed exactly, refunds apart.

A line with negative money is a refund when its order has no other lines or when it came after them; negative lines of
the same moment are discounts and lower the order. An order that the log knows arrives as `Order Updated`.
"""

# Names of columns are internal (c0, c1 ...) and texts are literals throughout.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass

from cherish.collect import documents
from cherish.collect.numbers import MONEY, is_numeric
from cherish.collect.rows import amount_sql
from cherish.collect.spool import Group, Spool
from cherish.collect.workbench import Workbench, literal
from cherish.errors import FileError
from cherish.spec import limits
from cherish.spec.names import ORDER_COMPLETED, ORDER_REFUNDED, ORDER_UPDATED

_PRODUCTS = limits.EVENT_BYTES * 3 // 4
_STRAY = 0.005
_PARTS = ("customer", "anonymous", "currency", "source")


@dataclass(frozen=True)
class Log:
    """What the log knows already, as statements for the engine that loads; None: it knows nothing.

    `orders` gives order_id and changed_at, `refunds` order_id, day and value, for the orders of the table `folded`;
    `updates` gives a row per `Order Updated`.
    """

    orders: str | None = None
    refunds: str | None = None
    updates: str | None = None


@dataclass(frozen=True)
class Fold:
    """How a group's rows are folded.

    `of_order` are the extra columns that say the same on every line and so belong to the order; `always` are numbers
    that are filled on every line: their zeros are left out of the products, and an absent one is 0.
    """

    spool: Spool
    of_order: tuple[str, ...]
    refunds: bool
    currency: str | None
    source: str
    always: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def group(self) -> Group:
        """The group that is folded."""
        return self.spool.group

    def statements(self, bucket: int, log: Log, at: str) -> list[str]:
        """Statements that leave the bucket's events in the temporary table `staged`."""
        lines = self._lines(bucket)
        found = [f"CREATE OR REPLACE TEMP TABLE sold AS {self._late(lines)}"] if self.refunds else []
        # The folded orders, with all their products, are written down only where the log is asked about them.
        kept = log.orders is not None or log.refunds is not None
        folded = "folded" if kept else f"({self._folded(lines)})"
        found += [f"CREATE OR REPLACE TEMP TABLE folded AS {self._folded(lines)}"] if kept else []
        found.append(f"CREATE OR REPLACE TEMP TABLE staged AS {self._staged(folded, log, at)}")
        return found + (["DROP TABLE folded"] if kept else []) + (["DROP TABLE sold"] if self.refunds else [])

    def _lines(self, bucket: int) -> str:
        taken = f"SELECT * FROM ({self.spool.relation(bucket)}) WHERE verdict IS NULL"
        if len(self.group.readings) == 1:
            return taken
        # The same row in two files is one row; the same row twice in one file is two.
        numbered = f"SELECT *, row_number() OVER (PARTITION BY file, h ORDER BY line) AS occurrence FROM ({taken})"
        return f"SELECT * FROM ({numbered}) QUALIFY row_number() OVER (PARTITION BY h, occurrence ORDER BY file) = 1"

    def _money(self) -> str:
        return amount_sql(set(self.group.layout.roles))

    def _late(self, lines: str) -> str:
        negative = f"SELECT p_order FROM ({lines}) WHERE {self._money()} < 0"
        return (
            f"SELECT p_order AS id, max(ts) FILTER ({self._money()} >= 0) AS last FROM ({lines}) "
            f"WHERE p_order IN ({negative}) GROUP BY 1"
        )

    def _folded(self, lines: str) -> str:
        roles = self.group.layout.roles
        joined, back = f"({lines})", ""
        if self.refunds:
            joined = f"({lines}) LEFT JOIN sold ON p_order = sold.id"
            back = f", {self._money()} < 0 AND (last IS NULL OR ts > last) AS back"
        item = self._item()
        inner = [f"{documents.value_sql(*self._at(name))} AS e{place}" for place, name in enumerate(self.of_order)]
        inner += [f"{item} AS item"] if item else []
        parts = [role for role in _PARTS if role in roles]
        taken = ["p_order", "ts", f"{self._money()} AS amount", *(f"p_{role}" for role in parts), *inner]
        outer = [f"min(p_{role}) AS {role}" for role in parts]
        outer += [f"CAST(NULL AS VARCHAR) AS {role}" for role in _PARTS if role not in roles]
        outer += [f"min(e{place}) AS e{place}" for place in range(len(self.of_order))]
        listed = "'[' || array_to_string(list_sort(list(item)), ',') || ']'" if item else "CAST(NULL AS VARCHAR)"
        day = "CASE WHEN back THEN CAST(ts AS DATE) END" if self.refunds else "CAST(NULL AS DATE)"
        whole = "max(amount)" if "order_total" in roles else "sum(amount)"
        keys = "p_order, back, CASE WHEN back THEN CAST(ts AS DATE) END" if self.refunds else "p_order"
        return (
            f"SELECT p_order AS order_id, {'back' if self.refunds else 'false AS back'}, {day} AS day, min(ts) AS ts, "
            f"max(ts) AS last_ts, TRY_CAST({whole} AS {MONEY}) AS value, {listed} AS products, {', '.join(outer)} "
            f"FROM (SELECT {', '.join(taken)}"
            f"{back} FROM {joined}) GROUP BY {keys}"
        )

    def _at(self, name: str) -> tuple[str, str]:
        return self.group.source.column(name), self.group.source.kind(name)

    def _item(self) -> str | None:
        """One line as a product of Segment's list."""
        layout, source = self.group.layout, self.group.source
        if layout.kind != "lines" and not layout.has("product"):
            return None
        members: dict[str, str] = {}
        for role, key in (("product", "product_id"), ("product_name", "name")):
            if role in layout.roles:
                members[key] = documents.text_sql(f"p_{role}", source.kind(layout.roles[role]))
        for role in ("quantity", "price", "value"):
            if role in layout.roles:
                members[role] = documents.number_sql(f"p_{role}")
        for name in self.group.extras:
            if name not in self.of_order:
                key = name if name not in members else f"{name}_"
                value = documents.value_sql(*self._at(name))
                zero = f"CASE WHEN {source.column(name)} <> 0 THEN {value} END"
                members[key] = zero if name in self.always else value
        return documents.object_sql(members)

    def _staged(self, folded: str, log: Log, at: str) -> str:
        content = (
            "folded.order_id, CAST(folded.day AS VARCHAR), customer, anonymous, currency, CAST(folded.value AS VARCHAR)"
        )
        digest = f"md5(concat_ws(chr(31), 'order', {content}, document))"
        known = f"LEFT JOIN ({log.orders}) AS k ON NOT back AND k.order_id = folded.order_id" if log.orders else ""
        refunds = ""
        if log.refunds and self.refunds:
            refunds = f"LEFT JOIN ({log.refunds}) AS r ON back AND r.order_id = folded.order_id AND r.day = folded.day"
        sale, ts = literal(ORDER_COMPLETED), "ts"
        if known:
            sale = f"CASE WHEN k.order_id IS NULL THEN {sale} ELSE {literal(ORDER_UPDATED)} END"
            ts = "CASE WHEN k.order_id IS NULL THEN ts ELSE greatest(last_ts, k.changed_at) END"
        value = f"CAST(folded.value - coalesce(r.value, 0) AS {MONEY})" if refunds else "folded.value"
        currency = f"coalesce(currency, {literal(self.currency)})" if self.currency else "currency"
        return (
            f"SELECT {digest} AS message_id, 'track' AS type, CASE WHEN back THEN {literal(ORDER_REFUNDED)} ELSE "
            f"{sale} END AS name, "
            f"{ts} AS ts, {at} AS received_at, anonymous AS anonymous_id, customer AS user_id, "
            f"coalesce(source, {literal(self.source)}) AS source, {value} AS value, {currency} AS currency, "
            "folded.order_id, "
            f"CAST(document AS JSON) AS properties, CAST(NULL AS JSON) AS context, folded.value AS whole "
            f"FROM (SELECT * EXCLUDE (products), {self._document()} AS document FROM {folded}) AS folded {known} "
            f"{refunds}"
        )

    def _document(self) -> str:
        members = {name: f"e{place}" for place, name in enumerate(self.of_order)}
        # A list beyond what an event may hold is left out; the money stands.
        products = f"CASE WHEN strlen(products) <= {_PRODUCTS} THEN products END"
        members["products" if "products" not in members else "products_"] = products
        return documents.object_sql(members)


def prepare(bench: Workbench, spool: Spool, currency: str | None, source: str) -> Fold:
    """Look at the rows: are there refunds, and which columns say the same on every line of an order?

    Raises:
        FileError: lines of one order are in several currencies.
    """
    group = spool.group
    money = amount_sql(set(group.layout.roles))
    (negative,) = bench.row(f"SELECT count(*) FROM ({spool.relation()}) WHERE verdict IS NULL AND {money} < 0")
    of_order: tuple[str, ...] = group.extras
    notes: tuple[str, ...] = ()
    if group.layout.kind == "lines":
        of_order, notes = _of_order(bench, spool)
    if "currency" in group.layout.roles:
        _one_currency(bench, spool)
    return Fold(spool, of_order, bool(negative), currency, source, _always(bench, spool, of_order), notes)


def _always(bench: Workbench, spool: Spool, of_order: tuple[str, ...]) -> frozenset[str]:
    source = spool.group.source
    names = [n for n in spool.group.extras if n not in of_order and is_numeric(source.kind(n))]
    if not names:
        return frozenset()
    empty = ", ".join(f"count(*) - count({source.column(name)})" for name in names)
    counts = bench.row(f"SELECT {empty} FROM ({spool.relation()}) WHERE verdict IS NULL")
    return frozenset(name for name, count in zip(names, counts, strict=True) if count == 0)


def _of_order(bench: Workbench, spool: Spool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns that say the same on every line of nearly all orders, and what to tell about the exceptions."""
    left = dict.fromkeys(spool.group.extras, 0)
    orders = 0
    for bucket in range(spool.buckets):
        if not left or not spool.filled(bucket):
            continue
        columns = [spool.group.source.column(name) for name in left]
        differs = ", ".join(f"min({c}) IS DISTINCT FROM max({c}) AS d{place}" for place, c in enumerate(columns))
        sums = ", ".join(f"count(*) FILTER (d{place})" for place in range(len(columns)))
        rows = f"SELECT * FROM ({spool.relation(bucket)}) WHERE verdict IS NULL"
        (several, *counts) = bench.row(
            f"SELECT count(*), {sums} FROM (SELECT {differs} FROM ({rows}) GROUP BY p_order HAVING count(*) > 1)"
        )
        orders += several
        left = {name: left[name] + count for name, count in zip(left, counts, strict=True)}
        left = {name: count for name, count in left.items() if count <= _STRAY * orders}
    notes = tuple(
        f"{name} differs between the lines of {count:,} orders; one of its values was kept for them"
        for name, count in left.items()
        if count
    )
    return tuple(left), notes


def _one_currency(bench: Workbench, spool: Spool) -> None:
    for bucket in range(spool.buckets):
        if not spool.filled(bucket):
            continue
        rows = f"SELECT * FROM ({spool.relation(bucket)}) WHERE verdict IS NULL"
        torn = bench.rows(
            f"SELECT min(line), min(file) FROM ({rows}) GROUP BY p_order HAVING min(p_currency) <> "
            "max(p_currency) LIMIT 1"
        )
        if torn:
            source = spool.group.readings[torn[0][1] - spool.group.first].source
            line = torn[0][0] + source.header_lines
            raise FileError(
                f"{source.label}, line {line}: the lines of this order are in several currencies; split the order"
            )


def count(bench: Workbench, spool: Spool) -> tuple[int, int]:
    """Lines whose money is negative, and customers with a line whose money is not."""
    money = amount_sql(set(spool.group.layout.roles))
    who = [f"p_{role}" for role in ("customer", "anonymous") if role in spool.group.layout.roles]
    found = bench.row(
        f"SELECT count(*) FILTER ({money} < 0), count(DISTINCT coalesce({', '.join(who)})) FILTER ({money} >= 0) "
        f"FROM ({spool.relation()}) WHERE verdict IS NULL"
    )
    return int(found[0]), int(found[1])
