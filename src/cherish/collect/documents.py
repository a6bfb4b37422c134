"""JSON documents built by the engine from columns, part by part: quicker than structures, and without nulls."""

from __future__ import annotations

import json
from collections.abc import Mapping

from cherish.collect.numbers import is_numeric
from cherish.collect.workbench import literal

_NUMBER = r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?"


def value_sql(column: str, kind: str) -> str:
    """A column's value as JSON text; null where it is empty. A plain number, true or false in text becomes one."""
    if kind == "VARCHAR":
        nested = f"{column} LIKE '{{%}}' OR {column} LIKE '[%]'"
        return (
            f"CASE WHEN trim({column}) = '' THEN NULL WHEN {column} IN ('true', 'false') THEN {column} "
            f"WHEN regexp_full_match({column}, '{_NUMBER}') THEN {column} "
            f"WHEN ({nested}) AND json_valid({column}) THEN {column} ELSE CAST(to_json({column}) AS VARCHAR) END"
        )
    if kind in ("DOUBLE", "FLOAT"):
        return f"CASE WHEN isfinite({column}) THEN CAST({column} AS VARCHAR) END"
    if is_numeric(kind) or kind == "BOOLEAN":
        return f"CAST({column} AS VARCHAR)"
    if kind.startswith(("TIMESTAMP", "DATE", "TIME", "UUID", "ENUM", "INTERVAL")):
        return f"CAST(to_json(CAST({column} AS VARCHAR)) AS VARCHAR)"
    if kind == "BLOB":
        return "CAST(NULL AS VARCHAR)"
    return f"CAST(to_json({column}) AS VARCHAR)"


def text_sql(column: str, kind: str = "VARCHAR") -> str:
    """A column of texts (that were made from this type) as JSON strings; null where it is null."""
    # Digits need no escaping, and there may be millions of them.
    return f"'\"' || {column} || '\"'" if is_numeric(kind) else f"CAST(to_json({column}) AS VARCHAR)"


def object_sql(members: Mapping[str, str]) -> str:
    """A JSON object from keys and expressions of JSON text; a null is left out, and nothing at all is null."""
    if not members:
        return "CAST(NULL AS VARCHAR)"
    keys = {key: json.dumps(key, ensure_ascii=False) + ":" for key in members}
    parts = ", ".join(f"{literal(keys[key])} || {expression}" for key, expression in members.items())
    return f"nullif('{{' || concat_ws(',', {parts}) || '}}', '{{}}')"


def given_sql(column: str) -> str:
    """A text that is a JSON object, as it is; null where it is none."""
    # Nested, because the engine may look at the type before it has looked whether there is one.
    return f"CASE WHEN json_valid({column}) THEN CASE WHEN json_type({column}) = 'OBJECT' THEN {column} END END"


def number_sql(column: str) -> str:
    """An exact number with decimals as the shortest JSON number."""
    # A trailing zero tells nothing, and millions of them would be read for ever.
    return f"rtrim(rtrim(CAST({column} AS VARCHAR), '0'), '.')"
