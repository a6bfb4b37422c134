"""Refusals in the words of the command line: `--steps`, where Python is told `steps=`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

_QUOTED = r"""(?<!\w)(?:'[^']*'|"[^"]*")"""
_BARE = r"""(?:[^\s,;:.()'"]|[:.](?=[^\s,;)]))+"""


def flagged(text: str, names: Iterable[str]) -> str:
    """The text with these parameters by their flags: `steps=A|B: ...` becomes `--steps 'A|B': ...`.

    What stands in quotes or in the brackets of a call (`active_days(window=7d)`) is a value, and stays as it is.
    """
    name = "|".join(map(re.escape, names))
    parts = re.compile(
        rf"{_QUOTED}|\w\([^)]*\)|^(?P<first>{name})(?=: )|(?<![\w-])(?P<name>{name})=(?P<value>{_QUOTED}|{_BARE})?"
    )
    return parts.sub(_said, text)


def _said(found: re.Match[str]) -> str:
    name, value = found["first"] or found["name"], found["value"] or ""
    if name is None:
        return found[0]
    words = [f"--{name.replace('_', '-')}", value if value.startswith(("'", '"')) else shlex.quote(value)]
    return " ".join(words[: 2 if value else 1])
