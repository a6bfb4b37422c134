"""Bodies that are broken or mean harm: refused with code and position, neighbours kept, in little time and memory."""

from __future__ import annotations

import json
import re
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cherish.errors import InputError
from cherish.spec import messages
from cherish.spec.messages import MALFORMED, REFUSED, Limits, Malformed
from messages.bodies import batch, line, lines, refusal, take, track

SOUND = json.dumps(track()).encode()
MEGABYTE = 2**20
MANY = json.dumps({f"k{i}": i for i in range(10_000)}).encode()


def malformed(body: bytes, kind: str | None = None, limits: Limits | None = None) -> Malformed:
    with pytest.raises(Malformed) as found:
        take(body, kind, limits)
    error = found.value
    assert isinstance(error, InputError)
    assert error.code in MALFORMED
    assert error.message == str(error)
    return error


@contextmanager
def within(seconds: float, megabytes: float) -> Iterator[None]:
    tracemalloc.start()
    began = time.process_time()
    yield
    took, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert took < seconds
    assert peak < megabytes * MEGABYTE


def nested(levels: int, opening: str = '{"a":', closing: str = "}") -> bytes:
    return (opening * levels + "1" + closing * levels).encode()


@pytest.mark.parametrize(
    ("body", "code", "position"),
    [
        (b"", "empty", 0),
        (b" \n", "empty", 0),
        (b"nonsense", "not_json", 0),
        (b'{"batch":[{]}', "not_json", 11),
        (b'{"batch":[' + SOUND, "not_json", len(b'{"batch":[' + SOUND)),
        (b'{"batch":[' + SOUND + b",", "not_json", len(b'{"batch":[' + SOUND + b",")),
        (b'{"batch":[' + SOUND + b"]", "not_json", len(b'{"batch":[' + SOUND + b"]")),
        (b'{"batch":[' + SOUND + b"]}}", "not_json", len(b'{"batch":[' + SOUND + b"]}")),
        (b'{"batch":[]} {"batch":[]}', "not_json", 13),
        (b'{"batch":[],"sentAt":NaN}', "not_json", 21),
        (b'{"batch":["unfinished]}', "not_json", 23),
        (b'[{"batch":[]}]', "not_an_object", 0),
        (b"[]", "not_an_object", 0),
        (b"17", "not_an_object", 0),
        (b"null", "not_an_object", 0),
        (b'{"batch":"x"}', "no_batch", None),
        (b'{"batch":null}', "no_batch", None),
        (b'{"batch":{"a":1}}', "no_batch", None),
        (b"{}", "no_batch", None),
        (SOUND, "no_batch", None),
        (b'{"batch":[],"context":"x"}', "wrong_kind", None),
        (b'{"batch":[],"context":[1]}', "wrong_kind", None),
        (b'{"batch":[],"integrations":7}', "wrong_kind", None),
        (b'{"batch":[],"context":{"a":1e999}}', "number_out_of_range", None),
        (b'{"batch":[],"context":{"a":"\xff"}}', "not_unicode", None),
        (b'{"batch":[],"context":' + nested(60) + b"}", "too_deep", None),
        (b'{"batch":[],"context":' + MANY + b"}", "too_many_keys", None),
    ],
)
def test_a_body_of_which_nothing_can_be_taken(body: bytes, code: str, position: int | None) -> None:
    error = malformed(body)
    assert error.code == code
    assert near(error.position, position)


def near(found: int | None, position: int | None) -> bool:
    """Whether it points where a person would look: the decoder names the byte at which it noticed."""
    return found == position if position is None else found is not None and 0 <= found - position <= 4


@pytest.mark.parametrize(
    ("body", "code", "position"),
    [
        (b'{"event":', "not_json", 9),
        (b'{"event":NaN,"userId":"u"}', "not_json", 9),
        (b'{"event":"a\xff"}', "not_unicode", 11),
        (b'{"event":"\\ud83d', "not_json", 16),
        (b"[]", "not_an_object", 0),
        (b"", "empty", 0),
        (b'{"event":"' + b"x" * 256 * 1024 + b'"}', "too_large", None),
        (b'{"event":"e","userId":"u","properties":' + nested(200) + b"}", "too_deep", None),
    ],
)
def test_a_single_event_that_is_no_json_object(body: bytes, code: str, position: int | None) -> None:
    error = malformed(body, "track")
    assert error.code == code
    assert near(error.position, position)


