"""Where else than in the log a person may stand: refused events, rejected rows, reports, older copies of the log."""

from __future__ import annotations

import csv
import html
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

TELLING = 8
"""Characters from which on a name is looked for inside of longer texts; a shorter one must stand alone."""

_ID_FIELDS = frozenset(
    ("userId", "anonymousId", "previousId", "user_id", "anonymous_id", "previous_id", "id", "customer_id", "email")
)
"""Where a number may be somebody's id; anywhere else it counts something."""

OLDER_COPIES = "log.v*.duckdb"
"""The log as it was before each change of its schema."""


@dataclass(frozen=True)
class Names:
    """The texts that a person is known by: keys, addresses, phone numbers."""

    texts: frozenset[str]
    _inside: re.Pattern[str] | None = field(init=False, repr=False, compare=False)
    _alone: re.Pattern[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        telling = [each for each in self.texts if len(each) >= TELLING or "@" in each]
        object.__setattr__(self, "_inside", _words(telling))
        object.__setattr__(self, "_alone", _words(self.texts))

    @classmethod
    def of(cls, texts: Iterable[str]) -> Names:
        """Those of these texts that say something."""
        return cls(frozenset(each.strip() for each in texts if each and each.strip()))

    def within(self, text: str) -> bool:
        """Whether a telling name stands in a text, as a word of it."""
        return self._inside is not None and self._inside.search(text) is not None

    def anywhere(self, text: str) -> bool:
        """Whether any name stands in a text, as a word of it."""
        return self._alone is not None and self._alone.search(text) is not None

    def is_one(self, text: str) -> bool:
        """Whether a text is a name, or a telling one stands in it."""
        return text.strip() in self.texts or self.within(text)

    def in_json(self, value: Any) -> bool:
        """Whether a name is a value of a document, or stands in one; a number where ids are."""
        return any(
            self.is_one(each) if isinstance(each, str) else name in _ID_FIELDS and str(each) in self.texts
            for name, each in _leaves("", value)
        )

    def in_body(self, body: bytes) -> bool:
        """Whether an event as it was sent, JSON or not, names the person."""
        value = _decoded(body)
        return self.anywhere(body.decode("utf-8", "replace")) if value is None else self.in_json(value)

    def left_of(self, body: bytes) -> bytes:
        """What a refused body keeps: all, nothing, or of several lines that are events each those of others."""
        lines = body.splitlines(keepends=True)
        if _decoded(body) is None and all(_decoded(each) is not None for each in lines):
            return b"".join(each for each in lines if not self.in_body(each))
        return b"" if self.in_body(body) else body


def sift_rejects(folder: Path, names: Names) -> int:
    """Take the rows of a person out of the files of rejected rows; how many."""
    return sum(_sift_csv(file, names) for file in sorted(folder.glob("*.csv")))


def take_reports(folder: Path, names: Names) -> tuple[str, ...]:
    """Remove the reports in which a telling name stands: they can be made anew."""
    found = [file for file in sorted(folder.rglob("*")) if file.is_file() and _names_in_file(file, names)]
    for each in found:
        each.unlink()
    return tuple(each.name for each in found)


def take_older_copies(folder: Path) -> tuple[str, ...]:
    """Remove copies of the log that were made before its schema changed."""
    found = sorted(folder.glob(OLDER_COPIES))
    for each in found:
        each.unlink()
    return tuple(each.name for each in found)


def _decoded(body: bytes) -> Any:
    """The value of a JSON text; None where it is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _words(texts: Iterable[str]) -> re.Pattern[str] | None:
    listed = sorted(texts, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, listed))})(?!\w)", re.IGNORECASE) if listed else None


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    # Without recursion: what was refused may be nested deeply.
    waiting = [(name, value)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [("", key) for key in value] + list(value.items())
        elif isinstance(value, list):
            waiting += [(name, each) for each in value]
        elif value is not None and not isinstance(value, bool):
            yield name, value


def _sift_csv(file: Path, names: Names) -> int:
    csv.field_size_limit(sys.maxsize)
    with file.open(newline="", encoding="utf-8", errors="surrogateescape") as given:
        rows = list(csv.reader(given))
    kept = rows[:1] + [row for row in rows[1:] if not any(map(names.is_one, row))]
    if len(kept) == len(rows):
        return 0
    if len(kept) < 2:
        file.unlink()
        return len(rows) - len(kept)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    with fresh.open("w", newline="", encoding="utf-8", errors="surrogateescape") as made:
        csv.writer(made, lineterminator="\n").writerows(kept)
    fresh.chmod(file.stat().st_mode)
    fresh.replace(file)
    return len(rows) - len(kept)


def _names_in_file(file: Path, names: Names) -> bool:
    text = file.read_bytes().decode("utf-8", "replace")
    escaped = (json.dumps(each)[1:-1] for each in names.texts if len(each) >= TELLING and not each.isascii())
    return names.within(text) or names.within(html.unescape(text)) or any(each in text for each in escaped)
