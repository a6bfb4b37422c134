"""Whatever the body: it is taken or malformed, every item is counted once, and values come out as they went in."""

from __future__ import annotations

import gzip
import json
import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cherish.spec.messages import MALFORMED, REFUSED, Limits, Malformed, Taken, taken, unpacked
from messages.bodies import batch, lines, take, track

KINDS = ("track", "identify", "page", "screen", "group", "alias")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.one_of(st.integers(), st.integers(-(10**300), 10**300), st.floats(allow_nan=False, allow_infinity=False))
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.recursive(
    SCALARS, lambda inside: st.lists(inside, max_size=4) | st.dictionaries(TEXTS, inside, max_size=4), max_leaves=12
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=5)
FIELDS = ("type", "event", "name", "userId", "anonymousId", "previousId", "groupId", "messageId", "timestamp",
          "originalTimestamp", "sentAt", "properties", "traits", "context", "integrations", "category")  # fmt: skip
ITEMS = st.one_of(
    VALUES,
    st.dictionaries(st.sampled_from(FIELDS), VALUES | st.sampled_from(KINDS), max_size=8),
    st.builds(lambda fields: track(**fields), st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=2)),
)
BESIDE = st.dictionaries(st.sampled_from(["sentAt", "context", "integrations", "writeKey"]), VALUES)
BODIES = st.builds(lambda items, beside: batch(*items, **beside), st.lists(ITEMS, max_size=6), BESIDE)
MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(9999, 12, 30))
NOWS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1))
NASTY = (b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\xff", b"\x00", b"NaN", rb"\ud83d", b'"batch":[', b"1e999")


def outcome(body: bytes, kind: str | None) -> Taken | Malformed:
    """What is made of a body: one of two things, each of them orderly."""
    try:
        found = take(body, kind)
    except Malformed as error:
        return orderly(error, body)
    assert found.count == len(lines(found))
    places = [each.place for each in found.refused]
    assert places == sorted(set(places))
    assert all(each.code in REFUSED and each.message for each in found.refused)
    return found


def orderly(error: Malformed, body: bytes) -> Malformed:
    """The error, which names one of the known reasons and a place in the body."""
    assert error.code in MALFORMED
    assert error.position is None or 0 <= error.position <= len(body) + 1
    return error


@settings(max_examples=100, deadline=None)
@given(st.lists(ITEMS, max_size=6))
def test_every_item_is_taken_or_refused(items: list[Any]) -> None:
    found = outcome(batch(*items), None)
    assert isinstance(found, Taken)
    assert found.count + len(found.refused) == len(items)
    for each in found.refused:
        assert json.loads(each.body) == items[each.place]


@settings(max_examples=100, deadline=None)
@given(BODIES, st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3), st.sampled_from(NASTY)), max_size=4),
       st.sampled_from([None, *KINDS]))  # fmt: skip
@example(b'{"batch":[{"a":"\\ud83d"},{"a":[}]},{}]}', [], None)
def test_a_damaged_body_is_taken_or_malformed(
    body: bytes, cuts: list[tuple[int, int, bytes]], kind: str | None
) -> None:
    for place, length, nasty in cuts:
        at = place % (len(body) + 1)
        body = body[:at] + nasty + body[at + length :]
    outcome(body, kind)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([None, "track", "alias"]))
def test_bytes_are_taken_or_malformed(body: bytes, kind: str | None) -> None:
    outcome(body, kind)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.booleans(), st.sampled_from([None, "gzip", "deflate", "identity", "br"]))
def test_bytes_are_unpacked_or_malformed(body: bytes, packed: bool, encoding: str | None) -> None:
    if packed:
        assert unpacked(gzip.compress(body), encoding, Limits()) == body
        return
    try:
        found = unpacked(body, encoding, Limits())
    except Malformed as error:
        orderly(error, body)
    else:
        assert found == body or encoding == "deflate" or body[:2] == b"\x1f\x8b"


@settings(max_examples=100, deadline=None)
@given(OBJECTS, OBJECTS, OBJECTS)
def test_values_come_out_as_they_went_in(
    properties: dict[str, Any], traits: dict[str, Any], more: dict[str, Any]
) -> None:
    for context in (more, {"page": more}):
        context.pop("groupId", None)
        found = take(batch(track(properties=properties, traits=traits, context=context)))
        (read,) = lines(found)
        assert same(read.get("properties", {}), properties)
        assert same(read.get("traits", {}), traits)
        assert same(read.get("context", {}), context)


def same(one: Any, other: Any) -> bool:
    """Equal in value, with keys in the same order; a number is its value, True is no number, and zero has a sign."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    return isinstance(one, bool) == isinstance(other, bool) and one == other


@settings(max_examples=100, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40))
@example(Decimal("12345678901234.56789012345"))
@example(Decimal("0.10"))
@example(Decimal("1E-400"))
def test_numbers_keep_every_digit(number: Decimal) -> None:
    body = batch(track(properties={"price": "#"})).replace(b'"#"', str(number).encode())
    text = take(body).lines.decode()
    read = json.loads(text, parse_float=Decimal, parse_int=Decimal)["properties"]["price"]
    assert read == number


@settings(max_examples=100, deadline=None)
@given(TEXTS.map(str.strip).filter(bool), TEXTS.map(str.strip).filter(bool))
def test_of_a_key_that_is_there_twice_the_last_one_counts_for_every_reader(first: str, last: str) -> None:
    one, other = json.dumps(first), json.dumps(last)
    twice = f'{{"k": {one}, "k": {other}}}'
    item = f'{{"userId":{one},"userId" : {other},"event":"e","properties":{twice},"context":{{"a":[{twice}]}}}}'
    found = take(f'{{"batch":[{item}]}}'.encode())
    pairs: list[list[str]] = []
    read = json.loads(found.lines, object_pairs_hook=lambda held: pairs.append([key for key, _ in held]) or dict(held))
    assert (read["user_id"], read["properties"], read["context"]) == (last, {"k": last}, {"a": [{"k": last}]})
    assert all(len(keys) == len(set(keys)) for keys in pairs)


@settings(max_examples=100, deadline=None)
@given(MOMENTS, MOMENTS, NOWS)
def test_the_skew_rule_in_exact_arithmetic(original: datetime, sent: datetime, received: datetime) -> None:
    body = batch(track(timestamp=original.isoformat(), sentAt=sent.isoformat()))
    found = taken(body, kind=None, received_at=received.replace(tzinfo=UTC))
    expected = min(since(received) - (since(sent) - since(original)), since(received))
    if expected < since(datetime(1900, 1, 1)):
        assert [each.code for each in found.refused] == ["bad_time"]
    else:
        (read,) = lines(found)
        assert (read["ts"], read["original_ts"], read["received_at"]) == (expected, since(original), since(received))


def since(at: datetime) -> int:
    """Microseconds since 1970 of a naive moment in UTC."""
    gone = at - datetime(1970, 1, 1)
    return (gone.days * 86_400 + gone.seconds) * 10**6 + gone.microseconds
