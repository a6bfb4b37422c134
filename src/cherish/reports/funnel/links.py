"""The next row of another kind: for each row that looks, what the first row to be found after it carries.

An engine-neutral stand-in for joins "as of": both kinds of rows in one stream, read from its end with running minima.
What is carried must never fall from one row to be found to the next (times, places, whatever comes after), so that
the least of all that follow is the first one's. Where it may fall, the answer is the least itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis


def link(
    look: Any,
    find: Any,
    carried: Mapping[str, Any],
    key: tuple[str, ...],
    *,
    apart: tuple[str, ...] = (),
    own: bool = False,
    grace: int = 0,
) -> Any:
    """The rows of `look` with the columns `carried` of the first row of `find` that is later; null where none is.

    Later is by time, then by event id; with `own` the same event counts too; with `grace` a row of the other kind may
    also be so many seconds earlier. Rows meet only where `key` and the columns `apart` are equal. `carried` maps each
    new column to an expression on `find`.
    """
    same = [*key, *apart]
    here = look.mutate(
        at=look.ts - ibis.interval(seconds=grace) if grace else look.ts,
        looks=ibis.literal(1, type="int8"),
        **{name: ibis.null(value.type()) for name, value in carried.items()},
    )
    blank = {name: ibis.null(look[name].type()) for name in look.columns if name not in same}
    kept = {name: find[name] for name in same}
    shown = {
        **blank,
        **kept,
        "event_id": find.event_id,
        "at": find.ts,
        "looks": ibis.literal(0, type="int8"),
        **carried,
    }
    rows = here.union(find.select(**{name: shown[name] for name in here.columns}))
    if grace:
        order = [ibis.desc(rows["at"]), rows.looks, rows.event_id]
    else:
        order = [ibis.desc(rows["at"]), ibis.desc(rows.event_id), rows.looks if own else ibis.desc(rows.looks)]
    backwards = ibis.window(group_by=[rows[name] for name in same], order_by=order, preceding=None, following=0)
    found = rows.mutate(**{name: rows[name].min().over(backwards) for name in carried})
    return found.filter(found.looks == 1).drop("at", "looks")
