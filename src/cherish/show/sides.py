"""An answer about two audiences, taken apart again: each side as an answer of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cherish.show.answered import Answered

SEGMENT, INSTEAD = "segment", "audience"
"""The column that says whose a row is; `audience` where an answer has segments of its own."""
AGAINST, DIFFERENCE = "against_", "difference_"
"""What stands before the other side's figures in a headline, and before differences."""


def sides(result: Answered) -> tuple[tuple[str, Any], ...]:
    """The two sides with their names; nothing where the answer is about one audience."""
    names = (result.about.get("among"), result.about.get("against"))
    if None in names:
        return ()
    import pyarrow as pa

    column = result.table.column_names[0]
    segments = result.table[column].to_pylist()
    # Of a table without rows the list would say nothing of its type.
    masks = {name: pa.array([each == name for each in segments], pa.bool_()) for name in names}
    other = {name.removeprefix(AGAINST): value for name, value in result.headline.items() if name.startswith(AGAINST)}
    own = {name: value for name, value in result.headline.items() if not name.startswith((AGAINST, DIFFERENCE))}
    about = {name: text for name, text in result.about.items() if name not in ("among", "against")}
    return tuple(
        (str(name), replace(
            result,  # type: ignore[type-var]  # what is answered is a frozen dataclass
            table=result.table.filter(masks[name]).drop_columns(column),
            headline=headline, about=about,
        ))
        for name, headline in zip(names, (own, other), strict=True)
    )  # fmt: skip


def segment_of(*tables: Any) -> str:
    """What the column of the sides is called beside those of these tables."""
    return INSTEAD if any(SEGMENT in table.column_names for table in tables) else SEGMENT


def differences(result: Answered) -> dict[str, Any]:
    """What the first side has more of, by the figure's name."""
    return {
        name.removeprefix(DIFFERENCE): value
        for name, value in result.headline.items()
        if name.startswith(DIFFERENCE) and value is not None
    }