def test_a_single_event_that_lacks_something_is_refused_with_its_bytes() -> None:
    body = b'{"event":"e","properties":{"email":"a@b.c"}}'
    (only,) = take(body, "track").refused
    assert (only.place, only.code, only.body) == (0, "missing_id", body)


def test_a_single_event_with_a_cut_emoji_is_kept_for_whoever_looks_for_it() -> None:
    body = rb'{"event":"e","userId":"u","properties":{"text":"so good \ud83d"}}'
    (only,) = take(body, "track").refused
    assert (only.code, only.body) == ("not_unicode", body)


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (b"1", "not_an_object"),
        (b"null", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b"[]", "not_an_object"),
        (b"", "not_json"),
        (b"NaN", "not_json"),
        (b"{nonsense}", "not_json"),
        (b'{"event":NaN}', "not_json"),
        (b'{"event":"e","userId":"u","properties":{"a":Infinity,"b":"],[{\\""}}', "not_json"),
        (b'{"event":"e","userId":"u","properties":{"a":01}}', "not_json"),
        (b'{"event":"e","userId":"u","properties":{"a":"\x01"}}', "not_json"),
        (b'{"event":"e","userId":"u","properties":{"a":[1,]}}', "not_json"),
        (rb'{"event":"e","userId":"u","properties":{"a":"\ud83d"}}', "not_unicode"),
        (rb'{"event":"e","userId":"u","properties":{"a":"\ude00 b"}}', "not_unicode"),
        (rb'{"event":"e","userId":"u","properties":{"\ud83d\ud83d":1}}', "not_unicode"),
        (rb'{"event":"e","userId":"u","properties":{"a":"\\\ud83d\u0041"}}', "not_unicode"),
        (b'{"event":"e","userId":"u","properties":{"a":"\xff"}}', "not_unicode"),
        (b'{"event":"e","userId":"u","properties":{"a":"\xed\xa0\xbd"}}', "not_unicode"),
        (b'{"event":"e","userId":"u","properties":{"\xc3":1}}', "not_unicode"),
        (b'{"event":"e","userId":"u","properties":{"a":1e999}}', "number_out_of_range"),
        (b'{"event":"e","userId":"u","properties":{"a":-1e99999999999999999999}}', "number_out_of_range"),
        (b'{"event":"e","userId":"u","properties":{"a":' + b"9" * 5_000 + b"}}", "number_out_of_range"),
        (b'{"event":"e","userId":"u","properties":' + nested(17) + b"}", "too_deep"),
        (b'{"event":"e","userId":"u","properties":{"a":' + nested(17, "[", "]") + b"}}", "too_deep"),
        (b'{"event":"e","userId":"u","properties":{"a":"' + b"x" * 256 * 1024 + b'"}}', "event_too_large"),
    ],
)
def test_an_item_is_refused_alone(item: bytes, code: str) -> None:
    assert refusal(item).code == code


def test_ten_thousand_keys_are_refused_and_a_thousand_are_taken() -> None:
    many = {f"k{i}": i for i in range(10_000)}
    assert refusal(track(properties=many)).code == "too_many_keys"
    assert refusal(track(properties={"a": [{"b": many}]})).code == "too_many_keys"
    assert len(line(track(properties=dict(list(many.items())[:1_000])))["properties"]) == 1_000


@pytest.mark.parametrize("field", ["userId", "messageId", "timestamp", "sentAt", "event"])
@pytest.mark.parametrize("number", [b"1E-1000000000000", b"-1e-99999999999999999999", b"0." + b"1" * 200_000, b"1e308"])
def test_numbers_that_no_client_sends_cost_nothing(field: str, number: bytes) -> None:
    item = json.dumps(track(**{field: "#"})).encode().replace(b'"#"', number)
    with within(1, 8):
        found = take(b'{"batch":[' + item + b"]}")
    assert found.count + len(found.refused) == 1


