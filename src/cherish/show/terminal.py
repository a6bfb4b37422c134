"""Answers in a terminal, in a pipe and in an interpreter: readable with colours and without them."""

from __future__ import annotations

import io
import os
import textwrap
from typing import IO, TYPE_CHECKING

from cherish.show.answered import Answered
from cherish.show.layout import Column, Layout, layout
from cherish.show.numbers import DASH

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 100
"""The width of lines where no terminal says otherwise."""
GAP = "  "
WIDE = 120
"""Tables wider than this (and than COLUMNS says) are written in parts where no terminal cuts them."""
LONG = 44
"""Texts wider than this stand below their table."""


def console(file: IO[str] | None = None, *, stderr: bool = False) -> Console:
    """A console that knows who looks: no colours in a pipe or under NO_COLOR, 100 columns without a screen."""
    from rich.console import Console

    class Screen(Console):
        def on_broken_pipe(self) -> None:
            # Rich leaves with 1; that a reader has had enough (`| head`) is no failure.
            raise BrokenPipeError

    made = Screen(file=file, stderr=stderr, highlight=False, emoji=False, soft_wrap=False)
    if made.is_terminal:
        return made
    width = int(os.environ["COLUMNS"]) if os.environ.get("COLUMNS", "").isdigit() else WIDTH
    return Screen(
        file=file, stderr=stderr, highlight=False, emoji=False, width=width, no_color=True, force_terminal=False
    )


def plain(result: Answered) -> str:
    """The answer as plain text."""
    out = io.StringIO()
    show(result, console(out))
    return out.getvalue().rstrip("\n")


def show(result: Answered, screen: Console, rows: int | None = None) -> None:
    """Write the answer: sentence, table, what is missing, notes, and a dim line on where it comes from."""
    found = layout(result, rows)
    if found.title:
        write(screen, found.title, "bold")
    write(screen, found.sentence, "" if found.title else "bold")
    if found.columns and found.columns[0].cells:
        screen.print()
        table(found.columns, screen)
    if found.more:
        write(screen, found.more, "dim")
    if found.legend:
        write(screen, found.legend, "dim")
    _below(found, screen)


def _below(found: Layout, screen: Console) -> None:
    screen.print()
    for text in found.missing:
        write(screen, f"{DASH} {text}", "dim")
    for text in found.notes:
        write(screen, f"! {text}", "yellow")
    write(screen, " · ".join(text.replace(" ", "\u00a0") if len(text) < 60 else text for text in found.origin), "dim")


def write(screen: Console, text: str, style: str = "", hang: int | None = None) -> None:
    """Write a text, folded at spaces; long names stay in one piece, so that they can be copied.

    `hang` indents what is folded; without it a line keeps its own indent.
    """
    from rich.text import Text

    for line in text.splitlines() or [""]:
        indent = " " * (len(line) - len(line.lstrip(" ")) if hang is None else hang)
        folded = textwrap.wrap(
            line, screen.width, break_long_words=False, break_on_hyphens=False, subsequent_indent=indent
        )
        for part in folded or [""]:
            screen.print(Text(clean(part.replace("\u00a0", " ")), style=style), soft_wrap=True)


def clean(text: str) -> str:
    """The text without what would steer a terminal: names come from data."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def table(columns: tuple[Column, ...], screen: Console) -> None:
    """Write a table; columns that a screen has no room for are named below it, and a pipe gets them all.

    There a table wider than people read is written in parts, one below the other, each with what its rows are.
    """
    long = [column for column in columns[1:] if column.cells and not column.number and _widest(column) > LONG]
    shown, left_out = _fitting(tuple(column for column in columns if column not in long), screen)
    for place, part in enumerate(_parts(shown, screen)):
        if place:
            screen.print()
        _lines(part, screen)
    for column in long:
        screen.print()
        for label, cell in zip(columns[0].cells, column.cells, strict=True):
            write(screen, f"{column.title}, {label}: {cell}", hang=4)
    if left_out:
        names = ", ".join(column.title for column in left_out)
        write(screen, f"no room for {names}; see them with --csv, --json or a wider window", "dim")


def _lines(columns: tuple[Column, ...], screen: Console) -> None:
    from rich.text import Text

    widths = [_widest(column) for column in columns]
    screen.print(Text(_line([column.title for column in columns], columns, widths), style="bold"), soft_wrap=True)
    for cells in zip(*(column.cells for column in columns), strict=True):
        line = Text(_line(list(cells), columns, widths))
        line.highlight_regex(rf"(?<!\S){DASH}(?!\S)", "dim")
        screen.print(line, soft_wrap=True)


def _parts(columns: tuple[Column, ...], screen: Console) -> list[tuple[Column, ...]]:
    """The columns as they are, or where a pipe would get very wide lines, in parts of at most WIDE signs."""
    most = max(WIDE, screen.width)
    # What the rows are stands in front: the first column, and texts soon after it.
    front = max((place for place, column in enumerate(columns[:4], 1) if not column.number), default=1)
    head, room = columns[:front], most - _width(columns[:front])
    if screen.is_terminal or _width(columns) <= most or room < most // 3:
        return [columns]
    parts: list[tuple[Column, ...]] = [head]
    for column in columns[front:]:
        if len(parts[-1]) > front and _width((*parts[-1], column)) > most:
            parts.append(head)
        parts[-1] = (*parts[-1], column)
    return parts


def _width(columns: tuple[Column, ...]) -> int:
    return sum(map(_widest, columns)) + len(GAP) * max(0, len(columns) - 1)


def _widest(column: Column) -> int:
    return max([len(column.title), *(len(cell) for cell in column.cells)])


def _line(cells: list[str], columns: tuple[Column, ...], widths: list[int]) -> str:
    padded = (
        cell.rjust(width) if column.number else cell.ljust(width)
        for cell, column, width in zip(cells, columns, widths, strict=True)
    )
    return clean(GAP.join(padded)).rstrip()


def _fitting(columns: tuple[Column, ...], screen: Console) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    if not screen.is_terminal:
        return columns, ()
    used, count = 0, 0
    for column in columns:
        used += _widest(column) + (len(GAP) if count else 0)
        if count and used > screen.width:
            break
        count += 1
    return columns[:count], columns[count:]
