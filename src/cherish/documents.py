"""Figures in files: a result exported as JSON, or a page that carries its figures in a block of its own.

A page holds `<script type="application/json" id="cherish-figures">[...]</script>` with every figure, and shows each in
elements with `data-figure="ID"`, whose text must be the figure's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import msgspec

from cherish.errors import FileError
from cherish.result import Result
from cherish.verify import Figure, of_result

BLOCK = "cherish-figures"
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(frozen=True)
class Document:
    """What a file claims: its figures, and for each the texts that readers see in its place."""

    figures: tuple[Figure, ...]
    shown: dict[str, list[str]] = field(default_factory=dict)


def block(figures: Iterable[Figure]) -> str:
    """The script element that carries the figures of a page."""
    text = msgspec.json.encode(list(figures), order="deterministic").decode().replace("<", "\\u003c")
    return f'<script type="application/json" id="{BLOCK}">{text}</script>'


def _result(file: Path, text: str) -> Result:
    try:
        return Result.from_json(text)
    except FileError as error:
        raise FileError(f"{file}: {error}; write it again with --json") from error


def read(file: Path) -> Document:
    """The figures of a file.

    Raises:
        FileError: it can't be read, or carries no figures.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(
            f"{file} can't be read: {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}"
        ) from error
    if text.lstrip().startswith("{"):
        return Document(tuple(of_result(_result(file, text))))
    page = _Page()
    page.feed(text)
    if not page.block:
        raise FileError(f"{file} carries no figures: give a result written by --json, or a report page of Cherish")
    try:
        figures = msgspec.json.decode("".join(page.block), type=list[Figure])
    except msgspec.MsgspecError as error:
        raise FileError(f"{file}: its block of figures is damaged ({error})") from error
    lost = sorted(set(page.shown) - {each.id for each in figures})
    if lost:
        raise FileError(f"{file} shows {len(lost)} figures that are not in its block, the first is {lost[0]}")
    return Document(tuple(figures), page.shown)


class _Page(HTMLParser):
    """Finds the block and the texts of marked elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.block: list[str] = []
        self.shown: dict[str, list[str]] = {}
        self._inside = False
        self._open: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin the block or a marked element."""
        given = dict(attrs)
        self._inside = tag == "script" and given.get("id") == BLOCK
        if tag in _VOID:
            return
        mark = given.get("data-figure")
        self._open.append((tag, mark))
        if mark:
            self.shown.setdefault(mark, []).append("")

    def handle_endtag(self, tag: str) -> None:
        """End the innermost element of this name."""
        self._inside = False
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        """Text of the block, or of every marked element around it."""
        if self._inside:
            self.block.append(data)
        for _, mark in self._open:
            if mark:
                self.shown[mark][-1] += data
