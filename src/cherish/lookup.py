"""Words looked up in what is written of something: all of them must occur, and the best match comes first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

Thing = TypeVar("Thing")


def best(words: str, among: Iterable[tuple[Thing, Sequence[str]]]) -> list[Thing]:
    """The things whose texts hold every word; each comes with its texts, of which the first are the most telling.

    A word is found where one begins with it: `age` is not in `average`. In the first text, a name, any part will do.
    """
    matches = [(distance(words, texts), thing) for thing, texts in among]
    found = [(far, thing) for far, thing in matches if far is not None]
    return [thing for _, thing in sorted(found, key=lambda each: each[0])]


def distance(words: str, texts: Sequence[str]) -> float | None:
    """How deep one has to read to find all words, less if they stand together; None where one of them is nowhere."""
    name, wanted = texts[0].lower(), words.lower().replace("_", " ")
    if wanted.replace(" ", "_") in name:
        return 0.0 if len(wanted) == len(name) else 0.5
    plain = [text.lower().replace("_", " ") for text in texts]
    parts = wanted.split()
    found = [place for place in (_first(part, plain) for part in parts) if place is not None]
    if len(found) < len(parts):
        return None
    together = _first(wanted, plain)
    return len(parts) * (together + 1) - 0.5 if together is not None else sum(found) + len(parts)


def _first(words: str, texts: Sequence[str]) -> int | None:
    begins = re.compile(rf"(?<!\w){re.escape(words)}")
    return next((place for place, text in enumerate(texts) if begins.search(text)), None)
