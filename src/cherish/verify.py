"""Figures that can be checked: what a sentence or a report says, tied to the question that gives it again.

A figure keeps the question (its moment written out), where in the answer it stands, its value, and the text that
people read. `reproduce` asks every question again and says which figures came out the same and, of the others,
whether the rows, how they are read, the definition or the code changed, or the figure itself was altered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from cherish.errors import CherishError, QuestionError
from cherish.query import Query
from cherish.result import Result
from cherish.show.values import from_plain, plain, same, states, type_of

Cause = Literal["rows", "reading", "definition", "code", "figure", "text", "unanswered"]
MEANING: dict[Cause, str] = {
    "rows": "the rows changed",
    "reading": "the names of events changed, or who is left out as noise",
    "definition": "the definition changed",
    "code": "the code changed",
    "figure": "rows, definition and code are the same: the figure was altered",
    "text": "the text does not state the value",
    "unanswered": "the question can't be answered now",
}


class Selector(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where in an answer a figure stands: a headline's key, or a column and the key values of one row."""

    headline: str | None = None
    column: str | None = None
    row: dict[str, str] = {}

    def __str__(self) -> str:
        if self.headline is not None:
            return self.headline
        keys = ", ".join(f"{name}={value}" for name, value in self.row.items())
        return f"{self.column}[{keys}]"

    def read(self, result: Result) -> Any:
        """The value that stands there.

        Raises:
            QuestionError: no such place, or several rows with these keys.
        """
        if self.headline is not None:
            if self.headline not in result.headline:
                has = ", ".join(result.headline) or "nothing"
                raise QuestionError(f"{result.name} has no headline {self.headline!r}; it has {has}")
            return result.headline[self.headline]
        return _cell(result, self)


def headline(key: str) -> Selector:
    """The figure of this name among the headline's."""
    return Selector(headline=key)


def cell(column: str, **row: Any) -> Selector:
    """The figure in this column, in the one row whose other columns have these values."""
    return Selector(column=column, row={name: str(plain(value)) for name, value in row.items()})


def _cell(result: Result, selector: Selector) -> Any:
    wanted = [selector.column, *selector.row]
    missing = [name for name in wanted if name not in result.table.column_names]
    if missing:
        raise QuestionError(
            f"{result.name} has no column {missing[0]!r}; it has {', '.join(result.table.column_names)}"
        )
    columns = {name: result.table[name].to_pylist() for name in wanted}
    places = range(result.table.num_rows)
    hits = [at for at in places if all(str(plain(columns[name][at])) == value for name, value in selector.row.items())]
    if len(hits) != 1:
        raise QuestionError(f"{result.name}: {len(hits)} rows have {selector}; a figure needs exactly one")
    return columns[selector.column][hits[0]]


class Figure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One number that somebody reads, and how to get it again. Money is kept as exact text, dates as ISO text."""

    id: str
    query: Query
    selector: Selector
    value: str | int | float | None
    type: str
    text: str
    name: str
    fingerprint: str
    code_version: str


def figure(result: Result, selector: Selector | str, text: str) -> Figure:
    """The figure at this place of an answer, as people will read it; a plain text selects a headline's key.

    Raises:
        QuestionError: no such place, or the text states another number than the one that stands there.
    """
    place = headline(selector) if isinstance(selector, str) else selector
    value = place.read(result)
    if not states(text, value):
        raise QuestionError(f"{result.name}: the text {text!r} does not state the value of {place}, {plain(value)}")
    digest = hashlib.md5(f"{result.query.to_json()}\0{place}\0{text}".encode(), usedforsecurity=False).hexdigest()
    return Figure(
        id=f"f{digest[:12]}", query=result.query, selector=place, value=plain(value), type=type_of(value), text=text,
        name=result.name, fingerprint=result.fingerprint, code_version=result.code_version,
    )  # fmt: skip


def of_result(result: Result) -> list[Figure]:
    """Every figure of an exported result: its headline, and each cell of its table by the row's number."""
    made = [
        _exported(result, Selector(headline=key), value) for key, value in result.headline.items() if value is not None
    ]
    for name in result.table.column_names:
        for place, value in enumerate(result.table[name].to_pylist()):
            if value is not None:
                made.append(_exported(result, Selector(column=name, row={ROW: str(place + 1)}), value))
    return made


