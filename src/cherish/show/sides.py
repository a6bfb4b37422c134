"""An answer about two audiences, taken apart again: each side as an answer of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cherish.show.answered import Answered

SEGMENT = "segment"
"""The column that says whose a row is."""
AGAINST, DIFFERENCE = "against_", "difference_"
"""What stands before the other side's figures in a headline, and before differences."""


def sides(result: Answered) -> tuple[tuple[str, Any], ...]:
    """The two sides with their names; nothing where the answer is about one audience."""
    names = (result.about.get("among"), result.about.get("against"))
    if None in names or SEGMENT not in result.table.column_names:
        return ()
    segments = result.table[SEGMENT].to_pylist()
    other = {name.removeprefix(AGAINST): value for name, value in result.headline.items() if name.startswith(AGAINST)}
    own = {name: value for name, value in result.headline.items() if not name.startswith((AGAINST, DIFFERENCE))}
    about = {name: text for name, text in result.about.items() if name not in ("among", "against")}
    return tuple(
        (str(name), replace(
            result,  # type: ignore[type-var]  # what is answered is a frozen dataclass
            table=result.table.filter([each == name for each in segments]).drop_columns(SEGMENT),
            headline=headline, about=about,
        ))
        for name, headline in zip(names, (own, other), strict=True)
    )  # fmt: skip


def differences(result: Answered) -> dict[str, Any]:
    """What the first side has more of, by the figure's name."""
    return {
        name.removeprefix(DIFFERENCE): value
        for name, value in result.headline.items()
        if name.startswith(DIFFERENCE) and value is not None
    }
