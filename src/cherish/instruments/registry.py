"""Which instruments there are: files in the folder of this package, of installed packages, and of a workspace."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import cherish.instruments
from cherish.errors import QuestionError
from cherish.instruments.instrument import Instrument, load

GROUP = "cherish.instruments"
"""The entry points of packages whose folders hold instruments: `forms = "my_package.forms"`."""
FOLDER = "instruments"
"""The folder of a workspace that holds its own instruments."""
ENDING = ".toml"


def beside(log: Any) -> tuple[Path, ...]:
    """The instruments folder beside a log, if it lies in a workspace."""
    path = getattr(log, "path", None)
    return () if path is None else (Path(path) / FOLDER,)


def files(own: Iterable[Path] = ()) -> dict[str, Path]:
    """The file of every instrument, by name; those in `own` folders replace those that are shipped."""
    folders = [*map(Path, cherish.instruments.__path__), *_installed(), *own]
    return {file.stem: file for folder in folders for file in sorted(folder.glob(f"*{ENDING}"))}


def names(own: Iterable[Path] = ()) -> tuple[str, ...]:
    """The names of every instrument."""
    return tuple(sorted(files(own)))


def find(name: str, own: Iterable[Path] = ()) -> Instrument:
    """The instrument of this name, or of this file where the name ends in .toml.

    Raises:
        QuestionError: there is none; the message says where to put one.
        FileError: its file is not as it should be.
    """
    if name.endswith(ENDING):
        return load(Path(name).expanduser())
    there = files(own)
    if name not in there:
        near = get_close_matches(name, there, n=3, cutoff=0.6)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(sorted(there))};"
        raise QuestionError(
            f"no instrument is called {name!r}; {hint} your own is a file: name it (instrument=forms/{name}.toml) or "
            f"put it into the workspace's folder {FOLDER}"
        )
    return load(there[name])


@lru_cache(maxsize=1)
def _installed() -> tuple[Path, ...]:
    specs = (importlib.util.find_spec(point.value.split(":")[0]) for point in entry_points(group=GROUP))
    return tuple(Path(each) for spec in specs if spec for each in spec.submodule_search_locations or ())
