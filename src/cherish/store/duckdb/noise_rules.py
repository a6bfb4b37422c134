"""Changing the rules for noise: marks follow at once, and what counted the events that are marked now is made anew."""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cherish.errors import QuestionError
from cherish.spec.noise import Rule
from cherish.store.duckdb import noise, schema, upkeep

FILE, COMMAND = "cherish.toml", "command"
"""Who gave a rule."""


def given(connection: Any, wanted: Iterable[Rule]) -> bool:
    """Whether the rules of the settings' file are in force as they are given now."""
    there = noise.rules(connection)
    from_file = {rule for rule, by in there.items() if by == FILE}
    return from_file == {rule for rule in wanted if there.get(rule) != COMMAND}


def give(connection: Any, wanted: Iterable[Rule]) -> None:
    """Put the rules of the settings' file in place of those that it gave before; a command's stay."""
    kept = {rule: by for rule, by in noise.rules(connection).items() if by != FILE}
    _change(connection, {**dict.fromkeys(wanted, FILE), **kept})


def add(connection: Any, rule: Rule) -> bool:
    """Add a rule; whether it is new."""
    there = noise.rules(connection)
    if rule in there:
        return False
    _change(connection, {**there, rule: COMMAND})
    return True


def remove(connection: Any, rule: Rule) -> None:
    """Take a rule back.

    Raises:
        QuestionError: there is no such rule, or the settings' file gives it.
    """
    there = noise.rules(connection)
    if rule not in there:
        listed = ", ".join(map(str, there)) or "no rules"
        raise QuestionError(f"{rule} is no rule here; there are {listed}")
    if there[rule] == FILE:
        raise QuestionError(f"{rule} stands in {FILE}, section [noise]; take it out there")
    _change(connection, {other: by for other, by in there.items() if other != rule})


def _change(connection: Any, wanted: Mapping[Rule, str]) -> None:
    before = noise.rules(connection)
    said = sorted(({"kind": rule.kind, "value": rule.value, "by": by} for rule, by in wanted.items()), key=str)
    schema.set_setting(connection, "noise", json.dumps(said))
    for rule in [*(each for each in before if each not in wanted), *(each for each in wanted if each not in before)]:
        if rule.kind == "source":
            _mark_source(connection, rule, rule in wanted)
    kinds = {rule.kind for rule in {*before, *wanted}}
    if "address" in kinds:
        connection.execute("DELETE FROM noise_keys")
        noise.note_addresses(connection, "events")
    noise.mark(connection)


def _mark_source(connection: Any, rule: Rule, marked: bool) -> None:
    """Mark the events of a source, or take their mark away, and compute anew whatever counted them."""
    source = schema.text(rule.value)
    why = schema.text(str(rule))
    old, new = ("noise IS NULL", why) if marked else (f"noise = {why}", "NULL")
    upkeep.touch(connection, f"source = {source} AND {old}")
    if schema.one(connection, f"UPDATE events SET noise = {new} WHERE source = {source} AND {old}"):
        noise.note_events(connection)
        upkeep.redo(connection)
