"""What a person chose for the workspace: zone, currency, rates, what is active, which outcome matters, experiments."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from cherish.errors import QuestionError
from cherish.spec.calendar import zone as zone_of
from cherish.spec.declared import Declared
from cherish.spec.relations import ActiveSet
from cherish.store.duckdb import schema, upkeep


def configure(connection: Any, zone: str | None, currency: str | None, rates: dict[str, float] | None) -> bool:
    """Set what is given; whether anything changed. Another zone means other days: they are computed anew."""
    wanted = {"zone": zone, "currency": currency, "rates": None if rates is None else json.dumps(rates, sort_keys=True)}
    if zone is not None:
        zone_of(zone)
    changed = {
        key: value for key, value in wanted.items() if value is not None and value != schema.setting(connection, key)
    }
    for key, value in changed.items():
        schema.set_setting(connection, key, value)
    if "zone" in changed:
        upkeep.rebuild(connection)
    return bool(changed)


def define_active(connection: Any, name: str, events: tuple[str, ...], at: datetime) -> ActiveSet:
    """Store a new version of an active set; an unchanged one keeps its version.

    Raises:
        QuestionError: the set is empty.
    """
    if not events:
        raise QuestionError(f"active set {name!r} is empty; name at least one event")
    unique = tuple(dict.fromkeys(events))
    last = _last(connection, "active", name)
    if last is not None and set(json.loads(last[1])) == set(unique):
        return ActiveSet(name, tuple(json.loads(last[1])), last[0])
    version = 1 if last is None else last[0] + 1
    connection.execute("INSERT INTO definitions VALUES ('active', ?, ?, ?, ?)", [name, version, json.dumps(unique), at])
    return ActiveSet(name, unique, version)


def define_outcome(connection: Any, name: str, at: datetime) -> None:
    """Store the outcome that matters; the last one counts."""
    latest = schema.one(connection, "SELECT max(version) FROM definitions WHERE kind = 'outcome'") or 0
    if schema.one(connection, "SELECT arg_max(name, version) FROM definitions WHERE kind = 'outcome'") != name:
        connection.execute("INSERT INTO definitions VALUES ('outcome', ?, ?, '', ?)", [name, latest + 1, at])


def _last(connection: Any, kind: str, name: str) -> Any:
    return schema.row(
        connection,
        "SELECT version, body FROM definitions WHERE kind = ? AND name = ? ORDER BY version DESC LIMIT 1",
        [kind, name],
    )


def declare_experiment(connection: Any, name: str, terms: dict[str, str], at: datetime) -> Declared:
    """Store what is to be held of an experiment, with the time; the same terms again keep version and time.

    Raises:
        QuestionError: nothing is declared.
    """
    if not terms:
        raise QuestionError(f"experiment {name!r}: declare something, such as --horizon 28d --metric revenue")
    body = json.dumps(terms, sort_keys=True)
    last = experiments(connection).get(name)
    if last is not None and dict(last.terms) == terms:
        return last
    version = 1 if last is None else last.version + 1
    connection.execute("INSERT INTO definitions VALUES ('experiment', ?, ?, ?, ?)", [name, version, body, at])
    return Declared(name, version, at.replace(tzinfo=UTC), terms)


def experiments(connection: Any) -> dict[str, Declared]:
    """The last declaration of each experiment, by name."""
    rows = connection.execute(
        "SELECT name, max(version), arg_max(body, version), arg_max(defined_at, version) FROM definitions "
        "WHERE kind = 'experiment' GROUP BY name ORDER BY name"
    ).fetchall()
    return {name: Declared(name, version, at.replace(tzinfo=UTC), json.loads(body)) for name, version, body, at in rows}
