"""Rows that are events by themselves: each gets an id from its content and its occurrence number within the file."""

# Names of columns are internal (c0, c1 ...) and texts are literals throughout.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass

from cherish.collect import documents, revenue
from cherish.collect.rows import amount_sql
from cherish.collect.spool import Group, Spool
from cherish.collect.workbench import literal
from cherish.spec.names import ORDER_COMPLETED, ORDER_EVENTS, ORDER_REFUNDED

_CALLS = {"page": "Page Viewed", "screen": "Screen Viewed", "identify": "Identify", "group": "Group", "alias": "Alias"}


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
            f"SELECT *, row_number() OVER (PARTITION BY file, digest ORDER BY line) AS occurrence FROM ({counted})"
        )
        own = "md5(digest || chr(31) || CAST(occurrence AS VARCHAR))"
        made = f"coalesce(p_message, {own})" if self._has("message") else own
        named = (
            f"SELECT *, {made} AS message_id, {self._name()} AS title, {self._document()} AS document FROM ({numbered})"
        )
        valued = f"SELECT *, {self._value()} AS amount FROM ({named})"
        return [f"CREATE OR REPLACE TEMP TABLE staged AS {self._staged(valued, at)}"]

    def people(self) -> list[str]:
        """Statements that leave the traits that identify calls carry in `staged_people`; none where there are none."""
        layout = self.group.layout
        if not layout.has("type", "customer") or not (layout.has("traits") or layout.has("context")):
            return []
        held = [
            path.format(f"CAST({documents.given_sql(f'p_{role}')} AS JSON)")
            for role, path in _TRAITS.items()
            if layout.has(role)
        ]
        traits = f"coalesce({', '.join(held)})"
        created = f"coalesce({traits} ->> '$.createdAt', {traits} ->> '$.created_at')"
        return [
            f"CREATE OR REPLACE TEMP TABLE staged_people AS SELECT p_customer AS user_id, "
            f"CAST(TRY_CAST({created} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP) AS created_at, {traits} AS "
            "traits "
            f"FROM ({self.spool.relation()}) WHERE verdict IS NULL AND lower(p_type) = 'identify' AND p_customer "
            "IS NOT NULL "
            f"AND json_type({traits}) = 'OBJECT' QUALIFY row_number() OVER (PARTITION BY p_customer ORDER BY ts "
            "DESC, line DESC) = 1"
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
            event = f"coalesce({revenue.name_sql('p_event')}, {event})"
        if not self._has("type"):
            return event
        calls = " ".join(f"WHEN '{call}' THEN '{name}'" for call, name in _CALLS.items())
        return f"CASE lower(p_type) {calls} ELSE {event} END"

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

    def _document(self) -> str:
        source = self.group.source
        members = {name: documents.value_sql(source.column(name), source.kind(name)) for name in self.group.extras}
        loose = documents.object_sql(members)
        if not self._has("properties"):
            return f"CAST({loose} AS JSON)"
        given = documents.given_sql("p_properties")
        if not members:
            return f"CAST({given} AS JSON)"
        return f"CAST(json_merge_patch(coalesce({loose}, '{{}}'), coalesce({given}, '{{}}')) AS JSON)"

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
            f"document AS properties, {context} AS context, amount AS whole FROM ({rows})"
        )

    def _currency(self, column: str) -> str:
        default = literal(self.currency) if self.currency else "NULL"
        if self.group.layout.kind == "orders":
            return f"coalesce({column}, {default})"
        told = (
            "CASE WHEN regexp_full_match(upper(document ->> '$.currency'), '[A-Z]{3}') THEN upper(document ->> "
            "'$.currency') END"
        )
        return f"coalesce({column}, {told}, {default})"

    def _order(self, column: str) -> str:
        # An order without an id is still an order: its own.
        own = "'row-' || left(md5(message_id), 24)"
        if self.group.layout.kind == "orders":
            return f"coalesce({column}, {own})"
        names = ", ".join(literal(name) for name in ORDER_EVENTS)
        told = f"coalesce({column}, document ->> '$.order_id')"
        return f"coalesce({told}, CASE WHEN title IN ({names}) THEN {own} END)"


_PARTS = ("customer", "anonymous", "currency", "order", "source")
_TRAITS = {"traits": "{}", "context": "json_extract({}, '$.traits')"}
