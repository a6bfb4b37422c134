"""Expressions that the tools' files share, as macros of the engine."""

from __future__ import annotations

from cherish.collect.workbench import Workbench

_POINTER = "'/' || replace(replace(key, '~', '~0'), '/', '~1')"

MACROS = (
    # A member by its very name: names of other tools begin with $, which paths would take for the root.
    f"CREATE OR REPLACE TEMP MACRO member(document, key) AS json_extract(document, {_POINTER})",
    f"CREATE OR REPLACE TEMP MACRO said(document, key) AS nullif(trim(json_extract_string(document, {_POINTER})), '')",
    "CREATE OR REPLACE TEMP MACRO filled(x) AS nullif(trim(x), '')",
    "CREATE OR REPLACE TEMP MACRO email(x) AS nullif(lower(trim(x)), '')",
    "CREATE OR REPLACE TEMP MACRO items(x) AS CASE WHEN json_type(x) = 'ARRAY' THEN CAST(x AS JSON[]) END",
    # A list to be taken apart: of what is none there is one item, null, so that its row is refused and not lost.
    "CREATE OR REPLACE TEMP MACRO each(x) AS coalesce(items(x), [CAST(NULL AS JSON)])",
    # A time that its tool writes in UTC, whether it says so or not. What is no time says it too, so that it is refused
    # for itself and does not make the file one of mixed times.
    """CREATE OR REPLACE TEMP MACRO utc(x) AS CASE WHEN d_zoned(x) OR d_digits(x) THEN trim(x)
        WHEN x LIKE '%:%' THEN trim(x) || 'Z' WHEN regexp_full_match(trim(x), '\\d{4}-\\d{2}-\\d{2}')
        THEN trim(x) || 'T00:00:00Z' ELSE filled(x) || ' UTC:Z' END""",
    # Seconds since 1970 with decimals.
    """CREATE OR REPLACE TEMP MACRO seconds(x) AS CASE
        WHEN TRY_CAST(x AS DECIMAL(18,6)) BETWEEN 100000000 AND 99999999999 THEN strftime(make_timestamp(
        CAST(CAST(TRY_CAST(x AS DECIMAL(18,6)) AS DECIMAL(38,6)) * 1000000 AS BIGINT)), '%Y-%m-%dT%H:%M:%S.%fZ')
        ELSE utc(x) END""",
    # A moment just after another: where a file tells that something went back, and not when. Null after no time.
    """CREATE OR REPLACE TEMP MACRO just_after(x) AS strftime(
        TRY_CAST(regexp_replace(trim(x), '\\s*([+-]\\d{2})(\\d{2})$', '\\1:\\2') AS TIMESTAMPTZ) + INTERVAL 1 SECOND,
        '%Y-%m-%dT%H:%M:%S.%fZ')""",
    # A number as it is; what is no JSON as a text.
    "CREATE OR REPLACE TEMP MACRO plain(x) AS CASE WHEN json_valid(x) THEN x ELSE CAST(to_json(x) AS VARCHAR) END",
    # Repeated records of key and value (Google's) as one object.
    """CREATE OR REPLACE TEMP MACRO record(x) AS '{' || array_to_string(list_transform(items(x), lambda pair:
        CAST(to_json(coalesce(pair ->> '$.key', '')) AS VARCHAR) || ':' || coalesce(
        CAST(to_json(pair ->> '$.value.string_value') AS VARCHAR), plain(pair ->> '$.value.int_value'),
        plain(pair ->> '$.value.float_value'), plain(pair ->> '$.value.double_value'), 'null')), ',') || '}'""",
)


def ready(bench: Workbench) -> None:
    """Make the macros known to the engine."""
    for macro in MACROS:
        bench.run(macro)
