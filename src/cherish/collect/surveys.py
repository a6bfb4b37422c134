"""Survey files with a row per respondent: the engine turns each answer into a row of its own, by a layout."""

# Names of columns are internal (c0, c1 ...) and texts are literals throughout.
# ruff: noqa: S608

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cherish.collect.layouts import TAKEN, Answer, Layout, load
from cherish.collect.sources import Source, find, names_json, open_file
from cherish.collect.workbench import Workbench, literal, workbench
from cherish.errors import FileError, MappingError
from cherish.instruments import registry
from cherish.spec.names import ANSWERS

EVENT = ANSWERS[0]
MAPPING = {"customer": "customer", "time": "time"}
_SHOWN = 12


def layout_of(store: Any, path: str | Path | None) -> Layout | None:
    """The layout in this file; None where none was named. The workspace's own instruments are known to it.

    Raises:
        FileError: see `layouts.load`.
    """
    return None if path is None else load(Path(path).expanduser(), registry.beside(store))


def refuse_mapping(**given: Any) -> None:
    """Refuse what only other imports may be told.

    Raises:
        MappingError: something of it was said.
    """
    said = [name for name, value in given.items() if value]
    if said:
        raise MappingError(f"--{said[0]}: with --survey the layout says which column is what; leave it out")


def answered(bench: Workbench, sources: Sequence[Source], layout: Layout) -> tuple[list[Source], tuple[str, ...]]:
    """Each source with a row for every answer that it holds, and what must be said of those kept out.

    Raises:
        FileError: a column that the layout names is not there, or no answer is in any of the files.
    """
    made = [_long(bench, source, layout) for source in sources]
    notes = [note for source, long in zip(sources, made, strict=True) for note in _notes(bench, source, long, layout)]
    if not sum(each.rows for each in made):
        raise FileError(f"{sources[0].label}: not one answer is in the columns that {layout.name} names")
    return [each for each in made if each.rows], tuple(notes)


def previews(paths: Sequence[str], path: str | Path, store: Any, encoding: str | None = None) -> list[str]:
    """How files are understood under a layout, as text.

    Raises:
        FileError: see `layouts.load`, and a file that can't be read.
    """
    layout = load(Path(path).expanduser(), registry.beside(store))
    with workbench() as bench:
        sources = [open_file(bench, each, encoding) for each in find(list(paths))]
    return [line for source in sources for line in _preview(source, layout)]


def _preview(source: Source, layout: Layout) -> list[str]:
    found = [f"{source.label}: {source.rows:,} rows, one respondent a row, by the layout {layout.name}"]
    for each in layout.answers[:_SHOWN]:
        out = f", kept out: {', '.join(each.kept_out)}" if each.kept_out else ""
        found.append(f"  {each.column:<16} {each.instrument}.{each.item}, {each.low:g} to {each.high:g}{out}")
    more = len(layout.answers) - _SHOWN
    return [*found, f"  and {more} more"] if more > 0 else found


def _long(bench: Workbench, source: Source, layout: Layout) -> Source:
    missing = [name for name in layout.columns if name not in source.names]
    if missing:
        raise FileError(
            f"{source.label}: there is no column {missing[0]!r}, which the layout {layout.name} names; "
            f"the columns are {names_json(source.names)}"
        )
    columns = _columns(source, layout)
    names = tuple(columns)
    count = len(layout.answers)
    inner = ", ".join(f"{text} AS c{place}" for place, text in enumerate(columns.values()))
    places = ", ".join(f"({place})" for place in range(count))
    every = f"SELECT (r.line - 1) * {count} + i.place + 1 AS line, i.place, {inner} FROM ({source.relation}) AS r, "
    every += f"(VALUES {places}) AS i(place)"
    none = _none(layout, f"c{names.index('score')}")
    relation = f"SELECT * EXCLUDE (place) FROM ({every}) WHERE NOT ({none})"
    kinds = tuple(row[1] for row in bench.rows(f"DESCRIBE {relation}"))[1:]
    (rows,) = bench.row(f"SELECT count(*) FROM ({relation})")
    return Source(
        source.label, source.stem, source.form, names, kinds, relation, rows, f"{source.digest[:20]}{layout.digest}",
        source.header_lines, source.broken, source.nul, wide=source, per_row=count,
        refused=_refused(names, layout),
    )  # fmt: skip


