"""Values that no engine can compute: the distinct keys come to us, numpy answers, the answers are joined back.

A population has far fewer different keys (purchases, recency, age) than customers, so that little travels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cherish.points.measure import Asked, Columns, Moment
from cherish.spec.filters import conjunction
from cherish.spec.view import View


def attach(view: View, gathered: Any, asked: Asked, facts: Mapping[str, Any], day: Any) -> Any:
    """The gathered facts with what the measure computes beside them; as they are where it computes nothing."""
    keys = asked.measure.keys(Columns(facts, gathered), Moment(day))
    if not keys:
        return gathered
    named = {_key(asked, name): each.cast("int64") for name, each in keys.items()}
    table = gathered.mutate(**named)
    distinct = table.filter(conjunction(table[name].notnull() for name in named)).select(*named).distinct()
    found = view.log.run(distinct)
    bare = found.rename_columns([name.removeprefix(_key(asked, "")) for name in found.column_names])
    for name, values in asked.measure.computed(bare, asked.fit).items():
        found = found.append_column(_column(asked, name), [values])
    return table.left_join(view.log.temporary(found), list(named)).select(
        *table.columns, *(_column(asked, name) for name in asked.measure.columns)
    )


def columns(gathered: Any, asked: Asked) -> dict[str, Any]:
    """The computed columns by the names that the measure knows them by."""
    return {name: gathered[_column(asked, name)] for name in asked.measure.columns}


def _key(asked: Asked, name: str) -> str:
    return f"{asked.name}_key_{name}"


def _column(asked: Asked, name: str) -> str:
    return f"{asked.name}_computed_{name}"
