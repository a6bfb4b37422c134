"""The one function that decides what a shared answer hides: cells of few customers, and what would give them away.

Source: measures.md family X; the rule of the next smallest cell is that of statistical offices (Willenborg and de Waal
2001, Elements of Statistical Disclosure Control, chapter 6).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cherish.errors import QuestionError
from cherish.privacy import lines
from cherish.privacy.columns import (
    FIGURE,
    NOTHING,
    SCORE,
    Columns,
    Declared,
    is_change,
    of_headline,
    of_one,
    of_table,
    running,
    tail,
)

DEFAULT, FLOOR = 10, 5
MOST_UNKNOWN = 2000
"""Where more cells of one column are hidden, and lines cross, the whole column is: proving less takes too long."""
SENTENCES = ("answer", "why_not")
"""Columns of sentences that quote figures of their own row, and of those that begin with the same key."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Suppressed:
    """An answer without what must not be shown: hidden cells are null, hidden figures of the headline None.

    `cells` names the hidden rows of each column, `figures` what is hidden of the headline.
    """

    table: Any
    headline: Mapping[str, Any]
    cells: Mapping[str, tuple[int, ...]]
    figures: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many cells and figures are hidden."""
        return sum(map(len, self.cells.values())) + len(self.figures)


def allowed(k: int) -> int:
    """k itself, where it is large enough.

    Raises:
        QuestionError: below the floor of 5.
    """
    if k < FLOOR:
        raise QuestionError(f"smallest_group={k}: a shared figure needs at least {FLOOR} customers; 10 is usual")
    return k


def small(table: Any, k: int = DEFAULT, said: Declared = NOTHING) -> dict[str, tuple[int, ...]]:
    """Where counts of customers are small (1 to k - 1): the rows of each column, for marking them to the owner."""
    found = {}
    for name in of_table(table, said).counts:
        places = tuple(at for at, value in enumerate(table[name].to_pylist()) if _few(value, k))
        if places:
            found[name] = places
    return found


def suppressed(
    table: Any, headline: Mapping[str, Any], k: int = DEFAULT, said: Declared = NOTHING
) -> Suppressed:  # fmt: skip
    """What of a table (a `pyarrow.Table`) and its headline may be shown to others.

    Hidden are

    * counts of 1 to k - 1 customers; of a part of its row's customers also one that leaves 1 to k - 1 others;
    * a whole row where its own count is hidden, and else every figure that rests on a hidden count;
    * where one cell of a line is hidden, or several of fewer than k customers together, the next smallest that is not
      nought, and so on until what is hidden can't be worked out from what adds up (noughts only where nothing else is);
    * a count that the next row has again as another count (who came back has come once more), with that one;
    * a score made of shares of which one is hidden, and the changes of a figure that is hidden in some period;
    * running sums, wherever a row is hidden: two of them differ by what lies between;
    * one customer's values (the least, the greatest), and quantiles with fewer than k customers beyond them;
    * figures of the headline by the same rules, and those equal to a hidden cell with what rests on them; then also a
      sentence with numbers. A column whose sum the headline tells is a line.
    """
    allowed(k)
    rows = table.to_pylist()
    cells = _Cells(rows, of_table(table, said), k, headline)
    cells.settle()
    hidden = cells.found()
    hidden |= _told(rows, hidden, table.column_names)
    top = of_headline(headline, said)
    one = _Cells([headline], top, k)
    secret = {_number(rows[at][name]) for name, places in hidden.items() for at in places} - {None, 0}
    # How many there are in all is taken to be known.
    told = [name for name in (*top.counts, *top.values) if name != top.base]
    one.hidden |= {(0, name) for name in told if _number(headline[name]) in secret}
    one.settle()
    figures = set(one.found())
    if figures:
        figures |= {
            name for name, value in headline.items() if name in ("says", "note") and re.search(r"\d", str(value))
        }
    shown = {name: None if name in figures else value for name, value in headline.items()}
    return Suppressed(_without(table, hidden), shown, hidden, tuple(name for name in headline if name in figures))


class _Cells:
    """Which cells of some rows are hidden; grows until nothing more must be."""

    def __init__(self, rows: Sequence[Row], columns: Columns, k: int, totals: Row | None = None) -> None:
        self.rows, self.columns, self.k = rows, columns, k
        self.hidden: set[tuple[int, str]] = set()
        self.noughts: set[tuple[int, str]] = set()
        self.lines = lines.along_keys(rows, columns.keys)
        self.crossing = sum(map(len, self.lines)) > len({at for line in self.lines for at in line})
        self.sums = lines.sums(rows, columns.counts)
        self.summed = lines.summed(rows, columns.counts, totals or {})
        self.again = lines.again(rows, columns.counts)
        self.wholes = self._wholes()

    def found(self) -> dict[str, tuple[int, ...]]:
        """The hidden rows of each column, without those that have no value anyway."""
        found: dict[str, list[int]] = {}
        for at, name in sorted(self.hidden):
            if self.rows[at][name] is not None:
                found.setdefault(name, []).append(at)
        return {name: tuple(places) for name, places in found.items()}

    def settle(self) -> None:
        """Hide what is small, then whatever would give it away, until that is nothing."""
        self._primary()
        before = -1
        while len(self.hidden) > before:
            before = len(self.hidden)
            self._what_rests_on_it()
            self._what_adds_up()
            self._what_runs_on()
            self._what_is_made_of_shares()

    # -- small ones -----------------------------------------------------------------------------------------------

    def _primary(self) -> None:
        columns, base = self.columns, self.columns.base
        parts = [name for name in columns.counts if name != base and self._is_part(name)]
        for at, row in enumerate(self.rows):
            for name in columns.counts:
                rest = row[base] - row[name] if base and name in parts and None not in (row[base], row[name]) else None
                if _few(row[name], self.k) or _few(rest, self.k):
                    self.hidden.add((at, name))
            for name in columns.values:
                if self._of_few(name, row):
                    self.hidden.add((at, name))

    def _is_part(self, name: str) -> bool:
        """Whether a count is never more than the row's own."""
        base = self.columns.base or name
        pairs = [(row[name], row[base]) for row in self.rows]
        return all(part <= whole for part, whole in pairs if part is not None and whole is not None)

    def _of_few(self, name: str, row: Row) -> bool:
        if of_one(name):
            return True
        side, base = tail(name), self.columns.base
        return side is not None and base is not None and row[base] is not None and row[base] * side < self.k

    # -- what gives them away -------------------------------------------------------------------------------------

    def _wholes(self) -> frozenset[str]:
        """Counts that say the same in every row, and no less than its own: of everybody, and so nothing of the row."""
        base, rows = self.columns.base, self.rows
        if base is None or len(rows) < 2:
            return frozenset()
        told = {name: {row[name] for row in rows} for name in self.columns.counts if name != base}
        same = {name: next(iter(values)) for name, values in told.items() if len(values) == 1 and None not in values}
        most = max((row[base] for row in rows if row[base] is not None), default=0)
        return frozenset(name for name, value in same.items() if value >= max(most, self.k))

    def _what_rests_on_it(self) -> None:
        columns = self.columns
        shared = [name for name in columns.counts if name not in self.wholes]
        for at in {place for place, _ in self.hidden}:
            if (at, columns.base) in self.hidden:
                self.hidden |= {(at, name) for name in (*shared, *columns.values)}
                continue
            self.hidden |= {
                (at, value)
                for value in columns.values
                if any((at, count) in self.hidden for count in columns.rests(value))
            }

    def _what_adds_up(self) -> None:
        for name in self.columns.counts:
            for line in self.lines:
                self._hide_another([(at, name) for at in line])
            self._what_follows(name)
        for name in self.summed:
            self._hide_another([(at, name) for at in range(len(self.rows))])
        for one, other in self.again:
            if one in self.hidden or other in self.hidden:
                self.hidden |= {one, other}
        for names in self.sums:
            for at in range(len(self.rows)):
                self._hide_another([(at, name) for name in names])

    def _what_follows(self, name: str) -> None:
        """Lines that cross can tell together what none of them tells alone."""
        hidden = [at for at in range(len(self.rows)) if (at, name) in self.hidden and self.rows[at][name] is not None]
        if not self.crossing or not hidden:
            return
        if len(hidden) > MOST_UNKNOWN:
            self.hidden |= {(at, name) for at in range(len(self.rows))}
            return
        for at in lines.follow(self.lines, hidden):
            beside = {(other, name) for line in self.lines if at in line for other in line}
            shown = sorted((self._size(cell), cell) for cell in beside - self.hidden if self._size(cell))
            if shown and self._size((at, name)):
                self.hidden.add(shown[0][1])
            elif self._size((at, name)):
                self._hide_noughts(beside)

    def _what_runs_on(self) -> None:
        columns = self.columns
        if any(not running(name) for _, name in self.hidden if name == columns.base):
            names = [name for name in (*columns.counts, *columns.values) if running(name)]
            self.hidden |= {(at, name) for at in range(len(self.rows)) for name in names}

    def _what_is_made_of_shares(self) -> None:
        """Where rows are figures: the score that is made of a hidden share, and changes from one period to the next."""
        keys = self.columns.keys
        if FIGURE not in keys:
            return
        lost = [self.rows[at] for at, name in self.hidden if name == "value"]
        for apart, made in ((FIGURE, lambda row, _: row[FIGURE] == SCORE), ("period", lambda _, name: is_change(name))):
            fixed = [key for key in keys if key != apart]
            gone = {tuple(row[key] for key in fixed) for row in lost}
            self.hidden |= {
                (at, name)
                for at, row in enumerate(self.rows)
                if tuple(row[key] for key in fixed) in gone
                for name in self.columns.values
                if made(row, name)
            }

    def _hide_another(self, line: list[tuple[int, str]]) -> None:
        """Hide the next smallest cells of a line while what is hidden there can be worked out."""
        hidden = [cell for cell in line if cell in self.hidden and (self._size(cell) or cell in self.noughts)]
        if not hidden:
            return
        shown = sorted((self._size(cell), cell) for cell in line if cell not in self.hidden and self._size(cell))
        together = sum(self._size(cell) for cell in hidden)
        count = len(hidden)
        for size, cell in shown:
            if count > 1 and together >= self.k:
                return
            self.hidden.add(cell)
            together, count = together + size, count + 1
        if count == 1:
            # Nobody else is in the line: there even noughts tell.
            self._hide_noughts(set(line))

    def _hide_noughts(self, cells: set[tuple[int, str]]) -> None:
        more = {cell for cell in cells if self.rows[cell[0]][cell[1]] is not None} - self.hidden
        self.hidden |= more
        self.noughts |= more

    def _size(self, cell: tuple[int, str]) -> int:
        value = self.rows[cell[0]][cell[1]]
        return 0 if value is None else abs(int(value))


def _told(
    rows: Sequence[Row], hidden: Mapping[str, tuple[int, ...]], names: Sequence[str]
) -> dict[str, tuple[int, ...]]:
    """Sentences with numbers that stand in a row, or beside rows of one beginning, of which something is hidden."""
    touched = {rows[at][names[0]] for places in hidden.values() for at in places}
    found = {
        name: tuple(at for at, row in enumerate(rows)
                    if row[names[0]] in touched and re.search(r"\d", str(row[name] or "")))
        for name in SENTENCES if name in names
    }  # fmt: skip
    return {name: places for name, places in found.items() if places}


def _few(value: Any, k: int) -> bool:
    return value is not None and 0 < abs(value) < k


def _number(value: Any) -> float | None:
    if value is None or isinstance(value, (bool, str)):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _without(table: Any, hidden: Mapping[str, tuple[int, ...]]) -> Any:
    import pyarrow as pa

    for name, places in hidden.items():
        values = table[name].to_pylist()
        for at in places:
            values[at] = None
        place = table.column_names.index(name)
        table = table.set_column(
            place, table.schema.field(name), pa.chunked_array([pa.array(values, table[name].type)])
        )
    return table
