"""Options about how files are read, shared by `import` and `look`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cherish.cli._options import pairs

HOW = "How files are read"

MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        rich_help_panel=HOW,
        metavar="ROLE=COLUMN",
        help="Which column is customer, time, order, value, event ...; repeatable.",
    ),
]
KindOption = Annotated[
    str | None,
    typer.Option(
        "--kind", rich_help_panel=HOW, metavar="events|orders|lines|customers", help="What the rows are.  [guessed]"
    ),
]
EventOption = Annotated[
    str | None,
    typer.Option(
        "--event",
        rich_help_panel=HOW,
        metavar="NAME",
        help="The event's name, where no column holds it.  [from the file's name]",
    ),
]
ZoneOption = Annotated[
    str | None,
    typer.Option(
        "--tz",
        rich_help_panel=HOW,
        metavar="ZONE",
        help="Time zone of times without one, such as Europe/Berlin.  [the workspace's; UTC at first]",
    ),
]
CurrencyOption = Annotated[
    str | None,
    typer.Option("--currency", rich_help_panel=HOW, metavar="CODE", help="Currency of money without one, such as EUR."),
]
DatesOption = Annotated[
    str | None,
    typer.Option(
        "--dates",
        rich_help_panel=HOW,
        metavar="day-first|month-first",
        help="How 03/04/2024 is meant, where the file doesn't settle it.",
    ),
]
DecimalOption = Annotated[
    str | None,
    typer.Option(
        "--decimal",
        rich_help_panel=HOW,
        metavar="point|comma",
        help="How 1,234 is meant, where the file doesn't settle it.",
    ),
]
EncodingOption = Annotated[
    str | None, typer.Option("--encoding", rich_help_panel=HOW, metavar="NAME", help="Encoding of text files.  [UTF-8]")
]


def wishes(mapping: list[str] | None, **given: Any) -> dict[str, Any]:
    """The keyword arguments of an import: only what was said."""
    said = {name: value for name, value in given.items() if value is not None}
    return {**said, "mapping": pairs(mapping)} if mapping else said
