"""Times as files hold them: ISO, zoned or not, day or month first, epochs; and how a local time becomes UTC.

A file decides between day first and month first if any of its rows settles it. A time without a zone is local to
the zone that the import was told. Where a clock is turned back the first of the two hours is meant; a time that the
clock skipped is read with the offset before (as `datetime` does with `fold=0`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from cherish.spec.calendar import offsets

Order = Literal["day-first", "month-first", "either"]
"""How 03/04/2011 is read; `either`: nothing in the file settles it, and such a row is refused."""

TWO_READINGS = "two readings (which is the day, which is the month?)"

_ZONED = r".*:.*(Z|z|UTC|GMT|[+-]\d{2}(:?\d{2})?)"
_PARTS = r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b(.*)$"
_WORDY = (
    "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %y",
    "%a, %d %b %Y", "%A, %d %B %Y", "%Y %b %d",
)  # fmt: skip
_MAIL = ("%a, %d %b %Y", "%d %b %Y")
_NONE = "CAST(NULL AS TIMESTAMP)"
_MONTHS = "(?i)(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", " %I %p")


def _formats(days: tuple[str, ...], clocks: tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{day}{clock}'" for day in days for clock in clocks) + "]"


def _part(x: str, place: int) -> str:
    return f"TRY_CAST(regexp_extract({x}, '{_PARTS}', {place}) AS INTEGER)"


MACROS = (
    f"CREATE TEMP MACRO d_zoned(x) AS regexp_full_match(trim(x), '{_ZONED}')",
    "CREATE TEMP MACRO d_iso(x) AS regexp_matches(ltrim(x), '^\\d{4}[-/]')",
    f"CREATE TEMP MACRO d_parts(x) AS regexp_matches(trim(x), '{_PARTS}')",
    f"CREATE TEMP MACRO d_a(x) AS {_part('trim(x)', 1)}",
    f"CREATE TEMP MACRO d_b(x) AS {_part('trim(x)', 2)}",
    # A date with dots is written day first wherever it is written at all.
    "CREATE TEMP MACRO d_dots(x) AS regexp_matches(trim(x), '^\\d{1,2}\\.\\d{1,2}\\.')",
    f"""CREATE TEMP MACRO d_year(x) AS CASE WHEN length(regexp_extract(trim(x), '{_PARTS}', 3)) = 4
        THEN regexp_extract(trim(x), '{_PARTS}', 3)
        WHEN regexp_extract(trim(x), '{_PARTS}', 3) < '70' THEN '20' || regexp_extract(trim(x), '{_PARTS}', 3)
        ELSE '19' || regexp_extract(trim(x), '{_PARTS}', 3) END""",
    f"CREATE TEMP MACRO d_rest(x) AS regexp_replace(regexp_extract(trim(x), '{_PARTS}', 4), '^[T,]\\s*', ' ')",
    "CREATE TEMP MACRO d_made(y, m, d, rest) AS y || '-' || lpad(CAST(m AS VARCHAR), 2, '0') || '-' "
    "|| lpad(CAST(d AS VARCHAR), 2, '0') || rest",
    # The engine's own cast overlooks what follows the time: 2:05 PM would be read as 2:05.
    f"""CREATE TEMP MACRO d_clock(iso) AS CASE WHEN regexp_full_match(iso, '[-0-9:./T ]+')
            THEN TRY_CAST(iso AS TIMESTAMP)
        ELSE try_strptime(upper(iso), {_formats(("%Y-%m-%d",), _CLOCKS[4:])}) END""",
    "CREATE TEMP MACRO d_day_first(x) AS d_clock(d_made(d_year(x), d_b(x), d_a(x), d_rest(x)))",
    "CREATE TEMP MACRO d_month_first(x) AS d_clock(d_made(d_year(x), d_a(x), d_b(x), d_rest(x)))",
    """CREATE TEMP MACRO d_either(x) AS CASE WHEN d_a(x) > 12 OR d_a(x) = d_b(x) THEN d_day_first(x)
        WHEN d_b(x) > 12 THEN d_month_first(x) END""",
    # Trying so many forms is costly: only texts that name a month get there.
    f"""CREATE TEMP MACRO d_wordy(x) AS CASE WHEN length(x) < 48 AND regexp_matches(x, '{_MONTHS}')
        THEN try_strptime(trim(x), {_formats(_WORDY, _CLOCKS)}) END""",
    # Eight digits are a date; otherwise the size of an epoch tells its unit.
    """CREATE TEMP MACRO d_epoch(n) AS CASE
        WHEN n BETWEEN 19000101 AND 20991231 THEN TRY_CAST(try_strptime(CAST(n AS VARCHAR), '%Y%m%d') AS TIMESTAMP)
        WHEN n BETWEEN 100000000 AND 99999999999 THEN make_timestamp(n * 1000000)
        WHEN n BETWEEN 100000000000 AND 99999999999999 THEN make_timestamp(n * 1000)
        WHEN n BETWEEN 100000000000000 AND 99999999999999999 THEN make_timestamp(n)
        WHEN n >= 100000000000000000 THEN make_timestamp(n // 1000) END""",
    "CREATE TEMP MACRO d_digits(x) AS regexp_full_match(trim(x), '\\d{8,19}(\\.\\d+)?')",
    "CREATE TEMP MACRO d_is_day(n) AS n BETWEEN 19000101 AND 20991231",
)


