"""Holdouts in the log: what was planned, whom the lot held out, and which addresses a sender was told.

A decision is an event, made once for each customer and never again; later lots are for newcomers alone. Customers who
share an address are one unit: whoever comes to an address follows the oldest customer there.
"""

# ruff: noqa: S608  # statements are put together from our own texts and quoted values only
from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from cherish.errors import QuestionError
from cherish.spec.holdouts import ASSIGNED, CROSSED, EXPORTED, FREE, HELD_OUT, PLACES, Holdout, Wish
from cherish.store.duckdb import schema
from cherish.store.duckdb.reading import Reading

KIND = "holdout"
SOURCE = "cherish"

# A reader of tables takes what begins with these for a formula; no mailbox of a customer does.
_USABLE = r"""[^\s@=+\-,;:<>()\[\]"'|][^\s@,;:<>()\[\]"|]*@[^\s@,;:<>()\[\]"'|]+\.[^\s@,;:<>()\[\]"'|]+"""

_DECIDED = """
    CREATE OR REPLACE TEMP TABLE decided AS
    SELECT customer_id, arg_min(held_out, age) AS held_out, arg_min(unit, age) AS unit, min(age) AS age,
        count(DISTINCT held_out) > 1 AS crossed, count(*) AS decisions
    FROM (
        SELECT customer_id, (properties ->> '$.held_out') = 'true' AS held_out,
            coalesce(properties ->> '$.holdout_unit', CAST(event_id AS VARCHAR)) AS unit,
            coalesce(properties ->> '$.holdout_since', strftime(ts, '%Y-%m-%dT%H:%M:%S.%f')) || ' '
                || strftime(ts, '%Y-%m-%dT%H:%M:%S.%f') || ' ' || CAST(event_id AS VARCHAR) AS age
        FROM events WHERE name = {assigned} AND (properties ->> '$.holdout') = {name})
    GROUP BY customer_id"""

# Whoever has no trait of this name but an own id that is an address gets mail there.
_PEOPLE = """
    CREATE OR REPLACE TEMP TABLE lot_people AS
    SELECT customer_id, customer, first_seen, address,
        CASE WHEN address IS NULL THEN '#' || customer ELSE '@' || address END AS place
    FROM (
        SELECT customer_id, customer, first_seen, lower(trim(coalesce(
            nullif(trim(json_extract_string(traits, {trait})), ''),
            CASE WHEN {trait} = '/email' AND customer LIKE '%_@_%' THEN customer END))) AS address
        FROM {customers} WHERE identified AND first_seen < {at})"""

_UNITS = """
    CREATE OR REPLACE TEMP TABLE units AS
    SELECT place, arg_min(held_out, age) AS held_out, arg_min(unit, age) AS unit,
        arg_min(lot_people.customer, (first_seen, lot_people.customer)) AS eldest, count(*) AS members,
        count(DISTINCT held_out) > 1 AS torn
    FROM lot_people LEFT JOIN decided USING (customer_id) GROUP BY place"""

_LOT = """
    CREATE OR REPLACE TEMP TABLE lot AS
    SELECT lot_people.customer_id, lot_people.customer, lot_people.first_seen, units.members,
        units.unit IS NOT NULL AS follows,
        coalesce(units.held_out, drawn.number < {places}) AS held_out,
        coalesce(units.unit, left(md5({salt} || ':unit:' || units.eldest), 16)) AS unit
    FROM lot_people JOIN units USING (place) JOIN ({drawn}) AS drawn USING (place)
    WHERE lot_people.customer_id NOT IN (SELECT customer_id FROM decided)"""

_STAGED = """
    SELECT {message} AS message_id, 'track' AS type, {event} AS name, {at} AS ts, {now} AS received_at,
        CAST(NULL AS VARCHAR) AS anonymous_id, customer AS user_id, {source} AS source,
        CAST(NULL AS DECIMAL(18, 4)) AS value, CAST(NULL AS VARCHAR) AS currency, CAST(NULL AS VARCHAR) AS order_id,
        CAST({properties} AS JSON) AS properties, CAST(NULL AS JSON) AS context
    FROM {rows}"""

_DECISION = """
    json_object('holdout', {name}, 'held_out', held_out, 'holdout_share', {share}, 'holdout_unit', unit,
        'holdout_since', strftime(first_seen, '%Y-%m-%dT%H:%M:%S.%f'))"""

_HELD = """
    CREATE OR REPLACE TEMP TABLE held AS
    SELECT address, customer, left(md5({salt} || ':' || address), 16) AS digest,
        regexp_full_match(address, {usable}) AND length(address) <= 254 AS usable
    FROM (
        SELECT lot_people.address, arg_min(lot_people.customer, age) AS customer, arg_min(held_out, age) AS held_out
        FROM lot_people JOIN decided USING (customer_id) WHERE lot_people.address IS NOT NULL GROUP BY ALL)
    WHERE held_out"""

