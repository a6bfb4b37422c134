"""Rows that are events by themselves: each gets an id from its content and its occurrence number within the file."""

# Names of columns are internal (c0, c1 ...) and texts are literals throughout.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass

from cherish.collect import documents
from cherish.collect.rows import amount_sql, id_sql
from cherish.collect.spool import Group, Spool
from cherish.collect.workbench import literal
from cherish.spec.names import ORDER_COMPLETED, ORDER_REFUNDED
from cherish.store import calls, revenue


@dataclass(frozen=True)
class Singles:
    """How a group's rows become events."""

    spool: Spool
    currency: str | None
    source: str

    @property
    def group(self) -> Group:
        """The group whose rows these are."""
        return self.spool.group

    def statements(self, bucket: int, at: str) -> list[str]:
        """Statements that leave the bucket's events in the temporary table `staged`."""
        counted = f"SELECT *, {self._digest()} AS digest FROM ({self.spool.relation(bucket)}) WHERE verdict IS NULL"
        numbered = (
            "SELECT *, row_number() OVER (PARTITION BY file, digest ORDER BY line) AS occurrence, "
            f"{self._loose()} AS loose, {self._given()} AS given FROM ({counted})"
        )
        own = "md5(digest || chr(31) || CAST(occurrence AS VARCHAR))"
        made = f"coalesce(p_message, {own})" if self._has("message") else own
        named = (
            f"SELECT *, {made} AS message_id, {self._name()} AS title, "
            f"{calls.document_sql('loose', 'given')} AS document FROM ({numbered})"
        )
        valued = f"SELECT *, {self._value()} AS amount FROM ({named})"
        return [f"CREATE OR REPLACE TEMP TABLE staged AS {self._staged(valued, at)}"]

    def people(self) -> list[str]:
        """Statements that leave the traits that identify calls carry in `staged_people`; none where there are none."""
        layout = self.group.layout
        if not layout.has("type", "customer") or not (layout.has("traits") or layout.has("context")):
            return []
        held = {
            role: f"CAST({documents.given_sql(f'p_{role}')} AS JSON)" if layout.has(role) else "CAST(NULL AS JSON)"
            for role in ("traits", "context")
        }
        traits = calls.traits_sql(held["traits"], held["context"])
        said = (
            f"SELECT p_customer AS user_id, ts AS said_at, {traits} AS traits FROM ({self.spool.relation()}) "
            "WHERE verdict IS NULL AND lower(p_type) = 'identify' AND p_customer IS NOT NULL"
        )
        return [
            f"CREATE OR REPLACE TEMP TABLE staged_people AS SELECT DISTINCT *, {calls.created_sql('traits')} AS "
            f"created_at FROM ({said}) WHERE traits IS NOT NULL"
        ]

    def _has(self, role: str) -> bool:
        return role in self.group.layout.roles

    def _digest(self) -> str:
        # Names go along and nulls are left out, so that a new column, empty on old rows, changes no old id.
        source = self.group.source
        parts = [f"{literal(name + '=')} || CAST({source.column(name)} AS VARCHAR)" for name in sorted(source.names)]
        return f"md5(concat_ws(chr(31), {', '.join(parts)}))"

    def _name(self) -> str:
        if self.group.layout.kind == "orders":
            return f"CASE WHEN {self._amount()} < 0 THEN '{ORDER_REFUNDED}' ELSE '{ORDER_COMPLETED}' END"
        event = literal(self._constant())
        if self._has("event"):
            event = f"coalesce(p_event, {event})"
        if not self._has("type"):
            return revenue.name_sql(event)
        return calls.name_sql("lower(p_type)", event)

    def _constant(self) -> str:
        return self.group.layout.event or "Event"

    def _amount(self) -> str:
        return amount_sql(set(self.group.layout.roles))

    def _value(self) -> str:
        if self.group.layout.kind == "orders":
            return self._amount()
        if self._has("value"):
            return f"CASE WHEN title = '{ORDER_REFUNDED}' THEN -abs(p_value) ELSE p_value END"
        # Without a column for it, money may lie in the properties under Segment's names.
        return revenue.event_value_sql("title", "document")

    def _loose(self) -> str:
        source = self.group.source
        members = {name: documents.value_sql(source.column(name), source.kind(name)) for name in self.group.extras}
        if self.group.layout.kind == "events":
            members |= {role: documents.text_sql(f"p_{role}") for role in ("campaign", "channel") if self._has(role)}
        return documents.object_sql(members)

    def _given(self) -> str:
        return documents.given_sql("p_properties") if self._has("properties") else "CAST(NULL AS VARCHAR)"

    def _beside(self, *names: str) -> str:
        """An id that a call carries beside its own, in the first of these columns that is there."""
        source = self.group.source
        there = [name for name in names if name in source.names and self._has("type")]
        return id_sql(source.column(there[0]), source.kind(there[0])) if there else "CAST(NULL AS VARCHAR)"

    def _staged(self, rows: str, at: str) -> str:
        parts = {role: f"p_{role}" if self._has(role) else "CAST(NULL AS VARCHAR)" for role in _PARTS}
        kind = "coalesce(lower(p_type), 'track')" if self._has("type") else "'track'"
        context = f"CAST({documents.given_sql('p_context')} AS JSON)" if self._has("context") else "CAST(NULL AS JSON)"
        code = self._currency(parts["currency"])
        return (
            f"SELECT message_id, {kind} AS type, title AS name, ts, {at} AS received_at, {parts['anonymous']} AS "
            "anonymous_id, "
            f"{parts['customer']} AS user_id, coalesce({parts['source']}, {literal(self.source)}) AS source, "
            "amount AS value, "
            f"CASE WHEN amount IS NOT NULL THEN {code} END AS currency, {self._order(parts['order'])} AS order_id, "
            f"document AS properties, {context} AS context, {self._beside('previousId', 'previous_id')} AS "
            f"previous_id, coalesce({self._beside('groupId', 'group_id')}, {context} ->> '$.groupId') AS group_id, "
            f"amount AS whole FROM ({rows})"
        )

    def _currency(self, column: str) -> str:
        if self.group.layout.kind == "orders":
            return f"coalesce({column}, {literal(self.currency) if self.currency else 'NULL'})"
        return f"coalesce({column}, {calls.currency_sql('document', self.currency)})"

    def _order(self, column: str) -> str:
        if self.group.layout.kind == "orders":
            return f"coalesce({column}, {calls.own_order_sql('message_id')})"
        return f"coalesce({column}, {calls.order_sql('title', 'document', 'message_id')})"


_PARTS = ("customer", "anonymous", "currency", "order", "source")