def test_sixteen_levels_are_taken() -> None:
    deep = json.loads(nested(16))
    assert line(track(properties=deep))["properties"] == deep
    wide = {"products": [{"tags": ["a", {"b": 1}]} for _ in range(50)]}
    assert line(track(properties=wide))["properties"] == wide


def test_whole_pairs_and_escaped_backslashes_are_no_cut_emoji() -> None:
    item = rb'{"event":"e","userId":"u","properties":{"a":"\ud83d\ude00 \\ud83d","b":NaN}}'
    assert refusal(item).code == "not_json"
    sound = item.replace(b"NaN", b"1")
    (read,) = lines(take(b'{"batch":[' + sound + b"]}"))
    assert read["properties"]["a"] == "😀 \\ud83d"


def test_many_broken_items_among_sound_ones_keep_their_places() -> None:
    items = [SOUND, b"NaN", SOUND, b'{"a":"\\ud83d"}', b"{}", b'{"a":"\xff"}', SOUND]
    found = take(b' { "sentAt":"x", "batch" : [\n' + b" ,\n".join(items) + b' ] , "context":{"a":"[{\\""} } ')
    assert [each.place for each in found.refused] == [1, 3, 4, 5]
    assert [each.body for each in found.refused] == [items[i] for i in (1, 3, 4, 5)]
    assert [each["context"] for each in lines(found)] == [{"a": '[{"'}] * 3


def test_an_event_too_large_is_refused_beside_small_ones() -> None:
    # 40 KB is more than clients allow themselves, and is taken; 300 KB is not.
    found = take(batch(track(), track(properties={"a": "x" * 40_000}), track(properties={"a": "x" * 300_000}), track()))
    assert found.count == 3
    assert [(each.place, each.code) for each in found.refused] == [(2, "event_too_large")]


def test_events_beyond_the_batchs_bound_are_refused_alone() -> None:
    found = take(batch(*[track(messageId=str(i)) for i in range(2_503)]))
    assert [(each.place, each.code) for each in found.refused] == [(i, "too_many_events") for i in (2500, 2501, 2502)]
    assert [each["message_id"] for each in lines(found)] == [str(i) for i in range(2_500)]
    assert json.loads(found.refused[0].body)["messageId"] == "2500"


@pytest.mark.parametrize("item", [b"1", b"{}", b"NaN", SOUND])
def test_a_batch_of_far_too_many_is_refused_as_a_whole(item: bytes) -> None:
    body = b'{"batch":[' + b",".join([item] * 25_001) + b"]}"
    assert malformed(body).code == "too_large"
    assert len(take(body.replace(item + b",", b"", 1)).refused) == 25_000 - (2_500 if item == SOUND else 0)


@pytest.mark.parametrize("levels", [130, 200, 900, 5_000, 200_000])
@pytest.mark.parametrize("kind", [None, "track"])
@pytest.mark.parametrize(("opening", "closing"), [('{"a":', "}"), ("[", "]"), ('[{"a":', "}]"), ('{"a":', "")])
def test_depth_is_a_400_and_never_a_crash(levels: int, kind: str | None, opening: str, closing: str) -> None:
    item = b'{"event":"e","userId":"u","properties":{"a":' + nested(levels, opening, closing) + b"}}"
    body = item if kind else b'{"batch":[' + SOUND + b"," + item + b"]}"
    with within(2, 40):
        code = malformed(body, kind).code
    assert code in (("too_deep", "too_large") if closing else ("too_deep", "too_large", "not_json"))


def test_depth_where_no_event_is_does_no_harm() -> None:
    found = take(b'{"batch":[' + SOUND + b'],"other":' + nested(200) + b"}")
    assert found.count == 1
    assert malformed(nested(200, "[", "]")).code == "not_an_object"


