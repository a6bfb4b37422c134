"""The raw events as data frames in memory, as somebody would keep them who asks the same with pandas or Polars."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from bench.words import EVENT, Span

FRAMES = ("pandas", "polars")
_EVENTS = "SELECT user_id::BIGINT AS customer_id, name, ts, value::DOUBLE AS value FROM events"


def frames(store: Any) -> dict[str, Any]:
    """A frame for each of the two packages that is installed; names are a category, money a double."""
    made: dict[str, Any] = {}
    if find_spec("pandas"):
        frame = store.query(_EVENTS).to_pandas()
        made["pandas"] = frame.assign(name=frame["name"].astype("category"))
    if find_spec("polars"):
        import polars

        frame = polars.from_arrow(store.query(_EVENTS))
        made["polars"] = frame.with_columns(polars.col("name").cast(polars.Categorical))
    return made


def bytes_of(frame: Any) -> int:
    """What a frame itself takes up."""
    if hasattr(frame, "estimated_size"):
        return int(frame.estimated_size())
    return int(frame.memory_usage(deep=True).sum())


def asked(frame: Any, span: Span, *columns: str) -> Any:
    """The rows of the event before the end, of a pandas frame."""
    import pandas

    return frame.loc[(frame["name"] == EVENT) & (frame["ts"] < pandas.Timestamp(span.end)), ["customer_id", *columns]]


def lazily(frame: Any, span: Span) -> Any:
    """The same of a Polars frame, lazily."""
    import polars

    return frame.lazy().filter((polars.col("name") == EVENT) & (polars.col("ts") < span.end))


def numbered(moments: Any, unit: str) -> Any:
    """A pandas column of moments as whole days (D) or months (M) since 1970, in NumPy."""
    return moments.to_numpy().astype(f"datetime64[{unit}]").astype("int64")


def pairs(customers: Any, numbers: Any) -> tuple[Any, Any]:
    """The different pairs of customer and number, in order: packed into one number, which is quickest to sort."""
    import numpy
    import pandas

    wide = 1_000_000
    packed = numpy.sort(pandas.unique(customers.to_numpy() * wide + numbers))
    return packed // wide, packed % wide
