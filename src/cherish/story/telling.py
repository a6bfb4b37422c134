"""Tells the story of a log: every scene in its order, each from its own file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cherish.answer.ask import holding
from cherish.errors import Unanswerable
from cherish.story.asking import Asking
from cherish.story.scene import Locked, Scene, Story
from cherish.story.sentence import Sentence
from cherish.story.sentences import active, campaigns, habit, money, opening, silent, staying, young
from cherish.story.words import People

SCENES: tuple[tuple[Any, str], ...] = (
    (active, "active"),
    (habit, "habit"),
    (money, "money"),
    (silent, "silent"),
    (staying, "staying"),
    (campaigns, "campaigns"),
    (young, "young"),
)

DRAWN = 640


def tell(
    log: Any,
    name: str = "your data",
    *,
    people: People | None = None,
    notice: str = "",
    following: Sequence[str] = (),
    note: Callable[[str], None] = lambda topic: None,
    share: bool = False,
) -> Story:
    """The story of what the log holds.

    `people` is what to call the customers, `notice` what the data's publisher says of them, `following` the commands to
    try next; `note` is told each topic before its questions are asked. With `share` nothing that rests on few customers
    is told.

    Raises:
        Unanswerable: there are no events.
    """
    with holding(log):
        asking = Asking(log, people, share=share)
        note("what is in")
        title, first = _opening(asking)
        scenes: list[Scene | Locked] = []
        for place, (module, key) in enumerate(SCENES, 1):
            note(f"{module.TOPIC.lower().rstrip('?')} ({place} of {len(SCENES)})")
            scenes.append(_scene(module, key, asking))
    return Story(name, title, first, asking.overview, tuple(scenes), asking.people.many, notice, tuple(following))


def _opening(asking: Asking) -> tuple[Sentence, Sentence]:
    try:
        return opening.headline(asking), opening.tell(asking)
    except Unanswerable:
        if not asking.share:
            raise
        return opening.plain(asking), opening.discreet()


def _scene(module: Any, key: str, asking: Asking) -> Scene | Locked:
    try:
        found: Scene | Locked = module.tell(asking)
        if asking.share and isinstance(found, Scene) and found.picture:
            found.picture.draw(DRAWN)  # A picture reads its rows when it is drawn: it must find all of them.
    except Unanswerable as error:
        # What these data can't answer is said in its place; the other scenes are told all the same.
        return Locked(key, module.TOPIC, str(error))
    return found
