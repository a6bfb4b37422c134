"""Every row of a file, its parts read, with a verdict: taken (null), set aside (`a`) or rejected (`r`) and the reason.

The first reason wins, rejections before setting aside: a row that can't be read is never explained away.
"""

# Names of columns are internal (c0, c1 ...) and texts are literals throughout.
# ruff: noqa: S608

from __future__ import annotations

from cherish.collect import dates, numbers
from cherish.collect.reading import Reading
from cherish.collect.workbench import literal
from cherish.spec import limits

NO_CUSTOMER = "no customer"
NO_ORDER = "no order id"
NO_PRICE = "a price of zero or less"
NO_QUANTITY = "a quantity of zero"
NO_AMOUNT = "no amount"
_NOTHING = "('nan', 'null', 'none', 'n/a', '<na>', 'nat')"
_IDS = ("customer", "anonymous", "order", "message", "product", "source")
_TEXTS = ("event", "type", "product_name", "properties", "traits", "context", "campaign", "channel")


def id_sql(column: str, kind: str) -> str:
    """An id as text: 17 and 17.0 are 17, blanks and what programs write for nothing are null."""
    if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL"):
        whole = f"{column} = floor({column}) AND abs({column}) < 1e15"
        return (
            f"CASE WHEN {whole} THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) WHEN {column} = {column} THEN "
            f"CAST({column} AS VARCHAR) END"
        )
    if kind != "VARCHAR":
        return f"CAST({column} AS VARCHAR)"
    text = f"trim({column})"
    whole = f"CASE WHEN {text} LIKE '%.0' THEN regexp_replace({text}, '^(\\d+)\\.0$', '\\1') ELSE {text} END"
    return f"CASE WHEN {text} <> '' AND lower({text}) NOT IN {_NOTHING} THEN {whole} END"


