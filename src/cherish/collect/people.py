"""Rows of a customers file become traits: one row per customer, the last wins, reserved traits by their own names."""

# Names of columns are internal (c0, c1 ...) and texts are literals throughout.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass

from cherish.collect import documents
from cherish.collect.roles import trait_name
from cherish.collect.spool import Spool


@dataclass(frozen=True)
class People:
    """How a group's rows become traits."""

    spool: Spool

    def statements(self) -> list[str]:
        """Statements that leave the customers in the temporary table `staged_people`."""
        created = "created" if "created_at" in self.spool.group.layout.roles else "CAST(NULL AS TIMESTAMP)"
        last = "QUALIFY row_number() OVER (PARTITION BY p_customer ORDER BY file DESC, line DESC) = 1"
        return [
            f"CREATE OR REPLACE TEMP TABLE staged_people AS SELECT p_customer AS user_id, {created} AS created_at, "
            f"CAST({self._traits()} AS JSON) AS traits FROM ({self.spool.relation()}) WHERE verdict IS NULL {last}"
        ]

    def _traits(self) -> str:
        group = self.spool.group
        named: dict[str, str] = {}
        for name in group.extras:
            wanted = trait_name(name)
            key = name if wanted in named or (wanted != name and wanted in group.extras) else wanted
            named[key] = documents.value_sql(group.source.column(name), group.source.kind(name))
        loose = documents.object_sql(named)
        if "traits" not in group.layout.roles:
            return loose
        given = documents.given_sql("p_traits")
        return f"json_merge_patch(coalesce({loose}, '{{}}'), coalesce({given}, '{{}}'))" if named else given
