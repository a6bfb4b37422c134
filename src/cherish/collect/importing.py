"""The front door of imports: files in, events, orders and traits in the log, and a summary of what happened.

Files are read and judged on a workbench first; only when they can be taken is the log opened, for one transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from cherish.clock import Clock, system_clock
from cherish.collect import checks, loads, rejects, summing, surveys, trouble
from cherish.collect.exports import registry
from cherish.collect.layouts import Layout
from cherish.collect.mapping import Asked, checked_kind, parsed
from cherish.collect.mapping import Layout as Columns
from cherish.collect.plan import Planned, groups, plan
from cherish.collect.progress import READING, Listener, Meter
from cherish.collect.reading import Options
from cherish.collect.roles import Kind
from cherish.collect.sources import Source, find, is_path, open_file, open_table
from cherish.collect.spool import BUCKET_ROWS, Group, Spool, spool
from cherish.collect.summary import ImportSummary
from cherish.collect.workbench import MEMORY, Workbench, workbench
from cherish.spec.calendar import zone as known_zone
from cherish.store.contract import Loading, Origin, Store

REJECT_SHARE = 0.05
SOURCE = "file"
SMALL, SMALL_ROWS = "250MB", 200_000
"""The workbench, and the rows of one transaction, where live loads come between: half a second or so each."""


class Beside(Protocol):
    """What an import is told of while it runs, by whoever keeps something with it."""

    def planned(self, layouts: Sequence[Columns]) -> None:
        """How the rows are read; it may refuse."""
        ...

    def loaded(self, loading: Loading) -> None:
        """All is loaded, in a transaction that is still open."""
        ...


@dataclass(frozen=True)
class Wish:
    """Everything that an import was asked for, checked."""

    options: Options
    asked: dict[str, str]
    kind: Kind | None = None
    event: str | None = None
    name: str | None = None
    source: str = SOURCE
    strict: bool = False
    reject_share: float = REJECT_SHARE
    dry_run: bool = False
    progress: Listener | None = None
    rejects_dir: Path | None = None
    clock: Clock = system_clock
    survey: Layout | None = None
    tool: str | None = None
    beside: Beside | None = None
    turns: bool = False


def import_files(
    store: Store,
    paths: str | Path | Sequence[str | Path],
    *,
    name: str | None = None,
    kind: str | None = None,
    mapping: Asked = None,
    event: str | None = None,
    zone: str | None = None,
    currency: str | None = None,
    dates: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    source: str = SOURCE,
    strict: bool = False,
    reject_share: float = REJECT_SHARE,
    dry_run: bool = False,
    progress: Listener | None = None,
    rejects_dir: str | Path | None = None,
    clock: Clock = system_clock,
    survey: str | Path | None = None,
    tool: str | None = None,
    turns: bool = False,
) -> ImportSummary:
    """Import files (also folders and globs) in one transaction, under one name.

    Args:
        store: the log to load into.
        paths: CSV, TSV, JSON lines or Parquet files, plain or gzipped.
        name: the import's name; the file's stem (or folder's name) by default.
        kind: `events`, `orders`, `lines` or `customers`, where the guess is not to be trusted.
        mapping: which column plays which role; what is not said is guessed.
        event: the event's name, where no column holds it; by default made from the file's name.
        zone: the time zone of times that carry none; the workspace's by default. The first import's is the
            workspace's, in whose days everything is counted.
        currency: the currency of money that carries none; the workspace's by default, as with the zone.
        dates: `day-first` or `month-first`, where the file does not settle it.
        decimal: `point` or `comma`, where the file does not settle it.
        encoding: the encoding of text files; UTF-8 by default.
        source: where the rows come from; ids are unique within it.
        strict: refuse the files if a single row is rejected.
        reject_share: refuse them if more than this share of the rows is rejected.
        dry_run: do everything but write.
        progress: told how far it is, at least every two seconds.
        rejects_dir: where rows that were not taken are written; `rejects` beside the log by default.
        clock: what time it is.
        survey: a layout file, where each row holds one respondent's answers in columns (see docs/how-to/surveys.md).
        tool: the tool that wrote the files, such as `mixpanel` (see docs/how-to/import-from.md); by default known by
            their columns, where these leave no doubt.
        turns: whether live loads come between parts of it: then it takes several transactions and less memory, and what
            does not come to its end is taken back, at the next start if need be.

    Raises:
        FileError: a file can't be read, or too many of its rows can't; nothing was loaded.
        MappingError: which column plays which role is unclear; nothing was loaded.
    """
    wish = Wish(
        Options.of(zone, currency, dates, decimal, encoding), parsed(mapping), checked_kind(kind), event, name, source,
        strict, reject_share, dry_run, progress, None if rejects_dir is None else Path(rejects_dir), clock,
        _survey(store, survey, map=mapping, kind=kind, event=event, **{"from": tool}), registry.checked(tool),
        turns=turns,
    )  # fmt: skip
    found = find(paths)
    label = name or _label(paths, found)
    return run(store, wish, label, lambda bench: [open_file(bench, path, encoding) for path in found])


def read_into(store: Store, source: Any, *, label: str = "table", **wishes: Any) -> ImportSummary:
    """Import files, a data frame or an Arrow table under the rules (and with the arguments) of `import_files`."""
    if is_path(source):
        return import_files(store, source, **wishes)
    options = Options.of(*(wishes.pop(each, None) for each in ("zone", "currency", "dates", "decimal", "encoding")))
    kind, asked = checked_kind(wishes.pop("kind", None)), parsed(wishes.pop("mapping", None))
    tool = registry.checked(wishes.pop("tool", None))
    said = {"map": asked, "kind": kind, "event": wishes.get("event"), "from": tool}
    survey = _survey(store, wishes.pop("survey", None), **said)
    wish = Wish(options, asked, kind, survey=survey, tool=tool, **wishes)
    return run(store, wish, wish.name or label, lambda bench: [open_table(bench, source, label)])


def _label(paths: str | Path | Sequence[str | Path], found: list[Path]) -> str:
    first = paths if isinstance(paths, str | Path) else paths[0] if len(paths) == 1 else None
    if first is not None and Path(first).is_dir():
        return Path(first).resolve().name
    stem = found[0].name.split(".")[0] or found[0].name
    if len(found) == 1:
        return found[0].name.removesuffix(".gz").rsplit(".", 1)[0] or stem
    return found[0].resolve().parent.name or stem


def _survey(store: Store, path: str | Path | None, **given: Any) -> Layout | None:
    if path is not None:
        surveys.refuse_mapping(**given)
    return surveys.layout_of(store, path)


def run(store: Store, wish: Wish, label: str, opened: Callable[[Workbench], list[Source]]) -> ImportSummary:
    """Import what is opened on the workbench; see `import_files`."""
    start = time.monotonic()
    path = getattr(store, "path", None)
    memory = SMALL if wish.turns else MEMORY
    with trouble.told(None if path is None else Path(path)), workbench(memory) as bench:
        sources, said = opened(bench), tuple[str, ...]()
        if wish.survey is not None:
            sources, said = surveys.answered(bench, sources, wish.survey)
            wish = replace(wish, asked=surveys.MAPPING, kind="events", event=surveys.EVENT)
        meter = Meter(wish.progress, sum(source.rows for source in sources))
        meter.tell("looking", 0)
        planned = plan(bench, sources, wish.asked, wish.kind, wish.event, wish.tool)
        options = _in_workspace(store, wish.options)
        found = groups(bench, planned, wish.options)
        if wish.beside is not None:
            wish.beside.planned([group.layout for group in found])
        spools = _read(bench, found, options.zone or "UTC", meter, SMALL_ROWS if wish.turns else BUCKET_ROWS)
        tally = summing.tally(bench, spools)
        checks.refuse(bench, spools, tally, wish.strict, wish.reject_share)
        origin = Origin(label, _kind(found), tuple(each.label for each in sources), _digest(sources), _mapping(found))
        ready = loads.prepare(bench, spools, options.currency, wish.source)
        loaded = None if wish.beside is None else wish.beside.loaded
        begin = loads.Begin(wish.options.zone, wish.options.currency, wish.clock, wish.dry_run, wish.turns, loaded)
        out = rejects.Out(None if wish.dry_run else _beside(store, wish.rejects_dir), label)
        with rejects.left_out(bench, spools, out) as files:
            result = loads.load(bench, store, origin, ready, meter, begin)
        skipped = {each.source.label: each.guess.problem or "" for each in planned if each.guess.layout is None}
        notes = (*said, *_notes(planned), *(note for each in ready for note in each.notes))
        return summing.summary(origin, tally, result, files, skipped, notes, wish.dry_run, time.monotonic() - start)


def _read(bench: Workbench, found: list[Group], zone: str, meter: Meter, rows: int) -> list[Spool]:
    known_zone(zone)
    sizes = [reading.source.rows for group in found for reading in group.readings]

    def told(place: int, share: float) -> None:
        meter.tell("reading", READING * (sum(sizes[:place]) + share * sizes[place]))

    return [spool(bench, group, zone, told, rows) for group in found]


def _in_workspace(store: Store, options: Options) -> Options:
    if (options.zone and options.currency) or not getattr(store, "exists", True):
        return options
    facts = store.facts
    return Options(options.zone or facts.zone, options.currency or facts.currency, options.dates, options.decimal)


def _kind(found: list[Group]) -> str:
    return "+".join(dict.fromkeys(group.layout.kind for group in found))


def _digest(sources: list[Source]) -> str:
    return "+".join(dict.fromkeys(source.digest[:32] for source in sources))


def _mapping(found: list[Group]) -> str:
    return "; ".join(dict.fromkeys(str(group.layout) for group in found))


def _notes(planned: list[Planned]) -> list[str]:
    return list(dict.fromkeys(warning for each in planned if each.guess.layout for warning in each.guess.warnings))


def _beside(store: Store, folder: Path | None) -> Path | None:
    beside = getattr(store, "path", None)
    return folder or (None if beside is None else Path(beside) / "rejects")
