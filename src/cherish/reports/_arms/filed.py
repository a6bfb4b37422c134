"""Assignments from a file: its rows put into the engine, and each brought to the log's customer by the own id."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cherish.errors import QuestionError, Unanswerable
from cherish.reports._arms.found import Found, labelled, limit, told
from cherish.reports._arms.guards import Counts, few_unknown
from cherish.reports._arms.logged import HOUR
from cherish.reports._arms.reading import MOST_ROWS, Given, read, refuse_rows
from cherish.spec.report import Run
from cherish.spec.view import View


def rows(
    view: View, run: Run, path: str, columns: tuple[str, ...], start: str | None, context: tuple[str, ...]
) -> tuple[Found, Counts]:
    """One row per customer: customer_id, arm, moment, unit, the file's numbers as `own.NAME`, and `context.NAME`.

    Where the file names no customer each row is one of its own, and nothing of the log is known of it.

    Raises:
        FileError: see `reading.read`; or a customer (or a unit) stands in two arms, which no merge explains.
        Unanswerable: the log doesn't know most of the customers.
    """
    given = read(view, path, columns, start)
    numbers = _numeric(given)
    hour = "time" in given.roles and HOUR not in given.columns
    missing = [name for name in context if name not in given.columns and not (hour and name == HOUR)]
    if missing:
        raise QuestionError(
            f"context={missing[0]!r}: {path} has no such column; it has {', '.join(given.columns) or 'no others'}"
        )
    if "customer" in given.roles:
        _one_arm(given, "key", "customer")
    if "unit" in given.roles:
        _one_arm(given, "unit", "unit")
    table = view.log.temporary(_ordered(given))
    made = table.mutate(
        **{f"own.{name}": table[name].cast("float64") for name in numbers},
        **{f"context.{name}": labelled(_context(view, table, name)) for name in context},
    )
    kept = [*(f"own.{name}" for name in numbers), *(f"context.{name}" for name in context)]
    about = Found(None, path, given.digest, numbers, units="unit" in given.roles, roles=given.roles)
    if "customer" not in given.roles:
        alone = made.select("arm", "moment", "unit", *kept, customer_id=made.row)
        return replace(about, table=alone, known=False), Counts({"": given.rows.num_rows})
    return _placed(view, run, made, kept, about)


def _placed(view: View, run: Run, made: Any, kept: list[str], about: Found) -> tuple[Found, Counts]:
    """The rows of customers whom the log knows, each customer's first."""
    seen = made.filter(made.moment.isnull() | (made.moment < limit(view)))
    everybody = replace(view, filters=(), members=None, audience="", population="all")
    whole = int(run(seen.agg(n=seen.count()))["n"][0].as_py())
    keys = _own_keys(everybody)
    if int(run(_counted(seen.semi_join(keys, "key")))["n"][0].as_py()) < whole:
        keys = _every_key(everybody, keys)
    mine = seen.inner_join(keys, "key")
    first = mine.group_by("customer_id").agg(
        place=mine.place.min(), n=mine.count(), arms=mine.arm.nunique(), keys=mine.key.nunique()
    )
    chosen = mine.inner_join(first.select("customer_id", first_place="place"), "customer_id")
    chosen = chosen.filter(chosen.place == chosen.first_place)
    counts = run(
        first.agg(
            customers=first.count(), crossed=first.count(where=first.arms > 1),
            merged=first.count(where=first.keys > 1), repeated=(first.n - 1).sum(), rows=first.n.sum(),
        )
    ).to_pylist()[0]  # fmt: skip
    unknown = whole - int(counts.pop("rows") or 0)
    few_unknown(about.name, unknown, whole)
    if not whole:
        raise Unanswerable(f"{about.name}: nobody was assigned before this moment")
    table = chosen.select("customer_id", "arm", "moment", "unit", *kept)
    return replace(about, table=table), replace(told(counts), unknown=unknown)


def _counted(table: Any) -> Any:
    return table.agg(n=table.count())


def _own_keys(view: View) -> Any:
    """Each customer by the own id."""
    people = view.customers()
    return people.filter(people.customer.notnull()).select("customer_id", key="customer")


def _every_key(view: View, own: Any) -> Any:
    """The same, and the ids that their events came with: those of customers who were merged."""
    events = view.log.events()
    told_by = events.filter(events.user_id.notnull(), events.customer_id.notnull(), events.ts < limit(view))
    return own.union(told_by.select("customer_id", key="user_id"), distinct=True)


def _ordered(given: Given) -> Any:
    """The rows with `place`: their order in time, then in the file."""
    import pyarrow as pa
    import pyarrow.compute as pc

    order = pc.sort_indices(given.rows, [("moment", "ascending"), ("row", "ascending")])
    ordered = given.rows.take(order)
    return ordered.append_column("place", pa.chunked_array([pa.array(range(ordered.num_rows), pa.int64())]))


def _numeric(given: Given) -> tuple[str, ...]:
    """The columns of numbers that a metric can be: whole numbers, fractions, yes and no."""
    import pyarrow as pa

    kinds = {name: given.rows.schema.field(name).type for name in given.columns}
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal)
    return tuple(name for name, kind in kinds.items() if any(test(kind) for test in tests))


def _one_arm(given: Given, column: str, what: str) -> None:
    """Refuse a file in which one key stands in two arms: no merge explains that."""
    import pyarrow.compute as pc

    per = given.rows.group_by(column).aggregate([("arm", "count_distinct")])
    twice = per.filter(pc.greater(per["arm_count_distinct"], 1))[column]
    twice = twice.drop_null()
    if not len(twice):
        return
    at = given.rows.filter(pc.is_in(given.rows[column], value_set=twice.combine_chunks()))
    who = ", ".join(str(each) for each in sorted(twice.to_pylist())[:MOST_ROWS])
    refuse_rows(f"{given.path}: {len(twice):,} {what}s stand in two arms ({who})", at["row"].to_pylist())


def _context(view: View, table: Any, name: str) -> Any:
    return view.calendar.local(table.moment).hour() if name == HOUR and name not in table.columns else table[name]
