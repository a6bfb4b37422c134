"""A person with a token in every corner of what they did, and where it is found byte by byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from load.support import line

TOKEN = "planted-4711-token"


def holding(folder: Path, text: str = TOKEN) -> list[str]:
    """The files of a folder in which a text lies."""
    return sorted(each.name for each in folder.rglob("*") if each.is_file() and text.encode() in each.read_bytes())


def theirs(number: int, **more: Any) -> dict[str, Any]:
    """A line of the person with the token, who has it in every corner of an event."""
    return line(
        number,
        **{
            "user_id": TOKEN, "anonymous_id": f"browser-of-{TOKEN}", "properties": {"note": f"{TOKEN} was here"},
            "context": {"page": {"url": f"https://shop.example/?q={TOKEN}"}}, **more,
        },
    )  # fmt: skip
