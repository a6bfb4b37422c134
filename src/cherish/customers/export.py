"""All that a workspace knows of one customer, as JSON: what a person may ask for, and what an erasure would remove."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from cherish.answer.ask import holding
from cherish.customers.erase import Place, names_of
from cherish.customers.figures import OWN
from cherish.customers.keys import customer_of
from cherish.customers.rows import document, rows
from cherish.customers.single_view import view

PARTS = ("identifiers", "traits", "groups", "measures", "sessions")
_DOCUMENTS = ("properties", "context", "traits")
_OWN_NUMBERS = ("customer_id", "load_id", "own_id", "place", "noise_id")

_EVENTS = """
    SELECT events.* REPLACE (CAST(event_id AS VARCHAR) AS event_id, CAST(properties AS VARCHAR) AS properties,
        CAST(context AS VARCHAR) AS context), loads.name AS loaded_by
    FROM main.events AS events LEFT JOIN loads USING (load_id) WHERE customer_id = {number} ORDER BY ts, event_id"""

_SAID = """
    SELECT ledger.* REPLACE (CAST(ledger.traits AS VARCHAR) AS traits), loads.name AS loaded_by
    FROM traits AS ledger LEFT JOIN loads USING (load_id) WHERE customer_id = {number} ORDER BY said_at, place"""


def export(place: Place, key: str, measures: str = OWN) -> dict[str, Any]:
    """Everything of the customer whom a key names, as JSON takes it.

    The view's parts as `cherish customer show` has them, and beneath them the rows themselves: every event with its
    context, every order, everything that was ever said of them, refused events and waiting ones that name them.

    Raises:
        UnknownCustomer: nobody has this key.
    """
    store = place.store
    with holding(store):
        found = customer_of(store, key)
        told = view(store, key, parts=PARTS, measures=measures, now=place.clock()).told()
        whole = {
            "exported_at": place.clock(),
            **told,
            "orders": _rows(store, f"FROM orders WHERE customer_id = {found.number} ORDER BY ts, order_id"),
            "said": _rows(store, _SAID.format(number=found.number)),
            "events": _rows(store, _EVENTS.format(number=found.number)),
        }
        names = names_of(store, key)
    whole["refused"] = _refused(place, names)
    whole["waiting"] = _waiting(place, names)
    made: dict[str, Any] = msgspec.to_builtins(whole, str_keys=True)
    return made


def _rows(store: Any, statement: str) -> list[dict[str, Any]]:
    return [_row(each) for each in rows(store, statement)]


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """A row without the log's own numbers, its documents parsed and its times in UTC."""
    return {
        name: document(value) if name in _DOCUMENTS else _aware(value)
        for name, value in row.items()
        if name not in _OWN_NUMBERS and value is not None
    }


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _refused(place: Place, names: Any) -> list[dict[str, Any]]:
    if place.state is None:
        return []
    from cherish.db.quarantine import Quarantine

    quarantine, found, last = Quarantine(place.state), [], -1
    while page := quarantine.listed(after=last):
        last = page[-1].id or 0
        for each in page:
            beside = each.around if each.around and names.in_body(each.around) else None
            if beside or names.left_of(each.body) != each.body:
                told = {"source": each.source, "received_at": each.received_at, "code": each.code, "why": each.message}
                told |= {"body": _text(each.body) if beside else _theirs(each.body, names)}
                found.append(told | ({"around": _text(beside)} if beside else {}))
    return found


def _waiting(place: Place, names: Any) -> list[dict[str, Any]]:
    return [
        {"source": payload.source, "received_at": payload.received_at, "event": _text(line)}
        for journal in place.journals
        for payload in journal.bodies()
        for line in payload.body.splitlines()
        if names.in_body(line)
    ]


def _theirs(body: bytes, names: Any) -> Any:
    """The person's lines of a body of several, or the body."""
    lines = [each for each in body.splitlines() if names.in_body(each)]
    return [_text(each) for each in lines] if names.left_of(body) else _text(body)


def _text(body: bytes) -> Any:
    """JSON as a value, anything else as text."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return body.decode("utf-8", "replace")
