"""Which customer a key means: a user id, an anonymous id, or whatever else the log knows people by."""

# ruff: noqa: S608  # statements are put together from our own texts and quoted values
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cherish.customers.rows import is_unicode, rows
from cherish.errors import QuestionError
from cherish.spec.limits import ID_CHARACTERS
from cherish.store.duckdb import schema

KINDS = ("user_id", "anonymous_id")
"""Which kind counts first where one text is a key of several customers; other kinds follow."""


class UnknownCustomer(QuestionError):
    """No customer has the key that was asked for. The message does not repeat it: a key may be an e-mail address."""

    def __init__(self) -> None:
        super().__init__(
            "no customer has this key; look for one by a part of an id, an e-mail address or a name: "
            "cherish customers WORDS, or GET /v1/customers?q=WORDS"
        )


@dataclass(frozen=True)
class Key:
    """A key as the log knows it, and the log's own number of the customer whom it belongs to."""

    kind: str
    key: str
    number: int


def customer_of(store: Any, key: str) -> Key:
    """Whose key this is. `KIND:KEY` says which kind is meant, where one text is a key of several customers.

    Raises:
        UnknownCustomer: nobody's.
    """
    kind, sign, rest = key.partition(":")
    if not 0 < len(key) <= ID_CHARACTERS + len(kind) or not is_unicode(key):
        raise UnknownCustomer
    named = f" OR (kind = {schema.text(kind)} AND key = {schema.text(rest)})" if sign else ""
    found = rows(
        store,
        f"SELECT kind, key, customer_id AS number FROM identities SEMI JOIN customers USING (customer_id) "
        f"WHERE key = {schema.text(key)}{named}",
    )
    if not found:
        raise UnknownCustomer
    # The key as it stands comes before its reading as KIND:KEY: ids may hold colons.
    return min((Key(**each) for each in found), key=lambda each: (each.key != key, _rank(each.kind), each.kind))


def _rank(kind: str) -> int:
    return KINDS.index(kind) if kind in KINDS else len(KINDS)
