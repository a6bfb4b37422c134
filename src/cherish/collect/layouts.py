"""Survey layouts: a small file that says which column of a wide file holds which answer, and which codes are none."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cherish.errors import FileError, QuestionError
from cherish.instruments import registry
from cherish.instruments.instrument import told


class Respondent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who answered: the column of the id, and what is put before it where ids begin anew in every wave."""

    column: str
    prefix: str = ""


class Time(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When: a column (read as dates are, or by `format`), a column of days of one `month`, or one moment for all."""

    column: str | None = None
    format: str | None = None
    month: str | None = None
    at: str | None = None


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer of a row: its column, what it answers, the ends of its scale, and codes that are no answer."""

    column: str
    item: str
    instrument: str | None = None
    min: float | None = None
    max: float | None = None
    kept_out: Mapping[str, str] | None = None


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a layout file says.

    about        where the file is from, and what about its codes is not known
    respondent   see `Respondent`
    time         see `Time`
    weight       the column of the weights
    response     the column of the response's own id; by default the respondent and the time
    properties   further columns that go along with every answer: name = "COLUMN"
    kept_out     codes that are no answer, with what they mean: 11 = "blank"; an item may have its own instead. Empty
                 fields are never an answer
    instrument, min, max
                 those of all items that say nothing else
    items        see `Asked`
    """

    respondent: Respondent
    time: Time
    items: tuple[Asked, ...]
    instrument: str | None = None
    min: float | None = None
    max: float | None = None
    about: str = ""
    weight: str | None = None
    response: str | None = None
    properties: Mapping[str, str] = {}
    kept_out: Mapping[str, str] = {}


@dataclass(frozen=True)
class Answer:
    """One answer of a row with everything filled in: a scale with two ends, and all codes that are none."""

    column: str
    instrument: str
    item: str
    low: float
    high: float
    kept_out: Mapping[str, str]


@dataclass(frozen=True)
class Layout:
    """A checked layout; `digest` is part of what makes two imports the same."""

    name: str
    form: Form
    answers: tuple[Answer, ...]
    digest: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the layout names."""
        form = self.form
        single = (form.respondent.column, form.time.column, form.weight, form.response)
        named = (*(each for each in single if each), *form.properties.values(), *(each.column for each in self.answers))
        return tuple(dict.fromkeys(named))


TAKEN = ("customer", "time", "instrument", "item", "score", "weight", "response_id")
"""The columns of the rows that a layout makes; no property may be called so."""
Ends = tuple[float | None, float | None]
"""The ends of a scale, as far as they are known."""
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def load(path: Path, own: Iterable[Path] = ()) -> Layout:
    """The layout in a TOML file. Scales that it does not give are those of the instruments, found as reports find them.

    Raises:
        FileError: the file can't be read, or says something that is not allowed; names file, field and value.
    """
    try:
        text = path.read_bytes()
        data = tomllib.loads(text.decode("utf-8"))
        form = msgspec.convert(data, Form)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(f"{path} is not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise FileError(f"{path}: {told(str(error), data)}") from None
    _check(path, form)
    folders = tuple(own)
    answers = tuple(_filled(path, place, each, form, folders) for place, each in enumerate(form.items))
    return Layout(path.stem, form, answers, hashlib.sha256(text).hexdigest()[:12])


def _check(path: Path, form: Form) -> None:
    time = form.time
    if (time.at is None) == (time.column is None):
        raise FileError(f"{path}: time: give either the column of the time or `at`, one moment for all rows")
    if time.month is not None and not _MONTH.fullmatch(time.month):
        raise FileError(f"{path}: time.month = {time.month!r}: write a month as 2017-05")
    if time.month is not None and time.format is not None:
        raise FileError(f"{path}: time: give a month for columns of days, or a format for whole dates, not both")
    taken = sorted(set(form.properties) & set(TAKEN))
    if taken:
        raise FileError(f"{path}: properties.{taken[0]}: every answer has a property of this name; choose another")
    if not form.items:
        raise FileError(f"{path}: items = []: name one answer at least")
    named = [(each.instrument or form.instrument, each.item) for each in form.items]
    twice = next((each for each in named if named.count(each) > 1), None)
    if twice:
        raise FileError(f"{path}: items: {twice[0]}.{twice[1]} is answered by two columns")


def _filled(path: Path, place: int, asked: Asked, form: Form, own: tuple[Path, ...]) -> Answer:
    where, instrument = f"{path}: items[{place}] ({asked.column})", asked.instrument or form.instrument
    if instrument is None:
        raise FileError(f"{where}: say which instrument it belongs to, here or for the whole file")
    low, high = asked.min, asked.max
    if instrument == form.instrument:
        low, high = form.min if low is None else low, form.max if high is None else high
    known = _of_instrument(where, f"{path}: items[{place}].item", instrument, asked.item, own)
    low, high = known[0] if low is None else low, known[1] if high is None else high
    if low is None or high is None:
        raise FileError(f"{where}: no instrument is called {instrument!r}, so give min and max")
    if not low < high:
        raise FileError(f"{path}: items[{place}].max = {high:g}: the scale begins at {low:g} and must end above it")
    kept_out = form.kept_out if asked.kept_out is None else asked.kept_out
    within = next((code for code in kept_out if _within(code, low, high)), None)
    if within is not None:
        raise FileError(
            f"{where}: the code {within} ({kept_out[within]}) lies on the scale "
            f"from {low:g} to {high:g}; is it an answer or not?"
        )
    return Answer(asked.column, instrument, asked.item, low, high, kept_out)


def _of_instrument(where: str, field: str, instrument: str, item: str, own: tuple[Path, ...]) -> Ends:
    """The ends of the item's scale as the instrument's file says; none where there is no such file."""
    if instrument not in registry.files(own):
        return None, None
    try:
        form = registry.find(instrument, own)
    except QuestionError as error:
        raise FileError(f"{where}: {error}") from error
    at = form.find(item)
    if at is None:
        there = ", ".join(each.name for each in form.items)
        raise FileError(f"{field} = {item!r}: {instrument} has no such item; it has {there}")
    return form.range(form.items[at])


def _within(code: str, low: float, high: float) -> bool:
    try:
        return low <= float(code) <= high
    except ValueError:
        return False
