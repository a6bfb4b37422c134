"""Numbers as people write them: 1,234.56 and 1.234,56 and 12,50 €, exactly; of two readings neither is guessed.

`read` is the rule in Python; the macros are its twin for the engine, and a test holds them together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Style = Literal["point", "comma", "either"]
"""Which sign begins the decimals; `either`: the file does not say, each number must speak for itself."""

TWO_READINGS = "two readings (is it a decimal or a thousands separator?)"

_CLEAN = r"[\s\x{00a0}\x{202f}\x{2009}''’€$£¥₹_]|^[A-Za-z]{3}\b|\b[A-Za-z]{3}$"
_CLEAN_PYTHON = re.compile(r"[\s\u00a0\u202f\u2009'’€$£¥₹_]|^[A-Za-z]{3}\b|\b[A-Za-z]{3}$")
_PLAIN = r"[+-]?\d+([eE][+-]?\d{1,2})?"
_POINT = r"[+-]?([1-9]\d{0,2}(,\d{3})+|\d+)(\.\d*)?([eE][+-]?\d{1,2})?|[+-]?\.\d+([eE][+-]?\d{1,2})?"
_COMMA = r"[+-]?([1-9]\d{0,2}(\.\d{3})+|\d+)(,\d*)?([eE][+-]?\d{1,2})?|[+-]?,\d+([eE][+-]?\d{1,2})?"
_TWO = r"[+-]?[1-9]\d{0,2}[.,]\d{3}"
# Whole names: a list or a structure of integers is no number.
_NUMERIC = re.compile(r"DECIMAL\(\d+,\s*\d+\)|DOUBLE|FLOAT|REAL|U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|BIGNUM")
_NEGATIVE = r"\((.*)\)|(.*)-"

PRICE = "DECIMAL(18,8)"
MONEY = "DECIMAL(18,4)"


def _clean(text: str) -> str:
    bare = _CLEAN_PYTHON.sub("", text.strip())
    found = re.fullmatch(_NEGATIVE, bare)
    return "-" + (found[1] if found[1] is not None else found[2]) if found else bare


def read(text: str, style: Style = "either") -> Decimal | None:
    """The number that a text stands for under a style; None where it is none, or has two readings."""
    bare = _clean(text)
    point, comma = re.fullmatch(_POINT, bare, re.A), re.fullmatch(_COMMA, bare, re.A)
    as_point, as_comma = bare.replace(",", ""), bare.replace(".", "").replace(",", ".")
    if style == "point":
        return Decimal(as_point) if point else None
    if style == "comma":
        return Decimal(as_comma) if comma else None
    if re.fullmatch(_PLAIN, bare, re.A):
        return Decimal(bare)
    if re.fullmatch(_TWO, bare, re.A):
        return None
    return Decimal(as_point) if point else Decimal(as_comma) if comma else None


def _literal(pattern: str) -> str:
    return "'" + pattern.replace("''", "'").replace("'", "''") + "'"


MACROS = (
    f"CREATE TEMP MACRO n_bare(x) AS regexp_replace(trim(x), {_literal(_CLEAN)}, '', 'g')",
    """CREATE TEMP MACRO n_clean(x) AS CASE
        WHEN n_bare(x) LIKE '(%)' THEN '-' || substr(n_bare(x), 2, length(n_bare(x)) - 2)
        WHEN n_bare(x) LIKE '%-' THEN '-' || left(n_bare(x), -1) ELSE n_bare(x) END""",
    f"CREATE TEMP MACRO n_is_plain(x) AS regexp_full_match(x, {_literal(_PLAIN)})",
    f"CREATE TEMP MACRO n_is_point(x) AS regexp_full_match(x, {_literal(_POINT)})",
    f"CREATE TEMP MACRO n_is_comma(x) AS regexp_full_match(x, {_literal(_COMMA)})",
    f"CREATE TEMP MACRO n_is_two(x) AS regexp_full_match(x, {_literal(_TWO)})",
    "CREATE TEMP MACRO n_as_comma(x) AS replace(replace(x, '.', ''), ',', '.')",
    "CREATE TEMP MACRO n_point(x) AS CASE WHEN n_is_point(n_clean(x)) THEN replace(n_clean(x), ',', '') END",
    "CREATE TEMP MACRO n_comma(x) AS CASE WHEN n_is_comma(n_clean(x)) THEN n_as_comma(n_clean(x)) END",
    """CREATE TEMP MACRO n_either(x) AS CASE
        WHEN n_is_plain(n_clean(x)) THEN n_clean(x)
        WHEN n_is_two(n_clean(x)) THEN NULL
        WHEN n_is_point(n_clean(x)) THEN replace(n_clean(x), ',', '')
        WHEN n_is_comma(n_clean(x)) THEN n_as_comma(n_clean(x)) END""",
)


@dataclass(frozen=True)
class Evidence:
    """How many numbers of a file can only have a decimal point, how many only a decimal comma; and the open ones."""

    point: int = 0
    comma: int = 0
    open: int = 0

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(self.point + other.point, self.comma + other.comma, self.open + other.open)

    @property
    def style(self) -> Style:
        """The style that the file settles on; `either` where nothing or too much is said."""
        if self.comma and not self.point:
            return "comma"
        if self.point and not self.comma:
            return "point"
        return "either"


def evidence_sql(column: str) -> str:
    """Three counts (point, comma, open) as select items over a text column."""
    odd = f"({column} LIKE '%,%' OR {column} LIKE '%.%')"
    clean = f"n_clean({column})"
    sure = f"{odd} AND NOT n_is_two({clean}) AND NOT n_is_plain({clean})"
    return (
        f"count(*) FILTER ({sure} AND n_is_point({clean})), "
        f"count(*) FILTER ({sure} AND NOT n_is_point({clean}) AND n_is_comma({clean})), "
        f"count(*) FILTER ({odd} AND n_is_two({clean}))"
    )


def is_numeric(kind: str) -> bool:
    """Whether an engine type holds numbers."""
    return _NUMERIC.fullmatch(kind) is not None


def number_sql(column: str, kind: str, style: Style, into: str = MONEY) -> str:
    """The expression that reads a column as an exact number; NULL where it can't be read."""
    if kind != "VARCHAR":
        return f"TRY_CAST({column} AS {into})" if is_numeric(kind) else f"CAST(NULL AS {into})"
    if style == "point":
        # Nearly every row is plain: the costly reading is left to those that are not.
        return f"coalesce(TRY_CAST({column} AS {into}), TRY_CAST(n_point({column}) AS {into}))"
    return f"TRY_CAST(n_{style}({column}) AS {into})"


def wrong_sql(column: str, kind: str, style: Style) -> str:
    """Why a filled column could not be read as a number, as text."""
    as_text = f"lower(trim(CAST({column} AS VARCHAR)))"
    two = f"WHEN n_is_two(n_clean({column})) THEN '{TWO_READINGS}' " if kind == "VARCHAR" and style == "either" else ""
    return (
        f"CASE WHEN {as_text} IN ('nan', '-nan') THEN 'not a number (NaN)' "
        f"WHEN ltrim({as_text}, '+-') IN ('inf', 'infinity', '∞') THEN 'infinite' {two}"
        f"WHEN TRY_CAST({column} AS DOUBLE) IS NOT NULL THEN 'beyond what money can be' ELSE 'not a number' END"
    )
