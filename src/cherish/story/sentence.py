"""A sentence whose numbers are figures: text for the terminal, marked parts for the page."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter

from cherish.verify import Figure


@dataclass(frozen=True)
class Part:
    """A piece of a sentence: plain text, or the text of a figure."""

    text: str
    figure: Figure | None = None


@dataclass(frozen=True)
class Sentence:
    """Parts in their order."""

    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The sentence as people read it."""
        return "".join(part.text for part in self.parts)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures in it, in their order."""
        return tuple(part.figure for part in self.parts if part.figure is not None)

    def __add__(self, other: Sentence) -> Sentence:
        return Sentence((*self.parts, Part(" "), *other.parts))


def say(template: str, **values: Figure | str) -> Sentence:
    """A sentence from a template of our own and values that may come from data; a value is never read as a template."""
    parts: list[Part] = []
    for text, name, _, _ in Formatter().parse(template):
        if text:
            parts.append(Part(text))
        if name is not None:
            value = values[name]
            parts.append(Part(value) if isinstance(value, str) else Part(value.text, value))
    return Sentence(tuple(parts))
