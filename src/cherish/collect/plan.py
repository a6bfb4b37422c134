"""From paths to groups that can be read: files opened, layouts guessed or taken as said, what can't be taken named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cherish.collect.exports import reading as exports
from cherish.collect.exports import registry
from cherish.collect.guessing import Guess, guess
from cherish.collect.mapping import given, missing, unused
from cherish.collect.reading import Options, Reading, settle
from cherish.collect.roles import Kind, event_name
from cherish.collect.sources import Source
from cherish.collect.spool import Group
from cherish.collect.workbench import Workbench
from cherish.errors import MappingError


@dataclass(frozen=True)
class Planned:
    """A source and what was found out about it."""

    source: Source
    guess: Guess


def plan(
    bench: Workbench,
    sources: Iterable[Source],
    asked: Mapping[str, str],
    kind: Kind | None = None,
    event: str | None = None,
    tool: str | None = None,
) -> list[Planned]:
    """A guess for every source; sources of one layout share one guess, but for the event's name.

    A file of another tool (of `tool`, or of one that its columns name where nothing else was said) is read as that
    tool's, and may hold several sorts of rows.

    Raises:
        FileError: a column that was asked for is not there, or a file is none of the tool's.
        MappingError: a kind or an event's name was said, which the tool's layout says.
    """
    if tool is not None and (kind or event):
        said = "kind" if kind else "event"
        raise MappingError(f"--{said}: with --from the tool's layout says what the rows are; leave it out")
    there = list(sources)
    absent = unused(there, asked)
    if absent is not None:
        raise missing(there[0], absent[1], absent[0])
    known: dict[object, Guess] = {}
    found: list[Planned] = []
    untold = not (asked or kind or event)
    for source in there:
        wanted = given(source, asked, alone=len(there) == 1)
        made_by = tool or (registry.recognised(bench, source) if untold else None)
        if made_by is not None:
            found += _exported(bench, source, made_by, wanted)
            continue
        key = (source.layout, tuple(sorted(wanted.items(), key=str)), _people_or_not(source, wanted))
        if key not in known:
            known[key] = guess(bench, source, wanted, kind, event)
        found.append(Planned(source, _named(known[key], source, event)))
    return _agreed(found)


def _exported(bench: Workbench, source: Source, tool: str, wanted: Mapping[str, str | None]) -> list[Planned]:
    return [
        Planned(each.source, Guess(each.layout, each.choices, each.note, (each.note,)))
        for each in exports.parts(bench, source, tool, wanted)
    ]


def _agreed(planned: list[Planned]) -> list[Planned]:
    # Of files of one layout, one in which no order happens to have two lines is of the same kind as the others.
    lines = {
        each.source.layout: each.guess for each in planned if each.guess.layout and each.guess.layout.kind == "lines"
    }
    return [
        Planned(each.source, lines[each.source.layout]) if _is_orders(each) and each.source.layout in lines else each
        for each in planned
    ]


def _is_orders(planned: Planned) -> bool:
    layout = planned.guess.layout
    return layout is not None and layout.kind == "orders" and layout.has("order")


def _people_or_not(source: Source, wanted: Mapping[str, object]) -> str | None:
    # Only a plain id is judged by the file's name.
    return None if "customer" in wanted else source.stem


def _named(found: Guess, source: Source, event: str | None) -> Guess:
    layout = found.layout
    if layout is None or event or layout.event is None:
        return found
    return Guess(
        type(layout)(layout.kind, layout.roles, event_name(source.stem)), found.choices, found.why, found.warnings
    )


def groups(bench: Workbench, planned: list[Planned], options: Options) -> list[Group]:
    """The sources that can be taken, in groups of one layout.

    Raises:
        MappingError: none can be taken; the message is the first one's.
        FileError: see `reading.settle`.
    """
    taken = [each for each in planned if each.guess.layout is not None]
    if not taken:
        raise MappingError("; ".join(dict.fromkeys(each.guess.problem or "" for each in planned[:3])))
    by_layout: dict[object, list[Planned]] = {}
    for each in taken:
        by_layout.setdefault((each.source.layout, str(each.guess.layout), _event(each)), []).append(each)
    found, first = [], 0
    for members in by_layout.values():
        readings = _settled(bench, members, options)
        found.append(Group(readings, first))
        first += len(members)
    return found


def _event(planned: Planned) -> str | None:
    return planned.guess.layout.event if planned.guess.layout else None


def _settled(bench: Workbench, members: list[Planned], options: Options) -> tuple[Reading, ...]:
    return tuple(
        settle(bench, each.source, each.guess.layout, options) for each in members if each.guess.layout is not None
    )
