"""What people say of the names in a log: what an event is called by now, what it means, and what takes no part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cherish.errors import QuestionError
from cherish.spec.limits import NAME_CHARACTERS

Do = Literal["rename", "hide", "show", "describe"]
Of = Literal["event", "property"]
LONGEST = 1_000
"""Characters of a description."""


@dataclass(frozen=True)
class Action:
    """One thing that was said of events or properties.

    `rename` calls events by another name, several at once to merge them; `hide` lets one take no part, `show` takes
    that back; `describe` says in `text` what it means.
    """

    do: Do
    names: tuple[str, ...]
    of: Of = "event"
    to: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        if not self.names or not all(self.names):
            raise QuestionError("say which name is meant")
        if self.do == "rename" and not 0 < len(self.to) <= NAME_CHARACTERS:
            raise QuestionError(f"a name has 1 to {NAME_CHARACTERS} characters")
        if self.do == "describe" and len(self.text) > LONGEST:
            raise QuestionError(f"a description has at most {LONGEST:,} characters")

    def __str__(self) -> str:
        what = " + ".join(f'"{name}"' for name in self.names)
        if self.of == "property":
            what = f"property {what}"
        if self.do == "rename":
            return f'{"merged" if len(self.names) > 1 else "renamed"}: {what} is "{self.to}"'
        said = {"hide": "hidden", "show": "shown", "describe": "described"}[self.do]
        return f"{said}: {what}"
