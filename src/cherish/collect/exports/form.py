"""What a tool's file says: by which columns its exports are known, and which expression gives each role."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from cherish.collect.roles import ROLES, Kind
from cherish.errors import FileError

ALWAYS = "true"


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row that can't be taken: a condition, and what is wrong."""

    when: str
    reason: str


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One sort of file that a tool writes.

    what         its name, as people know it
    needs, may   columns that are always there, and columns that may be; expressions call them by their names
    documents    those of them that hold JSON
    known_by     columns that together only this tool's files have; none: the tool must be named
    telltale     a condition that most of the first rows of a file must meet to be known as this table's
    rows         a statement over `file` (line, and the columns) where a row of the file is not just one event; it gives
                 all of them again, and `nth` (from 0) where several rows come of one
    per_row      how many rows may come of one
    kind         what the rows are
    roles        an expression for each role; of `event` and `type` what `names` and `calls` leave
    names        names of the tool, and what the same is called here
    calls        names of the tool that are calls of Segment's: page, identify ...
    properties   expressions for further properties
    refused      see `Refusal`
    rest         where columns go that the table does not name
    beside       read in addition to the table before it, from the same file
    """

    what: str
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    known_by: tuple[str, ...] = ()
    telltale: str = ALWAYS
    rows: str = "SELECT * FROM file"
    per_row: int = 1
    kind: Kind = "events"
    roles: Mapping[str, str]
    names: Mapping[str, str] = {}
    calls: Mapping[str, str] = {}
    properties: Mapping[str, str] = {}
    refused: tuple[Refusal, ...] = ()
    rest: Literal["properties", "context", "nowhere"] = "properties"
    beside: bool = False


class Tool(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A tool: its title, the public pages that its layouts were read in, what one must know, and its tables."""

    title: str
    pages: tuple[str, ...]
    tables: tuple[Table, ...]
    about: str = ""


def load(path: Path) -> Tool:
    """The tool that a file describes.

    Raises:
        FileError: the file says something that is not allowed.
    """
    try:
        tool = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Tool)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise FileError(f"{path}: {error}") from error
    unknown = [role for table in tool.tables for role in table.roles if role not in ROLES]
    if unknown:
        raise FileError(f"{path}: there is no role {unknown[0]!r}; the roles are {', '.join(ROLES)}")
    return tool
