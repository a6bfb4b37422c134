"""The catalogue: a definition is found by the name of its file, or by an entry point of another package."""

from __future__ import annotations

import pkgutil
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from cherish.errors import QuestionError
from cherish.spec.definition import Definition

FOLDERS = {"measure": "cherish.measures", "report": "cherish.reports"}
FORMS = "cherish.instruments"


def names(kind: str) -> tuple[str, ...]:
    """The names of every definition of this kind (`measure` or `report`); loads none of them."""
    return tuple(sorted(_places(kind)))


@lru_cache(maxsize=512)
def _module_class(module: str) -> type[Definition]:
    found = [
        each
        for each in vars(import_module(module)).values()
        if isinstance(each, type)
        and issubclass(each, Definition)
        and each.__module__ == module
        and "card" in vars(each)
    ]
    if len(found) != 1:
        raise TypeError(f"{module} must hold exactly one definition with a card, and holds {len(found)}")
    return found[0]


def find(kind: str, name: str) -> type[Definition]:
    """The definition of this name.

    Raises:
        QuestionError: there is none; the message says what else is of this name, or names the nearest.
    """
    places = _places(kind)
    if name not in places:
        raise QuestionError(f"no {kind} is called {name!r}; {_elsewhere(kind, name) or _nearest(name, places)}")
    return _module_class(places[name])


def _elsewhere(kind: str, name: str) -> str | None:
    for other in sorted({*FOLDERS} - {kind}):
        if name in _places(other):
            return f"{name} is a {other}: cherish {other} {name}, or log.{other}({name!r})"
    # A form of the folder of instruments, which stands above this room: found by its file.
    forms = [Path(folder, f"{name}.toml") for folder in import_module(FORMS).__path__]
    return (
        f"{name} is an instrument: cherish report survey --instrument {name}" if any(map(Path.exists, forms)) else None
    )


def _nearest(name: str, places: dict[str, str]) -> str:
    near = get_close_matches(name, places, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(sorted(places))}"


def _places(kind: str) -> dict[str, str]:
    folder = FOLDERS[kind]
    found = dict(_own(folder, tuple(import_module(folder).__path__)))
    for name, module in _installed(folder):
        found.setdefault(name, module)
    return found


@lru_cache(maxsize=8)
def _own(folder: str, path: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    # Once per process and path: every question looks its definition up.
    modules = (module.name for module in pkgutil.iter_modules(path))
    return tuple((name, f"{folder}.{name}") for name in modules if not name.startswith("_"))


@lru_cache(maxsize=8)
def _installed(group: str) -> tuple[tuple[str, str], ...]:
    # Once per process: reading what every installed package announces takes as long as a small question.
    return tuple((point.name, point.value.split(":")[0]) for point in entry_points(group=group))
