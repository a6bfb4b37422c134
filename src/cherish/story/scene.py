"""One scene of the story: a sentence made from its numbers, what it rests on, and a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cherish.result import Result
from cherish.story.sentence import Part, Sentence
from cherish.verify import Figure


@dataclass(frozen=True)
class Table:
    """The picture's numbers, for those who read tables or can't see pictures; the first cell of a row names it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A chart in the making: `draw` gives an Altair chart of a width, `label` says in words what it shows."""

    label: str
    draw: Callable[[int], Any]
    table: Table


@dataclass(frozen=True)
class Scene:
    """What one part of the story says. `title` stands alone, `more` follows it, `results` are what both rest on."""

    key: str
    topic: str
    title: Sentence
    results: tuple[Result, ...]
    more: Sentence | None = None
    picture: Picture | None = None

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure of the scene, those of the picture's table included."""
        cells = [cell.figure for row in self.picture.table.rows for cell in row if cell.figure] if self.picture else []
        return (*self.title.figures, *(self.more.figures if self.more else ()), *cells)

    @property
    def text(self) -> str:
        """Everything the scene says."""
        return f"{self.title.text} {self.more.text}" if self.more else self.title.text


@dataclass(frozen=True)
class Locked:
    """A scene that the data can't tell yet, and the column that would unlock it."""

    key: str
    topic: str
    line: str


@dataclass(frozen=True)
class Story:
    """The whole story: a title, what is in, and the scenes in their order.

    `needs` is what `cherish verify` must be given besides the page, where that isn't the workspace around it.
    """

    name: str
    title: Sentence
    opening: Sentence
    overview: Result
    scenes: tuple[Scene | Locked, ...]
    people: str = "customers"
    notice: str = ""
    following: Sequence[str] = field(default=())
    needs: str = ""

    @property
    def told(self) -> tuple[Scene, ...]:
        """The scenes that could be told."""
        return tuple(each for each in self.scenes if isinstance(each, Scene))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure of the story, each once."""
        every = [*self.title.figures, *self.opening.figures, *(one for scene in self.told for one in scene.figures)]
        return tuple({each.id: each for each in every}.values())