@pytest.mark.parametrize("stack", [400, 700])
def test_depth_is_a_400_also_where_the_stack_is_nearly_used_up(stack: int) -> None:
    def below(frames: int) -> str:
        if frames:
            return below(frames - 1)
        return malformed(b'{"batch":[{"event":"e","userId":"u","properties":' + nested(250) + b"}]}").code

    assert below(stack) == "too_deep"


BOMBS = {
    "keys": b'{"batch":[{"event":"e","userId":"u","properties":{'
    + b",".join(b'"%d":1' % i for i in range(10**6))
    + b"}}]}",
    "keys of the body": b'{"batch":[],' + b",".join(b'"%d":1' % i for i in range(10**6)) + b"}",
    "items": b'{"batch":[' + b"1," * 9_000_000 + b"1]}",
    "objects": b'{"batch":[' + b"{}," * 6_000_000 + b"{}]}",
    "objects without commas": b'{"batch":[' + b"{}" * 9_000_000 + b"]}",
    "lists": b'{"batch":[{"properties":{"a":[' + b"[]," * 6_000_000 + b"[]]}}]}",
    "time": b'{"batch":[' + SOUND + b'],"sentAt":[' + b"[]," * 6_000_000 + b"[]]}",
    "text": b'{"batch":["' + b"\\n" * 9_000_000 + b'"]}',
    "open text": b'{"batch":["' + b"\\n" * 9_000_000,
    "blanks": b" " * 19 * MEGABYTE,
    "context": b'{"batch":[' + b",".join([SOUND] * 2_500) + b'],"context":{"a":"' + b"x" * 200_000 + b'"}}',
    "large": b'{"batch":[' + b" " * 20 * MEGABYTE + b"]}",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_little_time_and_memory(name: str) -> None:
    body = BOMBS[name]
    with within(2, 64):
        try:
            found: Any = take(body)
        except Malformed as error:
            found = error
    if name == "text":
        assert found.refused[0].code == "event_too_large"
    else:
        assert found.code in ("too_large", "empty", "not_json")


def test_events_with_a_broken_neighbour_are_taken_apart_quickly() -> None:
    # 250,000 brackets and commas: half of what a body may hold at all.
    item = b'{"event":"e","userId":"u","properties":{"a":[' + b"[],[],[],[],[],[],[],[],[],[]," * 12 + b"1]}}"
    body = b'{"batch":[' + b",".join([item] * 700) + b",NaN]}"
    began = time.process_time()
    found = take(body)
    assert time.process_time() - began < 2
    assert (found.count, len(found.refused)) == (700, 1)


def test_a_mark_of_byte_order_is_passed_over() -> None:
    assert take(b"\xef\xbb\xbf" + batch(track())).count == 1


def test_an_empty_batch_is_taken_and_holds_nothing() -> None:
    found = take(batch())
    assert (found.lines, found.count, found.refused) == (b"", 0, ())


def test_no_message_holds_what_people_sent() -> None:
    secret = "s3cret-value"
    items = [
        track(userId={secret: secret}),
        track(timestamp=secret),
        {"type": secret, "userId": secret},
        track(userId=secret * 100),
        {"type": "track", "event": secret},
        track(properties=secret),
        track(properties={secret: secret * 30_000}),
    ]
    texts = [each.message for each in take(batch(*items, 1)).refused]
    bodies = [b'{"batch":[{"a":"%s",]}', b'{"%s"', b'{"batch":"%s"}', b'"%s"', b'{"batch":[],"context":"%s"}']
    texts += [malformed(body % secret.encode()).message for body in bodies]
    assert len(texts) == len(items) + 1 + len(bodies)
    assert not [text for text in texts if secret in text]


def test_the_closed_lists_hold_every_reason_that_is_given_and_no_other() -> None:
    sources = [file for file in Path(messages.__file__).parent.glob("*.py") if file.stem != "reasons"]
    text = "".join(file.read_text(encoding="utf-8") for file in sources)
    assert set(re.findall(r'Refused\("(\w+)"', text)) <= set(REFUSED)
    assert set(re.findall(r'Malformed\("(\w+)"', text)) <= set(MALFORMED)
    assert not [code for code in (*REFUSED, *MALFORMED) if f'"{code}"' not in text]