_TOLD = """
    CREATE OR REPLACE TEMP TABLE told AS
    SELECT DISTINCT properties ->> '$.address' AS digest FROM events
    WHERE name = {exported} AND (properties ->> '$.holdout') = {name} AND (properties ->> '$.to') = {tool}"""


@dataclass(frozen=True)
class Drawn:
    """What a lot came to.

    new         customers decided now; `new_held` of them are held out
    followed    of those now: whoever shares an address with somebody decided before, and follows that decision
    shared      of those now: whoever shares an address with others of them, and so shares their lot
    decided     customers decided in all; `held` of them are held out
    crossed     customers in both arms since they became one: the older one's arm is kept
    """

    holdout: Holdout
    at: datetime
    new: int
    new_held: int
    followed: int
    shared: int
    decided: int
    held: int
    crossed: int


@dataclass(frozen=True)
class Addresses:
    """Addresses that a sender is to leave out.

    digest      names exactly this list
    known       addresses of the list that the sender was told before and that are not in it again
    without     held-out customers of whom no address is known
    unusable    addresses held out that are none, or that a reader of tables would run
    torn        addresses that customers of both arms share: the oldest customer's arm holds
    free_again  addresses that the sender was told and that are not held out any more
    """

    addresses: tuple[str, ...]
    digest: str
    known: int
    without: int
    unusable: int
    torn: int
    free_again: int


# -- plans --------------------------------------------------------------------------------------------------------


def plans(connection: Any) -> tuple[Holdout, ...]:
    """Every holdout as it was planned last, by name."""
    rows = connection.execute(
        "SELECT arg_max(body, version) FROM definitions WHERE kind = ? GROUP BY name ORDER BY name", [KIND]
    ).fetchall()
    return tuple(msgspec.json.decode(row[0], type=Holdout) for row in rows)


def find(connection: Any, name: str) -> Holdout:
    """The holdout of this name.

    Raises:
        QuestionError: none was planned under it.
    """
    there = {each.name: each for each in plans(connection)}
    if name not in there:
        known = f"there are {', '.join(there)}" if there else "none was planned yet"
        raise QuestionError(f"no holdout is called {name!r}: {known}; plan it with: cherish holdout plan {name}")
    return there[name]


def plan(connection: Any, wish: Wish, at: datetime, salt: str | None = None) -> Holdout:
    """Keep a plan; planned anew under its name, it keeps its salt, so that whoever was held out would be again.

    Raises:
        QuestionError: a value that can't be.
    """
    wish = wish.checked()
    before = next((each for each in plans(connection) if each.name == wish.name), None)
    if before is not None and before.wish == wish:
        return before
    made = Holdout(
        wish, before.salt if before else salt or secrets.token_hex(16), before.version + 1 if before else 1, at
    )
    body = msgspec.json.encode(made).decode()
    connection.execute("INSERT INTO definitions VALUES (?, ?, ?, ?, ?)", [KIND, wish.name, made.version, body, at])
    return made


# -- the lot ------------------------------------------------------------------------------------------------------


def draw(connection: Any, holdout: Holdout, at: datetime, now: datetime, load: Any) -> Drawn:
    """Decide for everybody known before `at` of whom nothing was decided; `load` takes a relation of staged events."""
    run = connection.execute
    _look(connection, holdout, at)
    run(_UNITS)
    drawn = _numbers(holdout.salt)
    salt, name = schema.text(holdout.salt), schema.text(holdout.name)
    run(_LOT.format(places=holdout.places, salt=salt, drawn=drawn))
    new, held, followed, shared = schema.row(
        connection,
        "SELECT count(*), count(*) FILTER (held_out), count(*) FILTER (follows), "
        "count(*) FILTER (members > 1 AND NOT follows) FROM lot",
    )
    decision = _DECISION.format(name=name, share=f"CAST({holdout.wish.share!r} AS DOUBLE)")
    message = f"'holdout ' || {name} || ' ' || customer"
    _stage(connection, load, message=message, event=ASSIGNED, properties=decision, rows="lot", at=at, now=now)
    crossed = _cross(connection, holdout, now, load)
    before, before_held = schema.row(connection, "SELECT count(*), count(*) FILTER (held_out) FROM decided")
    return Drawn(holdout, at, new, held, followed, shared, before + new, before_held + held, crossed)


