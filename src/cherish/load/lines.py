"""Payloads of a journal as staged events: their lines become rows by the engine, under the rules that files have."""

# Names of columns are our own, and texts are literals throughout.
# ruff: noqa: S608

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from cherish.db.journal.contract import Payload
from cherish.errors import InputError
from cherish.spec import limits
from cherish.spec.noise import TEST
from cherish.store import calls, revenue

STAGED = "staged_live"
_PARSED = "parsed_lines"
_LINES = "journal_lines"
_PORTION = 20_000
"""Lines that one thread of the engine takes at a time."""

_TEXTS = ("message_id", "type", "name", "anonymous_id", "user_id", "previous_id", "group_id", "noise")
_TIMES = ("ts", "received_at", "original_ts")
_OBJECTS = ("properties", "traits", "context", "integrations")
_KEYS = dict.fromkeys(_TEXTS, "VARCHAR") | dict.fromkeys(_TIMES, "BIGINT") | dict.fromkeys(_OBJECTS, "JSON")

_PARSE = f"SELECT source, line.* FROM (SELECT source, from_json(line, '{json.dumps(_KEYS)}') AS line FROM {_LINES})"

_LOOSE = """CASE WHEN type IN ('page', 'screen', 'group', 'alias') OR integrations IS NOT NULL THEN
    json_merge_patch('{}', json_object(
        'name', CASE WHEN type IN ('page', 'screen') THEN name END,
        'groupId', CASE WHEN type = 'group' THEN group_id END,
        'previousId', CASE WHEN type = 'alias' THEN previous_id END, 'integrations', integrations)) END"""

_ODD = f"""
    SELECT count(*) FROM {STAGED}
    WHERE message_id IS NULL OR name IS NULL OR (user_id IS NULL AND anonymous_id IS NULL) OR received_at IS NULL
        OR type IS NULL OR (type = 'group' AND group_id IS NULL)
        OR (ts >= '{limits.EARLIEST:%Y-%m-%d}' AND ts < '{limits.LATEST:%Y-%m-%d}') IS NOT TRUE"""


def stage(connection: Any, payloads: Sequence[Payload], currency: str | None) -> str:
    """Leave the payloads' events in a temporary table, whose name is returned.

    Args:
        connection: the engine's, inside the transaction of the load.
        payloads: what a journal holds.
        currency: the workspace's, for money that names none.

    Raises:
        InputError: a payload is not what the journal was given.
    """
    connection.register(_LINES, _table(payloads))
    connection.execute(_staged(currency))
    connection.unregister(_LINES)
    if connection.execute(_ODD).fetchall() != [(0,)]:
        raise InputError("an event lacks its id, its kind, its time or whom it is about")
    return STAGED


def mark_tests(connection: Any, sources: Sequence[str]) -> None:
    """Mark the staged events of sources for trying things out: no answer counts them."""
    if sources:
        connection.execute(f"UPDATE {STAGED} SET noise = '{TEST}' WHERE noise IS NULL AND list_contains(?, source)",
                           [list(sources)])  # fmt: skip


def drop(connection: Any) -> None:
    """Let the staged events go."""
    connection.execute(f"DROP TABLE {STAGED}")


def _table(payloads: Sequence[Payload]) -> Any:
    """One row per line, with the source that its payload came from; lines are found, not copied."""
    whole = b"".join(payload.body for payload in payloads)
    ends = np.flatnonzero(np.frombuffer(whole, dtype=np.uint8) == ord("\n")) + 1
    counts = np.diff(np.searchsorted(ends, np.cumsum([0, *(len(payload.body) for payload in payloads)]), "right"))
    torn = any(payload.body and not payload.body.endswith(b"\n") for payload in payloads)
    if torn or [payload.events for payload in payloads] != counts.tolist():
        raise InputError("a payload holds another number of lines than it was put with")
    offsets = np.concatenate(([0], ends)).astype(np.int64)
    lines = pa.LargeStringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(whole))
    try:
        lines.validate(full=True)
    except pa.ArrowInvalid as error:
        raise InputError("a line is not UTF-8") from error
    names = list(dict.fromkeys(payload.source for payload in payloads))
    places = np.repeat(np.array([names.index(payload.source) for payload in payloads], dtype=np.int32), counts)
    table = pa.table({"source": _sources(places, names), "line": lines})
    return pa.Table.from_batches(table.to_batches(max_chunksize=_PORTION), table.schema)


def _sources(places: Any, names: Sequence[str]) -> Any:
    """For each line the name at its place. From buffers: `pa.array` imports pandas where it is installed, 60 MB."""
    written = [name.encode() for name in names]
    ends = np.cumsum([0, *map(len, written)], dtype=np.int32)
    texts = pa.StringArray.from_buffers(len(names), pa.py_buffer(ends), pa.py_buffer(b"".join(written)))
    return pa.DictionaryArray.from_arrays(
        pa.Array.from_buffers(pa.int32(), len(places), [None, pa.py_buffer(places)]), texts
    )


def _staged(currency: str | None) -> str:
    named = (
        f"SELECT * REPLACE (make_timestamp(ts) AS ts, make_timestamp(received_at) AS received_at, "
        f"make_timestamp(original_ts) AS original_ts), {calls.name_sql('type', 'name')} AS title, {_LOOSE} AS loose "
        f"FROM {_PARSED}"
    )
    documented = (
        f"SELECT *, {calls.document_sql('loose', 'properties')} AS document, CASE type "
        f"WHEN 'identify' THEN {calls.traits_sql('traits', 'context')} WHEN 'group' THEN traits END AS said "
        f"FROM ({named})"
    )
    valued = f"SELECT *, {revenue.event_value_sql('title', 'document')} AS amount FROM ({documented})"
    return (
        # Materialized: what is read of a line otherwise is read again for every column. A table of its own would be
        # one row group, and so one thread's work.
        f"CREATE OR REPLACE TEMP TABLE {STAGED} AS WITH {_PARSED} AS MATERIALIZED ({_PARSE}) "
        f"SELECT message_id, type, title AS name, ts, received_at, "
        f"anonymous_id, user_id, source, amount AS value, CASE WHEN amount IS NOT NULL THEN "
        f"{calls.currency_sql('document', currency)} END AS currency, "
        f"{calls.order_sql('title', 'document', 'message_id')} AS order_id, document AS properties, context, "
        f"previous_id, group_id, original_ts, {calls.created_sql('said')} AS created_at, said AS traits, "
        f"noise FROM ({valued})"
    )
