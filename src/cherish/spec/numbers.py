"""A number out of a column that may hold texts: the same on every engine, and never a failed question."""

from __future__ import annotations

from typing import Any

import ibis

# Without a backslash, which some engines read before the expression sees it; three digits of exponent would not fit.
_NUMBER = "^ *[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,2})? *$"


def number_of(column: Any) -> Any:
    """A column as float64: numbers as they are, texts that are numbers read as such, anything else null."""
    if column.type().is_numeric():
        return column.cast("float64")
    text = column.cast("string")
    # An engine that casts as it pleases looks at the text before the condition: so what is cast is made harmless first.
    return ibis.ifelse(text.re_search(_NUMBER), text, ibis.null("string")).strip().cast("float64")


def text_of(column: Any) -> Any:
    """The column as texts; of numbers a whole one as people write it, 7 and not 7.0, on every engine."""
    text = column.cast("string")
    if not column.type().is_floating():
        return text
    return ibis.ifelse(text.endswith(".0"), text.left(text.length() - 2), text)