ROW = "#"
"""The key of a cell in an exported table: the number of its row."""


def _exported(result: Result, place: Selector, value: Any) -> Figure:
    return Figure(
        id=str(place), query=result.query, selector=place, value=plain(value), type=type_of(value), text="",
        name=result.name, fingerprint=result.fingerprint, code_version=result.code_version,
    )  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """A figure that did not come out the same: what it says, what comes out now, and why."""

    figure: Figure
    now: Any
    cause: Cause
    detail: str = ""

    def __str__(self) -> str:
        said = self.figure.text or str(self.figure.value)
        now = f", now {plain(self.now)}" if self.cause not in ("text", "unanswered") else ""
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.figure.id} {self.figure.name} {self.figure.selector}: {said}{now}; {MEANING[self.cause]}{detail}"


@dataclass(frozen=True)
class Verdict:
    """How many figures there are and which of them differ."""

    total: int
    differences: tuple[Difference, ...] = field(default=())

    @property
    def reproduced(self) -> int:
        """How many came out the same."""
        return self.total - len({each.figure.id for each in self.differences})

    def __str__(self) -> str:
        return f"{self.reproduced:,} of {self.total:,} reproduced"


def reproduce(log: Any, figures: Sequence[Figure], shown: Mapping[str, Iterable[str]] | None = None) -> Verdict:
    """Ask every question again, each once, and compare.

    `shown` maps a figure's id to the texts that stand for it in a document, which must be the figure's own.
    """
    from cherish.answer import answer
    from cherish.answer.ask import holding

    asked: dict[Query, Result | CherishError] = {}
    differences: list[Difference] = []
    with holding(log):
        for each in figures:
            if each.query not in asked:
                try:
                    asked[each.query] = answer(log, each.query)
                except CherishError as error:
                    asked[each.query] = error
            differences += _compared(each, asked[each.query], tuple((shown or {}).get(each.id, ())))
    return Verdict(len(figures), tuple(differences))


def _compared(each: Figure, found: Result | CherishError, shown: tuple[str, ...]) -> list[Difference]:
    if isinstance(found, CherishError):
        return [Difference(each, None, "unanswered", str(found))]
    try:
        now = _row_value(found, each.selector)
    except CherishError as error:
        return [Difference(each, None, _cause(each, found), str(error))]
    if not same(from_plain(each.value, each.type), now):
        return [Difference(each, now, _cause(each, found))]
    texts = [text for text in shown if text != each.text]
    if texts:
        return [Difference(each, now, "text", f"the document shows {texts[0]!r}")]
    return [] if not each.text or states(each.text, now) else [Difference(each, now, "text")]


def _row_value(found: Result, selector: Selector) -> Any:
    if ROW not in selector.row:
        return selector.read(found)
    if selector.column not in found.table.column_names or int(selector.row[ROW]) > found.table.num_rows:
        raise QuestionError(f"the table has no {selector} now")
    return found.table[selector.column][int(selector.row[ROW]) - 1].as_py()


def _rows_of(fingerprint: str) -> str:
    """The part of a fingerprint that is about the rows; what they are read by may stand behind it."""
    return ":".join(fingerprint.split(":")[:2])


def _cause(each: Figure, found: Result) -> Cause:
    if each.fingerprint != found.fingerprint:
        return "reading" if _rows_of(each.fingerprint) == _rows_of(found.fingerprint) else "rows"
    if each.name != found.name:
        return "definition"
    return "code" if each.code_version != found.code_version else "figure"
