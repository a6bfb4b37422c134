"""An integer per customer, made of the customer's own id: the key inside, never shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ibis

_DIGITS = "0123456789abcdef"


def number(key: Any, dialect: str) -> Any:
    """The key itself where it is an integer, else 60 bits or more of a hash.

    17 million customers collide with a probability of 1 in 8,000; a numbering without collisions would need a sort of
    all customers in every question. The key itself stays in `user_id`.
    """
    if key.type().is_integer():
        return key.cast("int64")
    text = key.cast("string")
    made = HASHES.get(dialect, _digits_of_md5)(text)
    return ibis.ifelse(text.isnull(), ibis.null("int64"), made)


def _builtin(name: str, takes: tuple[str, ...], gives: str) -> Any:
    def function(*arguments: Any) -> Any:
        """A function that the engine has and Ibis has no name for."""

    function.__name__ = name
    return ibis.udf.scalar.builtin(function, name=name, signature=(takes, gives))


_hash = _builtin("hash", ("string",), "uint64")
_sip = _builtin("sipHash64", ("string",), "uint64")
_xx = _builtin("xxhash64", ("string",), "int64")


@ibis.udf.scalar.builtin(name="hashtextextended", signature=(("string", "int64"), "int64"))  # type: ignore[untyped-decorator]  # Ibis ships no types
def _extended(text: Any, seed: Any) -> Any:
    """Postgres's own hash."""


_LOW = 2**63 - 1


def _positive(unsigned: Any) -> Any:
    # Not a division: engines divide whole numbers as doubles, which would leave 53 bits.
    return (unsigned & ibis.literal(_LOW, type="uint64")).cast("int64")


HASHES: Mapping[str, Callable[[Any], Any]] = {
    "duckdb": lambda text: _positive(_hash(text)),
    "clickhouse": lambda text: _positive(_sip(text)),
    "postgres": lambda text: _extended(text, 0),
    "pyspark": _xx,
    "polars": lambda text: text.hash(),  # Polars can't look a digit up in a column of digits.
}
"""Engines' own hashes, many times faster than digits of an md5."""


def _digits_of_md5(text: Any) -> Any:
    digest = text.hexdigest("md5")
    places = [ibis.literal(_DIGITS).find(digest.substr(at, 1)).cast("int64") * 16 ** (14 - at) for at in range(15)]
    return sum(places[1:], places[0])
