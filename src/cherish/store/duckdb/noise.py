"""Noise: customers and events that are left out of answers. They stay in the log, with why they are left out.

A rule about people (an e-mail domain, a trait, a key, the addresses that events came from) marks customers in the table
`noise`; known bots and sources for trying things out mark single events, so that a customer whose link a bot fetched
stays one. Of a customer whose every event is marked nothing is left: that customer is marked, too.
"""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cherish.spec.bots import LONGEST, PATTERN
from cherish.spec.noise import BOT, Rule, network_of
from cherish.store.duckdb import schema
from cherish.store.duckdb.addresses import within
from cherish.store.duckdb.reading import Reading

EMAILS = ("email", "e_mail", "mail", "email_address", "emailAddress")

_KEY = (
    "CASE WHEN user_id IS NULL THEN 'anonymous_id' ELSE 'user_id' END AS kind, coalesce(user_id, anonymous_id) AS key"
)

_NOISY = "noisy_events"
_ADDRESS = "(context ->> '$.ip')"

_BOTS = f"""
    UPDATE incoming SET noise = {schema.text(BOT)}
    WHERE context IS NOT NULL AND contains(CAST(context AS VARCHAR), 'userAgent')
        AND regexp_matches(lower(left(context ->> '$.userAgent', {LONGEST})), {schema.text(PATTERN)})"""

_ONLY = """
    SELECT customer_id, 'only ' || any_value(noise) || ' events' AS why FROM events
    WHERE noise IS NOT NULL AND customer_id IN ({whom}) AND customer_id NOT IN (SELECT customer_id FROM activity)
    GROUP BY customer_id"""


@dataclass(frozen=True)
class Given:
    """A rule and who gave it: a command, or the settings' file."""

    rule: Rule
    by: str


@dataclass(frozen=True)
class Counted:
    """A reason, whether it is about whole customers or single events, and how many of each it leaves out."""

    whole: bool
    why: str
    customers: int
    events: int


def rules(connection: Any) -> dict[Rule, str]:
    """The rules in force, each with where it was given."""
    said = json.loads(schema.setting(connection, "noise") or "[]")
    return {Rule(each["kind"], each["value"]): each["by"] for each in said}


def of_incoming(connection: Any, marked: bool) -> None:
    """Mark the events of a load before they get to the log; `marked` where the door has seen bots already."""
    run = connection.execute
    if not marked:
        run(_BOTS)
    said = rules(connection)
    sources = [rule.value for rule in said if rule.kind == "source"]
    if sources:
        run(f"UPDATE incoming SET noise = 'source ' || source WHERE noise IS NULL AND source IN ({_listed(sources)})")
    if any(rule.kind == "address" for rule in said):
        note_addresses(connection, "incoming")
    if schema.one(connection, "SELECT count(*) FROM incoming WHERE noise IS NOT NULL"):
        schema.set_setting(connection, _NOISY, "1")


def mark(connection: Any, whom: str | None = None) -> None:
    """Find who is marked among the customers of a query, or among all."""
    reading = Reading.of(connection)
    if not (reading.rules or reading.people or reading.events):
        return
    said, noisy = rules(connection), reading.events
    run, asked = connection.execute, whom or "SELECT customer_id FROM identities"
    run(f"CREATE OR REPLACE TEMP TABLE to_mark AS {asked}")
    run("DELETE FROM noise" + (" WHERE customer_id IN (FROM to_mark)" if whom else ""))
    parts = [text for rule in said for text in _found(rule)]
    if any(rule.kind == "address" for rule in said):
        parts.append("SELECT customer_id, why FROM identities JOIN noise_keys USING (kind, key)")
    if noisy:
        parts.append(_ONLY.format(whom="FROM to_mark"))
    if parts:
        run(f"INSERT INTO noise SELECT DISTINCT customer_id, why FROM ({' UNION ALL '.join(parts)}) "
            "WHERE customer_id IN (FROM to_mark)")  # fmt: skip
    run("DROP TABLE to_mark")


def why(connection: Any, customer_id: int) -> tuple[str, ...]:
    """Why a customer is left out of answers; nothing where it is not."""
    rows = connection.execute("SELECT why FROM noise WHERE customer_id = ? ORDER BY why", [customer_id]).fetchall()
    return tuple(row[0] for row in rows)


def counts(connection: Any) -> tuple[Counted, ...]:
    """Each reason with how many customers and how many single events it leaves out."""
    rows = connection.execute(
        "SELECT true, why, count(DISTINCT customer_id), 0 FROM noise GROUP BY why "
        "UNION ALL SELECT false, noise, count(DISTINCT customer_id), count(*) FROM events "
        "WHERE noise IS NOT NULL GROUP BY noise ORDER BY 1 DESC, 2"
    ).fetchall()
    return tuple(Counted(*row) for row in rows)


def _found(rule: Rule) -> list[str]:
    """Queries for the customers of a rule about people, with the reason."""
    why = f"{schema.text(str(rule))} AS why"
    if rule.kind == "email-domain":
        paths = ", ".join(schema.pointer(each) for each in EMAILS)
        told = f"SELECT customer_id, unnest(json_extract_string(traits, [{paths}])) AS email FROM customers"
        keys = "SELECT customer_id, key AS email FROM identities WHERE kind <> 'anonymous_id'"
        host = "split_part(lower(trim(email)), '@', -1)"
        domain = schema.text(rule.value)
        return [
            f"SELECT customer_id, {why} FROM ({each}) WHERE contains(email, '@') "
            f"AND ({host} = {domain} OR ends_with({host}, '.' || {domain}))"
            for each in (told, keys)
        ]
    if rule.kind == "trait":
        name, _, value = rule.value.partition("=")
        return [
            f"SELECT customer_id, {why} FROM customers "
            f"WHERE json_extract_string(traits, {schema.pointer(name)}) = {schema.text(value)}"
        ]
    if rule.kind == "key":
        kind, sign, rest = rule.value.partition(":")
        also = f" OR (kind = {schema.text(kind)} AND key = {schema.text(rest)})" if sign else ""
        return [f"SELECT customer_id, {why} FROM identities WHERE key = {schema.text(rule.value)}{also}"]
    return []


def note_addresses(connection: Any, relation: str) -> None:
    """Note the keys whose events came from an address of a rule, which the address alone tells."""
    for rule in rules(connection):
        if rule.kind == "address":
            connection.execute(
                f"INSERT INTO noise_keys SELECT DISTINCT {_KEY}, {schema.text(str(rule))} FROM {relation} "
                f"WHERE context IS NOT NULL AND {within(_ADDRESS, network_of(rule.value))} "
                "AND (kind, key) NOT IN (SELECT (kind, key) FROM noise_keys WHERE "
                f"why = {schema.text(str(rule))})"
            )


def note_events(connection: Any) -> None:
    """Note whether the log has events that are marked: as long as there are none, nothing is asked of them."""
    some = schema.one(connection, "SELECT EXISTS (SELECT 1 FROM events WHERE noise IS NOT NULL)")
    if some != (schema.setting(connection, _NOISY) is not None):
        schema.set_setting(connection, _NOISY, "1") if some else schema.drop_setting(connection, _NOISY)


def _listed(values: Iterable[str]) -> str:
    return ", ".join(map(schema.text, values))
