"""An instrument as a value: items, subscales, reversed items, range, missing rule and scoring, read from a file."""

from __future__ import annotations

import hashlib
import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec

from cherish.errors import FileError

Scoring = Literal["mean", "promoters", "top"]
_PLACE = re.compile(r" - at `\$\.?(.*)`$")


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question. `min` and `max` are the instrument's where not given; a shell has items without `text`."""

    name: str
    text: str | None = None
    subscale: str | None = None
    reverse: bool = False
    min: float | None = None
    max: float | None = None


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a file says, field by field.

    about      what it measures, in a sentence
    source     who made it: author, year, title
    terms      under which terms it may be used, and what must be said beside it
    min, max   the ends of the answer scale
    items      the questions, in order
    scoring    `mean`, `top` (share at or above `cut`, and the mean) or `promoters` (`cuts`: highest detractor, lowest
               promoter)
    answered   the share of a subscale's items that must be answered for it to have a score
    total      what the whole score is the mean of: `items`, `subscales`, or `none` where there is no whole
    shown      the two ends of the scale that scores are shown on, where that is not the answer scale
    classes    the lowest whole score of each class, lowest class first, on the scale that is shown
    """

    title: str
    about: str
    min: float
    max: float
    items: tuple[Item, ...]
    source: str = ""
    terms: str = ""
    scoring: Scoring = "mean"
    cut: float | None = None
    cuts: tuple[float, float] | None = None
    answered: float = 0.5
    total: Literal["items", "subscales", "none"] = "items"
    shown: tuple[float, float] | None = None
    classes: dict[str, float] = {}


class Instrument:
    """An instrument: the name of its file and what the file says, checked; equal where both are."""

    def __init__(self, name: str, form: Form, digest: str) -> None:
        self.name, self.form, self.digest = name, form, digest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Instrument) and (self.name, self.digest) == (other.name, other.digest)

    def __hash__(self) -> int:
        return hash((self.name, self.digest))

    def __repr__(self) -> str:
        return f"Instrument({self.name}@{self.digest})"

    @property
    def items(self) -> tuple[Item, ...]:
        """The items in the order of the file."""
        return self.form.items

    @cached_property
    def subscales(self) -> dict[str, tuple[int, ...]]:
        """The places of each subscale's items."""
        found: dict[str, list[int]] = {}
        for place, item in enumerate(self.items):
            if item.subscale is not None:
                found.setdefault(item.subscale, []).append(place)
        return {name: tuple(places) for name, places in found.items()}

    @property
    def shell(self) -> bool:
        """Whether it comes without wording: the form itself must be licensed."""
        return any(item.text is None for item in self.items)

    def range(self, item: Item) -> tuple[float, float]:
        """The ends of an item's answer scale."""
        return (
            self.form.min if item.min is None else item.min,
            self.form.max if item.max is None else item.max,
        )

    @property
    def shown(self) -> tuple[float, float]:
        """The ends of the scale that scores are shown on."""
        return self.form.shown or (self.form.min, self.form.max)

    def find(self, name: str) -> int | None:
        """The place of an item."""
        return next((place for place, item in enumerate(self.items) if item.name == name), None)


def load(path: Path) -> Instrument:
    """The instrument of a TOML file; its name is the file's.

    Raises:
        FileError: the file can't be read, or says something that is not allowed; names file, field and value.
    """
    try:
        text = path.read_bytes()
        data = tomllib.loads(text.decode("utf-8"))
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(f"{path} is not TOML: {error}") from error
    try:
        form = msgspec.convert(data, Form)
    except msgspec.ValidationError as error:
        raise FileError(f"{path}: {told(str(error), data)}") from None
    _check(path, form)
    return Instrument(path.stem, form, hashlib.sha256(text).hexdigest()[:12])


def told(error: str, data: Any) -> str:
    """What is wrong with a file, from a message of msgspec: the field in front, with the value that it has."""
    found = _PLACE.search(error)
    if not found:
        return error
    value = data
    for step in re.findall(r"\w+", found[1]):
        value = value[int(step)] if isinstance(value, list) else value.get(step) if isinstance(value, dict) else value
    shown = "" if isinstance(value, dict | list) or value is None else f" = {value!r}"
    return f"{found[1]}{shown}: {error[: found.start()]}"


def _check(path: Path, form: Form) -> None:
    """What types can't say."""

    def refuse(field: str, value: Any, why: str) -> None:
        raise FileError(f"{path}: {field} = {value!r}: {why}")

    if not form.items:
        refuse("items", [], "an instrument needs one item at least")
    for place, item in enumerate(form.items):
        low, high = (form.min if item.min is None else item.min), (form.max if item.max is None else item.max)
        if not item.name.strip():
            refuse(f"items[{place}].name", item.name, "an item needs a name, the one its answers come with")
        if item.name in {each.name for each in form.items[:place]}:
            refuse(f"items[{place}].name", item.name, "two items have this name")
        if not low < high:
            refuse(f"items[{place}].max", high, f"the scale begins at {low:g} and must end above it")
        if item.subscale is not None and item.subscale in {each.name for each in form.items}:
            refuse(f"items[{place}].subscale", item.subscale, "an item has this name; call the subscale otherwise")
    if not 0 < form.answered <= 1:
        refuse("answered", form.answered, "give a share of the items above 0 and up to 1, such as 0.5")
    if form.shown is not None and not form.shown[0] < form.shown[1]:
        refuse("shown", list(form.shown), "the first end must be below the second")
    if form.total == "subscales" and any(item.subscale is None for item in form.items):
        refuse("total", form.total, "every item must then belong to a subscale")
    _check_scoring(form, refuse)
    _check_classes(form, refuse)


def _check_classes(form: Form, refuse: Any) -> None:
    lowest = list(form.classes.values())
    low, high = form.shown or (form.min, form.max)
    if lowest and form.total == "none" and len(form.items) > 1:
        refuse("classes", form.classes, "without a whole there is nothing to be cut into classes")
    if lowest != sorted(set(lowest)) or any(not low <= each <= high for each in lowest):
        refuse("classes", form.classes, f"give the lowest score of each class, rising, from {low:g} to {high:g}")


def _check_scoring(form: Form, refuse: Any) -> None:
    if form.scoring == "top" and (form.cut is None or not form.min < form.cut <= form.max):
        refuse("cut", form.cut, f"scoring = 'top' needs the least answer that counts, up to {form.max:g}")
    if form.scoring == "promoters":
        cuts = form.cuts or (form.max, form.min)
        if not form.min <= cuts[0] < cuts[1] <= form.max:
            refuse("cuts", form.cuts, "scoring = 'promoters' needs the highest detractor and the lowest promoter")
    if form.scoring != "mean" and (len(form.items) > 1 or form.shown is not None):
        refuse("scoring", form.scoring, "shares are made of one item on its own scale; use 'mean' for several")
    if form.scoring == "promoters" and any(item.reverse for item in form.items):
        refuse("items[0].reverse", True, "the recommend score counts answers as they were given")
