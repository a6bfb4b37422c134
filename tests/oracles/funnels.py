"""A funnel a second time: plain Python, customer by customer and row by row, written from the definition."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
Test = Callable[[Row], bool]


@dataclass(frozen=True)
class Question:
    """What is asked; times are in seconds. Rows are `ts`, `id`, `name` and properties; `steps` are tests of a row."""

    steps: tuple[Test, ...]
    window: float
    order: str = "ordered"
    reentry: str = "first_entry"
    counting: str = "customers"
    exclusion: str = "drop_at_exclusion"
    excluded: tuple[tuple[Test, int, int], ...] = ()
    hold: tuple[str, ...] = ()
    grace: float = 0
    anchor: bool = False
    entry: Test = field(default=lambda row: True)


@dataclass
class Attempt:
    """An entry, the seconds from it to each step that was reached, and the row (if any) after which it is over."""

    entry: Row
    times: list[float]
    hit: bool = False
    over: tuple[Any, ...] | None = None


def funnel(people: dict[str, list[Row]], question: Question) -> list[Attempt]:
    """The attempts that are counted, of all customers."""
    found: list[Attempt] = []
    for rows in people.values():
        kept = sorted((row for row in rows if all(row.get(key) is not None for key in question.hold)), key=rank)
        found += of_customer(kept, question)
    return found


def rank(row: Row) -> tuple[Any, ...]:
    return row["ts"], row["id"]


def of_customer(rows: list[Row], question: Question) -> list[Attempt]:
    def key(row: Row) -> tuple[Any, ...]:
        return tuple(row[name] for name in question.hold)

    streams = {value: [row for row in rows if key(row) == value] for value in map(key, rows)}
    attempts = [attempt for stream in streams.values() for attempt in of_stream(stream, question)]
    attempts.sort(key=lambda attempt: rank(attempt.entry))
    if question.reentry == "first_entry":
        attempts = one_each(attempts, question, key, lambda attempt: 0)
    if question.exclusion == "remove_customer" and any(attempt.hit for attempt in attempts):
        return []
    if question.reentry == "first_entry" or question.counting == "totals":
        return attempts
    return one_each(attempts, question, key, lambda attempt: -len(attempt.times))


def one_each(attempts: list[Attempt], question: Question, key: Any, worth: Any) -> list[Attempt]:
    found: dict[Any, Attempt] = {}
    for attempt in sorted(attempts, key=lambda each: (worth(each), rank(each.entry))):
        found.setdefault(key(attempt.entry) if question.counting == "pairs" else None, attempt)
    return list(found.values())


def of_stream(rows: list[Row], question: Question) -> Iterator[Attempt]:
    """The attempts of every entry; with totals only of those that come after the attempt before."""
    how = {"ordered": clean if question.exclusion == "any_clean_path" else ordered, "strict": strict,
           "any_order": any_order}[question.order]  # fmt: skip
    ended: Attempt | None = None
    for place, row in enumerate(rows):
        first = any(step(row) for step in question.steps) if question.order == "any_order" else question.steps[0](row)
        if question.order == "any_order" and question.anchor:
            first = question.steps[0](row)
        if not first or not question.entry(row):
            continue
        if question.reentry == "totals" and ended is not None and not begins_after(ended, row, question):
            continue
        attempt = how(rows, place, question)
        yield attempt
        ended = attempt


def begins_after(ended: Attempt, row: Row, question: Question) -> bool:
    if ended.over is not None:
        return rank(row) > ended.over
    return bool(row["ts"] > ended.entry["ts"] + question.window)


def ordered(rows: list[Row], start: int, question: Question) -> Attempt:
    """Greedy: of each step the first row that is late enough; excluded rows are looked for from their first step on."""
    entry = rows[start]
    made, chain = Attempt(entry, [0.0]), [start]
    for number, step in enumerate(question.steps[1:], 2):
        before = rows[chain[-1]]
        late = [
            place for place, row in enumerate(rows)
            if step(row) and (row["ts"] >= before["ts"] - question.grace if question.grace else place > chain[-1])
        ]  # fmt: skip
        if not late or rows[late[0]]["ts"] - entry["ts"] > question.window:
            break
        if any(first <= number - 1 < last and (barrier := next_of(rows, test, chain[first - 1])) is not None
               and late[0] >= barrier for test, first, last in question.excluded):  # fmt: skip
            break
        chain.append(late[0])
        made.times.append(rows[late[0]]["ts"] - entry["ts"])
    if len(chain) == len(question.steps):
        made.over = max(rank(rows[place]) for place in chain)
    stops = []
    for test, first, last in question.excluded:
        if first <= len(chain) < last:
            barrier = next_of(rows, test, chain[first - 1])
            if barrier is not None and rows[barrier]["ts"] - entry["ts"] <= question.window:
                stops.append(barrier)
    if stops:
        made.hit, made.over = True, rank(rows[min(stops)])
    return made


def next_of(rows: list[Row], test: Test, after: int) -> int | None:
    return next((place for place in range(after + 1, len(rows)) if test(rows[place])), None)


def clean(rows: list[Row], start: int, question: Question) -> Attempt:
    """Every chain without an excluded row between two steps: the earliest time at which each step can be reached."""
    entry = rows[start]
    made, there, places = Attempt(entry, [0.0]), {start}, [start]
    for number, step in enumerate(question.steps[1:], 2):
        there = {
            place for place, row in enumerate(rows) for before in there
            if step(row) and follows(rows, before, place, question) and unbarred(rows, before, place, number, question)
        }  # fmt: skip
        if not there or rows[min(there)]["ts"] - entry["ts"] > question.window:
            return made
        places.append(min(there))
        made.times.append(rows[min(there)]["ts"] - entry["ts"])
    made.over = max(rank(rows[place]) for place in places)
    return made


def follows(rows: list[Row], before: int, place: int, question: Question) -> bool:
    if question.grace:
        return bool(rows[place]["ts"] >= rows[before]["ts"] - question.grace)
    return place > before


def unbarred(rows: list[Row], before: int, place: int, number: int, question: Question) -> bool:
    low, high = sorted((before, place))
    return not any(
        test(row) for test, first, last in question.excluded if first <= number - 1 < last
        for row in rows[low + 1 : high + 1]
    )  # fmt: skip


def strict(rows: list[Row], start: int, question: Question) -> Attempt:
    entry, made = rows[start], Attempt(rows[start], [0.0])
    for number, step in enumerate(question.steps[1:], 2):
        place = start + number - 1
        if place >= len(rows):
            return made
        row = rows[place]
        near = row["ts"] - entry["ts"] <= question.window
        if near and any(test(row) for test, first, last in question.excluded if first <= number - 1 < last):
            made.hit, made.over = True, rank(row)
            return made
        if not near or not step(row):
            made.over = rank(rows[place - 1])
            return made
        made.times.append(row["ts"] - entry["ts"])
    made.over = rank(rows[start + len(question.steps) - 1])
    return made


def any_order(rows: list[Row], start: int, question: Question) -> Attempt:
    """Row by row: each takes the place of a step that is still missing; a step that stands twice is missing twice."""
    entry, made, missing = rows[start], Attempt(rows[start], []), list(question.steps)
    for place in range(start, len(rows)):
        row = rows[place]
        if row["ts"] - entry["ts"] > question.window:
            break
        if place > start and any(test(row) for test, _, _ in question.excluded):
            made.hit, made.over = True, rank(row)
            break
        done = next((step for step in missing if step(row)), None)
        if done is not None:
            missing.remove(done)
            made.times.append(row["ts"] - entry["ts"])
        if not missing:
            made.over = rank(row)
            break
    return made


def counts(attempts: Sequence[Attempt], steps: int) -> list[int]:
    """How many reached each step."""
    return [sum(len(attempt.times) >= step for attempt in attempts) for step in range(1, steps + 1)]


def median(values: list[float]) -> float | None:
    """By linear interpolation, as for even counts everywhere."""
    found = sorted(values)
    middle = len(found) // 2
    return None if not found else found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2
