"""The story in a terminal: at most 24 lines of 100 columns, also where it is piped."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Any

from cherish.story.scene import Locked, Story

WIDTH = 100
MOST = 24
INDENT = "   "


def lines(story: Story) -> list[str]:
    """The story as plain lines."""
    return [text for text, _ in styled(story)]


def show(story: Story, console: Any) -> None:
    """Print the story on a Rich console, its numbers in bold; where it is piped Rich leaves all of that away."""
    from rich.text import Text

    numbers = "|".join(sorted({re.escape(each.text) for each in story.figures}, key=len, reverse=True))
    for text, style in styled(story):
        line = Text(text, style=style)
        if not style and numbers:
            line.highlight_regex(rf"(?!^\d\. )(?<![\w,.])(?:{numbers})(?![\w%]|[,.]\d)", "bold")
        console.print(line, soft_wrap=True, highlight=False)


def styled(story: Story, most: int = MOST) -> list[tuple[str, str]]:
    """Each line and its style. What would not fit loses second sentences, from the last scene on."""
    short = 0
    found = list(_styled(story, short))
    while len(found) > most and short < len(story.told):
        short += 1
        found = list(_styled(story, short))
    return found


def _styled(story: Story, short: int) -> Iterator[tuple[str, str]]:
    yield from ((line, "bold") for line in _wrapped(story.title.text))
    yield from ((line, "") for line in _wrapped(story.opening.text))
    yield "", ""
    full = len(story.told) - short
    for place, scene in enumerate(story.told, 1):
        text = scene.text if place <= full else scene.title.text
        yield from ((line, "") for line in _wrapped(text, first=f"{place}. "))
    for each in story.scenes:
        if isinstance(each, Locked):
            yield from ((line, "dim") for line in _wrapped(_unlock(each), first=" - "))
    if story.notice or story.following:
        yield "", ""
    if story.notice:
        # The first sentence says what must be known; the page carries the rest.
        yield from ((line, "dim") for line in _wrapped(story.notice.partition(". ")[0].rstrip(".") + "."))
    yield from ((_clean(command), "cyan") for command in story.following)


def _unlock(locked: Locked) -> str:
    if locked.topic.endswith("?"):
        return f"{locked.topic} {locked.line[0].upper()}{locked.line[1:]}"
    return f"{locked.topic}: {locked.line}"


def _wrapped(text: str, first: str = "") -> list[str]:
    return textwrap.wrap(_clean(text), WIDTH, initial_indent=first, subsequent_indent=INDENT if first else "")


def _clean(text: str) -> str:
    # Names come from data: what would steer the terminal is left out.
    return "".join(sign for sign in text if sign.isprintable() or sign == " ")