class Rows:
    """The statement for the rows of one reading."""

    def __init__(self, reading: Reading, place: int) -> None:
        self.reading = reading
        self.place = place
        self.source, self.layout = reading.source, reading.layout
        self.money = self.layout.kind in ("orders", "lines")

    def statement(self, raw: tuple[str, ...]) -> str:
        """A SELECT of line, file, h (a hash of the row), verdict, the parts, and these raw columns."""
        parts = self._parts()
        inner = ", ".join(f"{expression} AS {name}" for name, expression in parts.items())
        columns = [self.source.column(name) for name in self.source.names]
        kept = "".join(f", {column}" for column in raw)
        names = "".join(f", {name}" for name in parts)
        return (
            f"SELECT line, {self.place} AS file, h, {self._verdict()} AS verdict{names}{kept} FROM ("
            f"SELECT line, hash({', '.join(columns)}) AS h, {inner}, {', '.join(columns)} FROM "
            f"({self.source.relation}))"
        )

    def _parts(self) -> dict[str, str]:
        has = self.layout.roles
        found: dict[str, str] = {}
        for role in ("time", "created_at"):
            if role in has:
                found[f"{role}_known"], found[f"{role}_wall"] = self.reading.time(role)
        found |= {role: id_sql(*self._at(role)) for role in _IDS if role in has}
        found |= {role: self._text(role) for role in _TEXTS if role in has}
        if "currency" in has:
            found["currency"] = f"upper({self._text('currency')})"
        found |= {role: self.reading.number(role) for role in ("value", "order_total", "quantity") if role in has}
        if "price" in has:
            found["price"] = self.reading.number("price", numbers.PRICE)
        return {_inside(role): expression for role, expression in found.items()}

    def _at(self, role: str) -> tuple[str, str]:
        name = self.layout.roles[role]
        return self.source.column(name), self.source.kind(name)

    def _text(self, role: str) -> str:
        return f"nullif(trim(CAST({self._at(role)[0]} AS VARCHAR)), '')"

    def _verdict(self) -> str:
        cases = [*self._nul(), *self.source.refused, *self._bad_times(), *self._bad_numbers()]
        cases += [*self._too_large(), *self._nameless()]
        cases += self._asides()
        return f"CASE {' '.join(f'WHEN {condition} THEN {text}' for condition, text in cases)} END" if cases else "NULL"

    def _nul(self) -> list[tuple[str, str]]:
        if not self.source.nul:
            return []
        texts = ", ".join(self.source.column(name) for name in self.source.names)
        return [(f"contains(concat_ws('', {texts}), chr(0))", "'ra byte of zero in a text'")]

    def _bad_times(self) -> list[tuple[str, str]]:
        found = []
        for role in ("time", "created_at"):
            if role not in self.layout.roles:
                continue
            column, kind = self._at(role)
            filled = self._filled(column, kind)
            at = f"coalesce(p_{role}_known, p_{role}_wall)"
            if role == "time":
                # An empty field comes as null, and then so does the comparison.
                found.append((f"({filled}) IS NOT TRUE", self._because(role, "'no time'")))
            found.append(
                (f"{filled} AND {at} IS NULL", self._because(role, dates.wrong_sql(column, kind, self.reading.order)))
            )
            bounds = f"{at} < TIMESTAMP '{limits.EARLIEST:%Y-%m-%d}' OR {at} >= TIMESTAMP '{limits.LATEST:%Y-%m-%d}'"
            found.append((bounds, self._because(role, "'lies outside 1900 to 2100'")))
        return found

    def _bad_numbers(self) -> list[tuple[str, str]]:
        found = []
        for role in ("value", "order_total", "price", "quantity"):
            if role in self.layout.roles:
                column, kind = self._at(role)
                why = numbers.wrong_sql(column, kind, self.reading.decimal)
                found.append((f"{self._filled(column, kind)} AND {_inside(role)} IS NULL", self._because(role, why)))
        if "currency" in self.layout.roles:
            wrong = "p_currency IS NOT NULL AND NOT regexp_full_match(p_currency, '[A-Z]{3}')"
            found.append((wrong, self._because("currency", "'not a currency code of three letters'")))
        if self.money:
            found.append((f"{self.amount()} IS NULL", f"'r{NO_AMOUNT}'"))
        return found

    def _too_large(self) -> list[tuple[str, str]]:
        long = [
            (
                f"length({_inside(role)}) > {limits.ID_CHARACTERS}",
                self._because(role, f"'an id of over {limits.ID_CHARACTERS} characters'"),
            )
            for role in ("customer", "anonymous", "order", "message")
            if role in self.layout.roles
        ]
        texts = [self.source.column(name) for name in self.source.names if self.source.kind(name) == "VARCHAR"]
        if self.layout.kind == "events" and texts:
            size = " + ".join(f"coalesce(strlen({column}), 0)" for column in texts)
            long.append((f"{size} > {limits.EVENT_BYTES}", f"'ran event of over {limits.EVENT_BYTES // 1024} KB'"))
        return long

    def _nameless(self) -> list[tuple[str, str]]:
        if self.layout.kind != "events" or "event" not in self.layout.roles:
            return []
        tracked = "coalesce(lower(p_type), 'track') = 'track'" if "type" in self.layout.roles else "true"
        long = f"length(p_event) > {limits.NAME_CHARACTERS}"
        return [
            (f"p_event IS NULL AND {tracked}", self._because("event", "'no event name'")),
            (long, self._because("event", f"'a name of over {limits.NAME_CHARACTERS} characters'")),
        ]

    def _asides(self) -> list[tuple[str, str]]:
        who = [_inside(role) for role in ("customer", "anonymous") if role in self.layout.roles]
        found = [(f"coalesce({', '.join(who)}) IS NULL", f"'a{NO_CUSTOMER}'")]
        if self.layout.kind == "lines":
            found.append(("p_order IS NULL", f"'a{NO_ORDER}'"))
        if self.money and "price" in self.layout.roles and not {"value", "order_total"} & set(self.layout.roles):
            # A piece that costs nothing was not sold (a correction, a sample); a line whose money is given may be 0.
            found.append(("p_price <= 0", f"'a{NO_PRICE}'"))
            if "quantity" in self.layout.roles:
                found.append(("p_quantity = 0", f"'a{NO_QUANTITY}'"))
        return found

    def amount(self) -> str:
        """The money of a row."""
        return amount_sql(set(self.layout.roles))

    def _because(self, role: str, reason: str) -> str:
        return f"'r' || {literal(self.layout.roles[role] + ': ')} || {reason}"

    @staticmethod
    def _filled(column: str, kind: str) -> str:
        return f"trim({column}) <> ''" if kind == "VARCHAR" else f"{column} IS NOT NULL"


def _inside(role: str) -> str:
    return f"p_{role}"


def amount_sql(roles: set[str]) -> str:
    """The money of a row: the whole order's where lines repeat it, else its own, else price times quantity (one piece
    where none is said)."""
    if "order_total" in roles:
        return "p_order_total"
    if "value" in roles:
        return "p_value"
    pieces = "coalesce(p_quantity, 1)" if "quantity" in roles else "1"
    return f"TRY_CAST(p_price * {pieces} AS {numbers.MONEY})"