@dataclass(frozen=True)
class Evidence:
    """What a text column of times says of itself, over the whole file; the lines are the first of each sort."""

    day_first: int = 0
    month_first: int = 0
    zoned: int = 0
    naive: int = 0
    digits: int = 0
    zoned_line: int | None = None
    naive_line: int | None = None

    @property
    def order(self) -> Order:
        """What the file settles on; `either` where no row settles it, or rows contradict each other."""
        if self.day_first and not self.month_first:
            return "day-first"
        if self.month_first and not self.day_first:
            return "month-first"
        return "either"


def evidence_sql(column: str) -> str:
    """The fields of `Evidence` as select items over a text column, beside a column `line`."""
    slashed = f"NOT d_iso({column}) AND d_parts({column}) AND NOT d_dots({column})"
    zoned = f"d_zoned({column})"
    # An epoch is a moment by itself: neither zoned nor naive.
    digits = f"d_digits({column})"
    naive = f"trim({column}) <> '' AND NOT {zoned} AND NOT ({digits} AND length(trim({column})) > 8)"
    return (
        f"count(*) FILTER ({slashed} AND d_a({column}) > 12 AND d_b({column}) <= 12), "
        f"count(*) FILTER ({slashed} AND d_b({column}) > 12 AND d_a({column}) <= 12), "
        f"count(*) FILTER ({zoned}), count(*) FILTER ({naive}), count(*) FILTER ({digits}), "
        f"min(line) FILTER ({zoned}), min(line) FILTER ({naive})"
    )


def _slashed(column: str, order: Order) -> str:
    chosen = {"day-first": "d_day_first", "month-first": "d_month_first", "either": "d_either"}[order]
    return f"CASE WHEN d_dots({column}) THEN d_day_first({column}) ELSE {chosen}({column}) END"


def _naive_text(column: str, order: Order) -> str:
    return (
        f"CASE WHEN d_iso({column}) THEN d_clock(trim({column})) WHEN d_parts({column}) "
        f"THEN {_slashed(column, order)} ELSE d_wordy({column}) END"
    )


