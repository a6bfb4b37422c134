"""What of an answer is shown, and in which words: a typed value that terminal and notebook turn into their own form."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from cherish.show import numbers, small, triangle
from cherish.show.answered import Answered
from cherish.show.moments import moment_in
from cherish.show.numbers import is_share
from cherish.show.sides import differences, segment_of, sides

ROWS = {"customer": 10, "group": 30, "day": 31, "report": 36}
"""How many rows are shown where nobody said how many, by what a row is."""


@dataclass(frozen=True)
class Column:
    """A column as texts; numbers stand on the right."""

    title: str
    cells: tuple[str, ...]
    number: bool


@dataclass(frozen=True)
class Layout:
    """An answer ready to be shown: the question (of a report), a sentence, a table, what is missing, its origin."""

    title: str
    sentence: str
    columns: tuple[Column, ...]
    more: str
    legend: str
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    origin: tuple[str, ...]


def layout(result: Answered, rows: int | None = None) -> Layout:
    """The answer in words and texts."""
    title = result.about.get("question", "") if result.query.kind == "report" else ""
    columns, more = _triangle(result, rows) if triangle.fits(result.table) else _columns(result, rows)
    marked = any(cell.rstrip().endswith(small.MARK) for column in columns if column.number for cell in column.cells)
    legend = small.legend() if marked else ""
    return Layout(title, sentence(result), columns, more, legend, _missing(result), result.notes, _origin(result))


def _columns(result: Answered, rows: int | None) -> tuple[tuple[Column, ...], str]:
    table, more = _part(result, rows)
    hidden = _hidden(result)
    names = [name for name in table.column_names if name not in hidden and not _is_empty(table[name])]
    units = dict.fromkeys(result.about.get("mixed", "").split("|"), numbers.MIXED)
    units["value"] = result.about.get("unit", "")
    marks = small.marks(result, table)
    return tuple(_marked(_column(name, table[name], units.get(name, "")), marks.get(name, ())) for name in names), more


def _marked(column: Column, places: tuple[int, ...]) -> Column:
    """The column with a mark behind numbers of few customers, and room for it behind the others."""
    if not places:
        return column
    few = set(places)
    cells = tuple(f"{cell}{small.MARK if at in few else ' '}" for at, cell in enumerate(column.cells))
    return Column(column.title, cells, column.number)


def _triangle(result: Answered, rows: int | None) -> tuple[tuple[Column, ...], str]:
    share = is_share(result.about.get("unit", "share")) and result.parameters.get("counting") != "money"
    titles, lines = triangle.laid_out(result.table, share, small.marks(result).get("size", ()))
    most = rows or triangle.COHORTS
    more = ["rates in %"] if share else []
    if len(lines) > most + 4:
        more.append(f"the last {most:,} of {len(lines):,} lines; all of them: --csv or --json")
        lines = lines[-most:]
    cells = zip(*lines, strict=True)
    return tuple(
        Column(name, tuple(column), number) for (name, number), column in zip(titles, cells, strict=True)
    ), "; ".join(more)


def _is_empty(values: Any) -> bool:
    return len(values) > 0 and values.null_count == len(values)


def _part(result: Answered, rows: int | None) -> tuple[Any, str]:
    both = sides(result)
    if both:
        return _of_both(both, rows or ROWS[result.about.get("shape", "report")] // 2)
    table = result.table
    most = rows or result.query.limit or ROWS[result.about.get("shape", "report")]
    if table.num_rows <= most + 4 and rows is None:
        return table, ""
    if table.num_rows <= most:
        return table, ""
    everything = f"all of them: --limit {table.num_rows}, --csv or --json"
    if _starts_with_day(table):
        latest = _latest(table, most)
        return latest, f"the last {latest.num_rows:,} of {table.num_rows:,} rows; {everything}"
    return table.slice(0, most), f"the first {most:,} of {table.num_rows:,} rows; {everything}"


def _of_both(both: tuple[tuple[str, Any], ...], rows: int) -> tuple[Any, str]:
    """The same number of rows of each side, one below the other."""
    import pyarrow as pa

    parts = [(name, *_part(side, rows)) for name, side in both]
    column = segment_of(*(table for _, table, _ in parts))
    tables = [table.add_column(0, column, pa.array([name] * table.num_rows, pa.string())) for name, table, _ in parts]
    more = [f"{name}: {text.partition(';')[0]}" for name, _, text in parts if text]
    everything = ["all of them: --csv or --json"] if more else []
    return pa.concat_tables(tables), "; ".join([*more, *everything])


def _latest(table: Any, most: int) -> Any:
    """The rows of the latest days, all rows of a day or none: series may stand one below the other."""
    days = table.column(0).to_pylist()
    counts = Counter(days)
    kept: set[Any] = set()
    room = most
    for day in sorted((day for day in counts if day is not None), reverse=True):
        room -= counts[day]
        if room < 0 and kept:
            break
        kept.add(day)
    return table.filter([day in kept for day in days])


def _starts_with_day(table: Any) -> bool:
    return bool(table.num_columns) and str(table.schema.field(0).type).startswith(("date", "timestamp"))


def _hidden(result: Answered) -> tuple[str, ...]:
    if result.query.kind != "measure":
        # A column of reasons is nearly always empty: the reasons stand below the table.
        return (*_reasons(result.table), *filter(None, result.about.get("aside", "").split("|")))
    shape = result.about.get("shape")
    always = ("why",) if shape == "customer" else ("known",) if shape == "group" and _all_known(result) else ()
    return always if result.about.get("value") == "ratio" else (*always, "y", "x")


def _all_known(result: Answered) -> bool:
    return bool(result.headline.get("known") == result.headline.get("customers"))


def columns_of(table: Any) -> tuple[Column, ...]:
    """Every column of a table as texts."""
    return tuple(_column(name, table[name]) for name in table.column_names)


def _column(name: str, values: Any, unit: str = "") -> Column:
    kind = str(values.type)
    number = kind.startswith(("int", "uint", "float", "double", "decimal"))
    return Column(name, tuple(numbers.texts(values.to_pylist(), name, unit)), number)


# -- words --------------------------------------------------------------------------------------------------------


def sentence(result: Answered) -> str:
    """What the answer says, in a sentence; about two audiences, one for each and one for the difference."""
    both = sides(result)
    if both:
        mark = ": " if result.query.kind == "report" else ", "
        return "\n".join([*(f"{name}{mark}{sentence(side)}" for name, side in both), *_difference(result)])
    shape = result.about.get("shape", "report")
    if result.query.kind == "report":
        return _of_report(result)
    if "stages" in result.about and shape != "day":
        return _of_stages(result)
    if result.headline.get("value") is None:
        return f"{result.query.name}: no customer has a value"
    return {"customer": _of_customers, "group": _of_groups, "day": _of_days}[shape](result)


def _difference(result: Answered) -> list[str]:
    found = differences(result)
    if result.query.kind == "report":
        told = [f"{name.replace('_', ' ')} {_more(_figure(name, value, result))}" for name, value in found.items()]
    else:
        unit = result.about.get("unit", "")
        text = numbers.brief(found["value"], unit) if "value" in found else ""
        told = [_more(text) if numbers.is_share(unit) else f"{_more(text)} {unit}".strip()] if text else []
    return [f"difference: {' · '.join(told)}"] if told else []


def _more(text: str) -> str:
    """A difference with its sign; one of shares is in points."""
    return f"{'' if text.startswith('-') else '+'}{text.replace('%', ' points')}"


def _amount(value: Any, result: Answered) -> str:
    unit = result.about.get("unit", "")
    text = numbers.brief(value, unit)
    if unit == "score":
        return f"a score of {text}"
    return text if numbers.is_share(unit) else f"{text} {unit}".strip()


def _how(result: Answered) -> str:
    return "on average" if result.about.get("value") == "mean" else "overall"


def _of_customers(result: Answered) -> str:
    head, unit = result.headline, result.about.get("unit", "")
    customers = numbers.text(head["known"])
    text = f"{result.query.name}: {_amount(head['value'], result)} {_how(result)} over {customers} customers"
    if head["known"] < 4:
        return text
    low, middle, high = (numbers.brief(head[name], unit) for name in ("p25", "median", "p75"))
    return f"{text}; half of them have {middle} or less, the middle half {low} to {high}"


def _of_stages(result: Answered) -> str:
    head = result.headline
    known = head["known"]
    if known == 0:
        return f"{result.query.name}: no customer has a value"
    groups = f" in {numbers.text(head['groups'])} groups by {' and '.join(result.query.by)}" if "groups" in head else ""
    counts = {stage: head.get(f"stage_{stage}", head.get(stage)) for stage in result.about["stages"].split("|")}
    # In what is shared, counts of few are hidden.
    told = {} if known is None else {stage: count for stage, count in counts.items() if count is not None}
    if not told:
        return f"{result.query.name}: stages of {numbers.text(head['customers'])} customers{groups}, shares hidden"
    shares = [f"{numbers.text(count / known, 'rate')} {stage}" for stage, count in told.items()]
    return f"{result.query.name}: of {numbers.text(known)} customers{groups} {', '.join(shares)}"


def _of_groups(result: Answered) -> str:
    head = result.headline
    by = " and ".join(result.query.by)
    customers, groups = numbers.text(head["known"]), numbers.text(head["groups"])
    amount = _amount(head["value"], result)
    return f"{result.query.name}: {amount} {_how(result)} over {customers} customers in {groups} groups by {by}"


def _of_days(result: Answered) -> str:
    head = result.headline
    sign = "+" if head["change"] > 0 else ""
    change = numbers.brief(head["change"], result.about.get("unit", ""))
    return (
        f"{result.query.name}: {_amount(head['value'], result)} {_how(result)} over {numbers.text(head['customers'])} "
        f"customers on {head['day']}, {sign}{change} since {head['first_day']}"
    )


def _of_report(result: Answered) -> str:
    head = {name: value for name, value in result.headline.items() if value is not None}
    if not head:
        return result.about.get("line", result.query.name).rstrip(".")
    said = {name: str(head.pop(name)) for name in ("says", "note") if name in head}
    figures = [f"{name.replace('_', ' ')} {_figure(name, value, result)}" for name, value in head.items()]
    last = [said["note"]] if "note" in said else []
    return "\n".join(filter(None, [said.get("says", ""), " · ".join([*figures, *last])]))


def _figure(name: str, value: Any, result: Answered) -> str:
    of_one = isinstance(value, float) and 0.0 <= value <= 1.0 and not numbers.is_score(name)
    shares = of_one and numbers.is_share(result.about.get("unit", ""))
    return numbers.text(value, "rate" if shares else name)


def _missing(result: Answered) -> tuple[str, ...]:
    found = []
    for name, count in result.headline.items():
        reason = name.removeprefix("null_")
        if reason != name:
            meaning = result.nulls.get(reason, reason)
            found.append(f"{numbers.text(count)} customers have no value ({reason}): {meaning}")
    if result.query.kind == "report":
        for column, about in _reasons(result.table).items():
            pairs = zip(result.table[column].to_pylist(), result.table[about].to_pylist(), strict=True)
            counted = Counter(why for why, value in pairs if why is not None and value is None)
            found += [
                f"{about} has no value in {_rows(count)}: {result.nulls.get(reason, reason)}"
                for reason, count in counted.items()
            ]
    return tuple(found)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{numbers.text(count)} rows"


def _reasons(table: Any) -> dict[str, str]:
    """Columns of reasons, and the column of whose missing values each tells: `quick_ratio_why` of `quick_ratio`."""
    names = {name: name.removesuffix("_why") for name in table.column_names if name.endswith("_why")}
    return {name: about for name, about in names.items() if about in table.column_names}


def _origin(result: Answered) -> tuple[str, ...]:
    counts = ", ".join(
        f"{count:,} {name}" for name, count in result.rows.items() if name in ("events", "orders", "customers")
    )
    return (
        result.name,
        result.convention,
        f"before {moment_in(result.as_of, result.zone)} {result.zone}",
        f"read {counts}",
    )
