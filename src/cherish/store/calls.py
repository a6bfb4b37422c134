"""What a call of the Segment family becomes in the log, as the embedded engine's own expressions.

One rule for files and for the live server: the same event is the same row, whichever way it came.
"""

from __future__ import annotations

from cherish.spec.names import ORDER_EVENTS
from cherish.store import revenue
from cherish.store.duckdb import schema

TITLES = {"page": "Page Viewed", "screen": "Screen Viewed", "identify": "Identify", "group": "Group", "alias": "Alias"}
"""The names of events that are not tracked by a name of their own."""


def name_sql(kind: str, event: str) -> str:
    """The name of an event from the kind of call and (for a track call) the name that it was sent under."""
    titles = " ".join(f"WHEN '{call}' THEN '{title}'" for call, title in TITLES.items())
    return f"CASE {kind} {titles} ELSE {revenue.name_sql(event)} END"


def document_sql(loose: str, given: str) -> str:
    """The properties: what was given (JSON text), over what stood loose beside it; without nulls, and null if empty."""
    merged = f"json_merge_patch(coalesce({loose}, '{{}}'), coalesce({given}, '{{}}'))"
    plain = f"{loose} IS NULL AND ({given} IS NULL OR NOT contains({given}, ':null'))"
    return f"CAST(nullif(CASE WHEN {plain} THEN {given} ELSE {merged} END, '{{}}') AS JSON)"


def currency_sql(document: str, default: str | None) -> str:
    """The currency that the properties name, else the default."""
    told = f"upper({document} ->> '$.currency')"
    return f"coalesce(CASE WHEN regexp_full_match({told}, '[A-Z]{{3}}') THEN {told} END, {_text(default)})"


def order_sql(name: str, document: str, message_id: str) -> str:
    """The order that an event is about. An order without an id is still an order: its own."""
    names = ", ".join(schema.text(each) for each in ORDER_EVENTS)
    own = f"CASE WHEN {name} IN ({names}) THEN {own_order_sql(message_id)} END"
    return f"coalesce({document} ->> '$.order_id', {own})"


def own_order_sql(message_id: str) -> str:
    """The id of an order that was sent without one."""
    return f"'row-' || left(md5({message_id}), 24)"


def traits_sql(traits: str, context: str) -> str:
    """What an identify call says of a customer; some clients put it into the context only. Null where it is nothing."""
    return f"coalesce({_filled(traits)}, {_filled(f'json_extract({context}, {chr(39)}$.traits{chr(39)})')})"


def created_sql(traits: str) -> str:
    """Since when the customer is one, as the traits say."""
    said = f"coalesce({traits} ->> '$.createdAt', {traits} ->> '$.created_at')"
    return f"CAST(TRY_CAST({said} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP)"


def _filled(document: str) -> str:
    return f"CASE WHEN json_type({document}) = 'OBJECT' AND CAST({document} AS VARCHAR) <> '{{}}' THEN {document} END"


def _text(value: str | None) -> str:
    return "NULL" if value is None else schema.text(value)