def _columns(source: Source, layout: Layout) -> dict[str, str]:
    """The columns of a long row, and how each is made of a wide row `r` and the place `i` of the answer."""

    def of(name: str) -> str:
        return f"nullif(trim(CAST(r.{source.column(name)} AS VARCHAR)), '')"

    form = layout.form
    who = f"{literal(form.respondent.prefix)} || {_code(of(form.respondent.column))}"
    time = _time(source, layout, of)
    found = {
        "customer": who,
        "time": time,
        "instrument": _of_place(layout, lambda each: literal(each.instrument)),
        "item": _of_place(layout, lambda each: literal(each.item)),
        "score": _of_place(layout, lambda each: _code(of(each.column))),
    }
    if form.weight:
        found["weight"] = of(form.weight)
    own = of(form.response) if form.response else f"{who} || ' ' || CAST({time} AS VARCHAR)"
    found["response_id"] = own
    assert set(found) <= set(TAKEN)  # noqa: S101  # layouts refuse properties of these names
    return found | {name: of(column) for name, column in form.properties.items()}


def _of_place(layout: Layout, made: Any) -> str:
    cases = " ".join(f"WHEN {place} THEN {made(each)}" for place, each in enumerate(layout.answers))
    return f"CASE i.place {cases} END"


def _code(text: str) -> str:
    """A code as people write it: 11 and not 11.0."""
    return f"regexp_replace({text}, '^(-?\\d+)\\.0+$', '\\1')"


def _time(source: Source, layout: Layout, of: Any) -> str:
    time = layout.form.time
    if time.column is None:
        return f"CAST({literal(str(time.at))} AS VARCHAR)"
    text = of(time.column)
    if time.month is not None:
        # A day that the month does not have is no time, and its row is rejected.
        day = f"lpad({_code(text)}, 2, '0')"
        return f"CASE WHEN {text} IS NOT NULL THEN {literal(time.month + '-')} || {day} END"
    if time.format is not None:
        return f"CAST(try_strptime({text}, {literal(time.format)}) AS VARCHAR)"
    kind = source.kind(time.column)
    return text if kind == "VARCHAR" else f"r.{source.column(time.column)}"


def _none(layout: Layout, score: str) -> str:
    """Whether a field holds no answer: it is empty, or its code says so."""
    cases = [f"{score} IS NULL"]
    for place, each in enumerate(layout.answers):
        if each.kept_out:
            cases.append(f"(place = {place} AND {score} IN ({', '.join(map(literal, each.kept_out))}))")
    return " OR ".join(cases)


def _refused(names: tuple[str, ...], layout: Layout) -> tuple[tuple[str, str], ...]:
    """Conditions under which a long row can't be taken, with the reason: the score is no number or not on its scale."""
    instrument, item, score = (f"c{names.index(name)}" for name in ("instrument", "item", "score"))
    found = []
    for each in layout.answers:
        mine = f"{instrument} = {literal(each.instrument)} AND {item} = {literal(each.item)}"
        number = f"TRY_CAST({score} AS DOUBLE)"
        wrong = f"{mine} AND coalesce({number} NOT BETWEEN {each.low!r} AND {each.high!r}, true)"
        found.append((wrong, literal(f"r{each.column}: not a number from {each.low:g} to {each.high:g}")))
    if "weight" in names:
        weight = f"c{names.index('weight')}"
        found.append((f"coalesce(TRY_CAST({weight} AS DOUBLE) <= 0, true)",
                      literal(f"r{layout.form.weight}: a weight must be a number above 0")))  # fmt: skip
    return tuple(found)


def _notes(bench: Workbench, source: Source, long: Source, layout: Layout) -> list[str]:
    """How many answers were found, and how many fields were kept out by which code: item by item, or where there are
    many, together for those that share their codes.
    """
    said = [f"{long.label}: {source.rows:,} rows, {long.rows:,} answers"]
    shared: dict[str, list[Answer]] = {}
    for each in layout.answers:
        shared.setdefault(repr(each.kept_out), []).append(each)
    for answers in shared.values():
        counts: Counter[str] = Counter()
        for each in answers:
            counts.update(_kept_out(bench, source, each))
        if counts:
            who = answers[0].column if len(answers) == 1 else f"{len(answers)} columns"
            said.append(f"{long.label}, {who}: kept out, {_listed(counts, answers[0])}")
    return said


def _kept_out(bench: Workbench, source: Source, each: Answer) -> dict[str, int]:
    code = f"coalesce({_code(f'trim(CAST({source.column(each.column)} AS VARCHAR))')}, '')"
    listed = ", ".join(map(literal, ("", *each.kept_out)))
    found = bench.rows(f"SELECT {code}, count(*) FROM ({source.relation}) WHERE {code} IN ({listed}) GROUP BY 1")
    return {str(name): int(count) for name, count in found}


def _listed(counts: Counter[str], each: Answer) -> str:
    ranked = sorted(counts.items(), key=lambda pair: (not pair[0], -pair[1], pair[0]))
    return ", ".join(f"{n:,} coded {code} ({each.kept_out[code]})" if code else f"{n:,} empty" for code, n in ranked)
