"""The answers that a measure listens to: an instrument by name, its scale from its file or as given."""

from __future__ import annotations

from dataclasses import replace

from cherish.errors import QuestionError, Unanswerable
from cherish.instruments import registry
from cherish.points.relations.responses import Responses
from cherish.spec.view import View


def answers(view: View, instrument: str, scale: tuple[float | None, float | None] = (None, None)) -> Responses:
    """The answers to an instrument (`name`) or one of its items (`name.item`), on the scale given, else its file's.

    Where the instrument has a file, only its items count. Of one without a file and without a scale every number does.

    Raises:
        QuestionError: the instrument's file has no such item.
    """
    name, _, item = instrument.partition(".")
    own = registry.beside(view.log)
    if name not in registry.names(own):
        return Responses(name, item or None, *scale)
    form = registry.find(name, own)
    asked = tuple(each for each in form.items if item in ("", each.name))
    if not asked:
        there = ", ".join(each.name for each in form.items)
        raise QuestionError(f"{instrument!r}: {name} has no item {item!r}; it has {there}")
    low, high = form.range(asked[0]) if scale == (None, None) else scale
    reverse = tuple(each.name for each in asked if each.reverse)
    return Responses(name, tuple(each.name for each in asked), low, high, reverse=reverse)


def told(view: View, wanted: Responses) -> bool:
    """Whether the log has answers to surveys at all."""
    try:
        wanted.rows(view)
    except Unanswerable:
        return False
    return True


def rescaled(view: View, instrument: str, scale: tuple[float | None, float | None]) -> Responses:
    """The same answers on a scale from 0 to 1.

    Raises:
        QuestionError: the ends of their scale are not known.
    """
    found = answers(view, instrument, scale)
    if found.low is None or found.high is None:
        raise QuestionError(f"{instrument!r} has no file that tells its scale: give both of its ends, low and high")
    return replace(found, shown=(0.0, 1.0))
