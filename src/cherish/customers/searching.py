"""Finding customers by a part of an id, an e-mail address, a name or any other trait: the best match first."""

# ruff: noqa: S608  # statements are put together from our own texts and quoted values
from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from cherish.customers import cursor
from cherish.customers.rows import aware, document, is_unicode, rows
from cherish.errors import QuestionError
from cherish.store.duckdb import schema

MOST = 200
"""So many customers fit one page."""
LONGEST = 256
"""Characters of what may be looked for."""

EMAILS = ("email", "e_mail", "mail", "email_address", "emailAddress")
NAMES = ("name", "full_name", "fullName", "displayName", "username")
FIRST_NAMES, LAST_NAMES = ("first_name", "firstName"), ("last_name", "lastName")
"""Traits that people look for first; a first and a last name together are a name, too."""


@dataclass(frozen=True)
class Match:
    """A customer who was found, and by what: `found_in` is the kind of the id or the trait's name."""

    customer: str
    identified: bool
    name: str | None
    email: str | None
    found_in: str
    first_seen: datetime | None
    last_seen: datetime | None


@dataclass(frozen=True)
class Matches:
    """A page of matches, how many there are in all, and the cursor of the next page (None: that was all)."""

    matches: tuple[Match, ...]
    count: int
    after: str | None


def search(store: Any, q: str, *, limit: int = 20, after: str | None = None) -> Matches:
    """Customers in whose ids or traits this text stands, without regard to case and accents.

    Every row of customers and of their ids is looked at once, whatever matches. Of equal matches the ids decide the
    order, so that pages neither repeat nor skip anybody while events arrive.

    Raises:
        QuestionError: nothing to look for, too much of it, or a cursor that no page gave.
    """
    text = " ".join(q.split())
    if not text or not is_unicode(text):
        raise QuestionError("say what to look for: a part of an id, an e-mail address, a name or another trait")
    if len(text) > LONGEST:
        raise QuestionError(f"look for at most {LONGEST} characters")
    cursor.page_size(limit, MOST)
    found = rows(store, _statement(text, limit, after))
    shown = found[:limit]
    more = len(found) > limit
    matches = tuple(_match(row, text) for row in shown)
    return Matches(matches, found[0]["count"] if found else 0, _cursor(shown[-1]) if more else None)


# The rank of a match; of one customer the least counts.
#   0 the id itself            1 the e-mail address or name       2 another trait
#   3 the beginning of an id   4 of the e-mail address or name    5 of another trait
#   6 a part of an id          7 of the e-mail address or name    8 of another trait
#   9 all the words, wherever in the traits they stand


def _statement(text: str, limit: int, after: str | None) -> str:
    behind = ""
    if after:
        rank, customer, number = cursor.read(after, tuple[int, str, int])
        behind = f"WHERE (rank, customer, number) > ({rank}, {schema.text(customer)}, {number})"
    return f"""
        WITH sought AS (SELECT {_folded(schema.text(text))} AS q),
        ids AS (
            SELECT customer_id AS number, min(rank) AS rank, arg_min(kind, rank) AS kind FROM (
                SELECT customer_id, kind,
                    CASE WHEN folded = q THEN 0 WHEN starts_with(folded, q) THEN 3 ELSE 6 END AS rank
                FROM (SELECT customer_id, kind, {_folded("key")} AS folded FROM identities), sought
                WHERE contains(folded, q))
            GROUP BY customer_id),
        told AS (
            SELECT customer_id AS number, customer, identified, first_seen, last_seen, traits,
                CASE WHEN may_hold THEN {_FIRST} END AS first, CASE WHEN may_hold THEN {_EVERY} END AS every
            FROM (SELECT *, {_may_hold(text)} AS may_hold FROM (
                SELECT * REPLACE (CAST(traits AS VARCHAR) AS traits) FROM customers))),
        ranked AS (SELECT *, {_rank(text)} AS of_traits FROM told, sought),
        found AS (
            SELECT ranked.*, ids.kind, ids.rank AS of_ids, least(ids.rank, ranked.of_traits) AS rank
            FROM ranked LEFT JOIN ids USING (number) WHERE least(ids.rank, ranked.of_traits) IS NOT NULL)
        SELECT number, customer, identified, first_seen, last_seen, traits, kind, of_ids, rank, count
        FROM (SELECT *, count(*) OVER () AS count FROM found) {behind}
        ORDER BY rank, customer, number LIMIT {limit + 1}"""


def _folded(expression: str) -> str:
    return f"strip_accents(lower({expression}))"


def _list(paths: Iterable[str]) -> str:
    return f"json_extract_string(traits, [{', '.join(schema.text('/' + each) for each in paths)}])"


