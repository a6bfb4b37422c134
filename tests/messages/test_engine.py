"""What is taken, the engine loads: no line that passes the door can break a load or be read in two ways."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from messages.bodies import take

ODD = [
    rb'{"k":"a\u0000b"}',
    rb'{"k":"\ud83d\ude00 \u2028 \/ \u0022:"}',
    b'{"k":1E-400}',
    b'{"k":1.7976931348623157e308}',
    b'{"k":-1e-99999999999999999999}',
    b'{"k":' + b"9" * 4_000 + b"}",
    b'{"k":18446744073709551616}',
    b'{"k":1, "k" : 2}',
    b'{"k":' + b"[" * 15 + b"]" * 15 + b"}",
    b'{"":"", " k ":[null,true,-0,-0.0]}',
    "{'k':1}".replace("'", '"').encode() + b" \r\n\t",
]


def test_odd_but_sound_events_load_into_json_columns(tmp_path: Path) -> None:
    body = b'{"batch":[' + b",".join(b'{"event":"e","userId":"u","properties":' + each + b"}" for each in ODD) + b"]}"
    found = take(body)
    assert (found.count, found.refused) == (len(ODD), ())
    file = tmp_path / "lines.jsonl"
    file.write_bytes(found.lines)
    rows = duckdb.sql(
        f"SELECT name, properties::VARCHAR, properties->>'k', properties::VARIANT FROM read_json('{file}', "
        "format='newline_delimited', columns={name: 'VARCHAR', properties: 'JSON'})"
    ).fetchall()
    assert len(rows) == len(ODD)
    written = [json.loads(line)["properties"] for line in found.lines.splitlines()]
    assert [row[2] for row in rows[:2]] == ["a\0b", '😀 \u2028 / ":']
    twice = rows[7]
    assert (twice[2], twice[3], written[7]) == ("2", {"k": 2}, {"k": 2})
    assert json.loads(rows[6][1]) == {"k": 2**64}