def _look(connection: Any, holdout: Holdout, at: datetime) -> None:
    """Who is decided already, and who there is, with the address that mail to each goes to."""
    run = connection.execute
    run(_DECIDED.format(assigned=schema.text(ASSIGNED), name=schema.text(holdout.name)))
    customers = Reading.of(connection).relation("customers")
    run(
        _PEOPLE.format(
            trait=schema.pointer(holdout.wish.address), customers=customers, at=f"TIMESTAMP {schema.text(str(at))}"
        )
    )


@lru_cache(maxsize=32)
def _numbers(salt: str) -> str:
    """A statement that gives every unit its place in the lot: the expression that runs alike on every engine."""
    import ibis

    from cherish.audiences.bucket import place
    from cherish.store.duckdb.statements import compiled

    units = ibis.table({"place": "string", "eldest": "string"}, name="units")
    return compiled(units.select("place", number=place(units.eldest, salt, PLACES)))


def _cross(connection: Any, holdout: Holdout, now: datetime, load: Any) -> int:
    """Note each customer who is in both arms, once for each pair of decisions; how many customers there are."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE crossings AS SELECT decided.*, customers.customer FROM decided "
        "JOIN customers USING (customer_id) WHERE crossed"
    )
    arm = f"CASE WHEN held_out THEN {schema.text(HELD_OUT)} ELSE {schema.text(FREE)} END"
    other = f"CASE WHEN held_out THEN {schema.text(FREE)} ELSE {schema.text(HELD_OUT)} END"
    name = schema.text(holdout.name)
    _stage(
        connection, load, message=f"'crossed ' || {name} || ' ' || age || ' ' || decisions", event=CROSSED,
        properties=f"json_object('experiment', {name}, 'holdout', {name}, 'arm', {arm}, 'other_arm', {other})",
        rows="crossings", at=now, now=now,
    )  # fmt: skip
    return int(schema.one(connection, "SELECT count(*) FROM crossings"))


def _stage(
    connection: Any, load: Any, *, message: str, event: str, properties: str, rows: str, at: datetime, now: datetime
) -> None:
    if not schema.one(connection, f"SELECT count(*) FROM {rows}"):
        return
    moments = {name: f"TIMESTAMP {schema.text(str(moment))}" for name, moment in (("at", at), ("now", now))}
    statement = _STAGED.format(
        message=message, event=schema.text(event), source=schema.text(SOURCE), properties=properties, rows=rows,
        **moments,
    )  # fmt: skip
    connection.execute(f"CREATE OR REPLACE TEMP TABLE staged_lot AS {statement}")
    load("staged_lot")
    connection.execute("DROP TABLE staged_lot")


# -- addresses ----------------------------------------------------------------------------------------------------


def addresses(connection: Any, holdout: Holdout, tool: str, everything: bool, at: datetime) -> Addresses:
    """Whom a sender is to leave out: all of them, or those that it was not told yet."""
    run = connection.execute
    _look(connection, holdout, at)
    run(_UNITS)
    run(_HELD.format(salt=schema.text(holdout.salt), usable=schema.text(_USABLE)))
    run(_TOLD.format(exported=schema.text(EXPORTED), name=schema.text(holdout.name), tool=schema.text(tool)))
    fresh = "" if everything else " ANTI JOIN told USING (digest)"
    run(f"CREATE OR REPLACE TEMP TABLE listed AS FROM held{fresh} WHERE usable")
    found = tuple(row[0] for row in run("SELECT address FROM listed ORDER BY address").fetchall())
    usable, unusable = schema.row(connection, "SELECT count(*) FILTER (usable), count(*) FILTER (NOT usable) FROM held")
    without = "SELECT count(*) FROM decided JOIN lot_people USING (customer_id) WHERE held_out AND address IS NULL"
    return Addresses(
        addresses=found,
        digest=str(schema.one(connection, "SELECT md5(string_agg(digest, ' ' ORDER BY digest)) FROM listed")),
        known=usable - len(found),
        without=int(schema.one(connection, without)),
        unusable=unusable,
        torn=int(schema.one(connection, "SELECT count(*) FROM units WHERE torn")),
        free_again=int(schema.one(connection, "SELECT count(*) FROM told ANTI JOIN held USING (digest)")),
    )


def note_exported(connection: Any, holdout: Holdout, tool: str, now: datetime, load: Any) -> None:
    """Remember that a sender was told the addresses in the temporary table `listed`; a digest of each is kept."""
    name, to = schema.text(holdout.name), schema.text(tool)
    _stage(
        connection, load, message=f"'told ' || {name} || ' ' || {to} || ' ' || digest", event=EXPORTED,
        properties=f"json_object('holdout', {name}, 'to', {to}, 'address', digest)", rows="listed", at=now, now=now,
    )  # fmt: skip