def _one(names: Iterable[str]) -> str:
    found = (f"json_extract_string(traits, {schema.text('/' + each)})" for each in names)
    return f"coalesce({', '.join(found)})"


_WHOLE = f"concat_ws(' ', {_one(FIRST_NAMES)}, {_one(LAST_NAMES)})"
_FIRST = f"[{_folded('v')} FOR v IN list_append({_list((*EMAILS, *NAMES))}, {_WHOLE}) IF v <> '']"
# Nested objects and lists come as their own text beside what they hold, and that text has the names of their keys.
_EVERY = (
    f"[{_folded('v')} FOR v IN json_extract_string(traits, '$..*') "
    "IF v IS NOT NULL AND NOT starts_with(v, '{') AND NOT starts_with(v, '[')]"
)


def _may_hold(text: str) -> str:
    """A test of the whole document that is quick and misses nothing: what JSON writes otherwise has a backslash."""
    # Taking the accents off every document takes ten times as long as looking for letters with any accent.
    words = " AND ".join(f"regexp_matches(traits, {schema.text(_pattern(each))}, 'i')" for each in text.split())
    return f"({words}) OR contains(traits, chr(92))"


def _pattern(word: str) -> str:
    """A regular expression for the word with any accents: each sign, those that fold to it, and marks behind it."""
    classes = ("".join(f"\\x{{{ord(each):x}}}" for each in sign + _accented().get(sign, "")) for sign in _plain(word))
    return "".join(f"[{each}]\\p{{M}}*" for each in classes)


@lru_cache(maxsize=1)
def _accented() -> dict[str, str]:
    """For each sign all others that it is what is left of without accents."""
    found: dict[str, str] = {}
    for code in range(0xC0, 0x2000):
        plain = _plain(chr(code))
        if len(plain) == 1 and plain != chr(code):
            found[plain] = found.get(plain, "") + chr(code)
    return found


def _rank(text: str) -> str:
    tests = (
        ("list_contains(first, q)", 1), ("list_contains(every, q)", 2),
        (_any("first", "starts_with(v, q)"), 4), (_any("every", "starts_with(v, q)"), 5),
        (_any("first", "contains(v, q)"), 7), (_any("every", "contains(v, q)"), 8),
        (" AND ".join(_any("every", f"contains(v, {_folded(schema.text(each))})") for each in text.split()), 9),
    )  # fmt: skip
    return f"CASE {' '.join(f'WHEN {test} THEN {rank}' for test, rank in tests)} END"


def _any(values: str, test: str) -> str:
    return f"len([v FOR v IN {values} IF {test}]) > 0"


# -- a match ------------------------------------------------------------------------------------------------------


def _match(row: Mapping[str, Any], text: str) -> Match:
    traits = document(row["traits"])
    by_id = row["of_ids"] == row["rank"]
    return Match(
        customer=row["customer"],
        identified=row["identified"],
        name=name_in(traits),
        email=email_in(traits),
        found_in=row["kind"] if by_id else _where(traits, text),
        first_seen=aware(row["first_seen"]),
        last_seen=aware(row["last_seen"]),
    )


def name_in(traits: Mapping[str, Any]) -> str | None:
    """The customer's name as far as the traits tell it."""
    parts = (_text(traits, FIRST_NAMES), _text(traits, LAST_NAMES))
    return _text(traits, NAMES) or " ".join(each for each in parts if each) or None


def email_in(traits: Mapping[str, Any]) -> str | None:
    """The customer's e-mail address as far as the traits tell it."""
    return _text(traits, EMAILS)


def _text(traits: Mapping[str, Any], names: Iterable[str]) -> str | None:
    found = (traits.get(name) for name in names)
    return next((each for each in found if isinstance(each, str) and each.strip()), None)


def _where(traits: Mapping[str, Any], text: str) -> str:
    """The trait that holds the text best: as a whole, at its beginning, anywhere, or most of its words."""
    sought = _plain(text)
    leaves = [(name, _plain(str(leaf))) for name, value in traits.items() for leaf in _leaves(value)]
    for test in (str.__eq__, str.startswith, str.__contains__):
        hit = next((name for name, leaf in leaves if test(leaf, sought)), None)
        if hit is not None:
            return hit
    words = sought.split()
    return max(leaves, key=lambda each: sum(word in each[1] for word in words), default=("traits", ""))[0]


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(each)
    else:
        yield value


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFD", text.lower())
    return "".join(each for each in parts if not unicodedata.combining(each))


def _cursor(row: Mapping[str, Any]) -> str:
    return cursor.written((row["rank"], row["customer"], row["number"]))