def time_sql(column: str, kind: str, seen: Evidence, order: Order) -> tuple[str, str]:
    """Two expressions that read a column: the moment where the value tells it (naive UTC), else the local time."""
    if kind.startswith("TIMESTAMP WITH TIME ZONE"):
        return f"CAST({column} AT TIME ZONE 'UTC' AS TIMESTAMP)", _NONE
    if kind.startswith(("TIMESTAMP", "DATE")):
        return _NONE, f"TRY_CAST({column} AS TIMESTAMP)"
    if kind != "VARCHAR":
        return _digits(f"TRY_CAST({column} AS BIGINT)") if kind not in ("BOOLEAN", "BLOB") else (_NONE, _NONE)
    known, wall = [], []
    if seen.zoned:
        # The engine wants Z and no other letters for UTC.
        plain = f"regexp_replace(trim({column}), '\\s*(UTC|GMT|z)$', 'Z')"
        offset = f"regexp_replace({plain}, '\\s*([+-]\\d{{2}})(\\d{{2}})$', '\\1:\\2')"
        aware = f"CASE WHEN d_iso({column}) THEN TRY_CAST({offset} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END"
        mail = f"try_strptime(trim({column}), {_formats(_MAIL, (' %H:%M:%S %z',))}) AT TIME ZONE 'UTC'"
        known.append(f"WHEN d_zoned({column}) THEN coalesce({aware}, {mail})")
        wall.append(f"WHEN d_zoned({column}) THEN NULL")
    if seen.digits:
        moment, day = _digits(f"TRY_CAST(split_part(trim({column}), '.', 1) AS BIGINT)")
        known.append(f"WHEN d_digits({column}) THEN {moment}")
        wall.append(f"WHEN d_digits({column}) THEN {day}")
    first = f"CASE {' '.join(known)} END" if known else _NONE
    return first, f"CASE {' '.join(wall)} ELSE {naive_sql(column, order)} END" if wall else naive_sql(column, order)


def naive_sql(column: str, order: Order) -> str:
    """The expression that reads a text without a zone as a local time."""
    chosen = {"day-first": "d_day_first", "month-first": "d_month_first", "either": "d_either"}[order]
    return (
        f"CASE WHEN d_iso({column}) THEN d_clock(trim({column})) WHEN NOT d_parts({column}) THEN d_wordy({column}) "
        f"WHEN d_dots({column}) THEN d_day_first({column}) ELSE {chosen}({column}) END"
    )


def _digits(number: str) -> tuple[str, str]:
    day = f"d_is_day({number})"
    return f"CASE WHEN NOT {day} THEN d_epoch({number}) END", f"CASE WHEN {day} THEN d_epoch({number}) END"


def wrong_sql(column: str, kind: str, order: Order) -> str:
    """Why a filled column could not be read as a time, as text."""
    if kind != "VARCHAR" or order != "either":
        return "'not a possible time'"
    open_ = f"d_parts({column}) AND NOT d_dots({column}) AND d_a({column}) <= 12 AND d_b({column}) <= 12"
    return f"CASE WHEN {open_} THEN '{TWO_READINGS}' ELSE 'not a possible time' END"


def to_utc_sql(column: str, zone: str, start: datetime, end: datetime) -> str:
    """The expression for the naive UTC of a column of local times, right for times between two naive moments."""
    found = offsets(zone, start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
    edges = [
        _wall(instant, max(found.seconds[place], found.seconds[place + 1]))
        for place, instant in enumerate(found.instants)
    ]
    return _balanced(column, edges, found.seconds, 0, len(found.seconds))


def _wall(instant: datetime, seconds: int) -> str:
    return f"TIMESTAMP '{(instant + timedelta(seconds=seconds)).replace(tzinfo=None):%Y-%m-%d %H:%M:%S}'"


def _balanced(column: str, edges: list[str], seconds: tuple[int, ...], low: int, high: int) -> str:
    if len(set(seconds[low:high])) == 1:
        return column if seconds[low] == 0 else f"{column} - to_seconds({seconds[low]})"
    middle = (low + high) // 2
    before, after = _balanced(column, edges, seconds, low, middle), _balanced(column, edges, seconds, middle, high)
    return f"CASE WHEN {column} < {edges[middle - 1]} THEN {before} ELSE {after} END"


def together(seen: Iterable[Evidence]) -> Order:
    """What several columns of one file settle on."""
    found = list(seen)
    first, second = sum(each.day_first for each in found), sum(each.month_first for each in found)
    return Evidence(first, second).order
