"""Who, what and which: ids in every form, names, traits and contexts wherever clients put them."""

from __future__ import annotations

from typing import Any

import pytest

from cherish.spec.messages import Taken, taken
from messages.bodies import batch, line, lines, refusal, take, track

EVENTS = {
    "track": {"event": "Signed Up"},
    "identify": {"traits": {"email": "a@b.c"}},
    "page": {"name": "Home"},
    "screen": {"name": "Home"},
    "group": {"groupId": "g1"},
    "alias": {"previousId": "a1"},
}


@pytest.mark.parametrize("kind", EVENTS)
def test_the_type_comes_from_the_item_or_from_the_path(kind: str) -> None:
    event = {"userId": "u1", "messageId": "m1", **EVENTS[kind]}
    beside = line({"type": kind, **event})
    (alone,) = lines(take(batch_item(event), kind))
    (shouted,) = lines(take(batch({"type": f" {kind.upper()} ", **event})))
    assert beside == alone == shouted
    assert alone["type"] == kind


def test_the_path_says_the_type_where_the_body_says_another() -> None:
    (read,) = lines(take(batch_item(track()), "identify"))
    assert read["type"] == "identify"


def batch_item(event: dict[str, Any]) -> bytes:
    return batch(event)[len(b'{"batch":[') : -len(b"]}")]


def test_an_item_that_only_says_what_was_done_is_a_track_call() -> None:
    assert line({"event": "Signed Up", "userId": "u1"})["type"] == "track"


@pytest.mark.parametrize("kind", ["tracked", "", None, 1, ["track"], {"track": 1}, "charge"])
def test_another_type_is_refused(kind: Any) -> None:
    assert refusal({"type": kind, "userId": "u1"}).code == "unknown_type"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (17, "17"),
        (17.0, "17"),
        (-3, "-3"),
        (1.5, "1.5"),
        (2**53 + 1, "9007199254740993"),
        (10**25 + 7, "10000000000000000000000007"),
        ("  u1 ", "u1"),
        ("☕", "☕"),
        (0, "0"),
    ],
)
def test_ids_become_text(given: Any, text: str) -> None:
    read = line(track(type="alias", userId=given, anonymousId=given, previousId=given, groupId=given, messageId=given))
    ids = ("user_id", "anonymous_id", "previous_id", "group_id", "message_id")
    assert [read[each] for each in ids] == [text] * 5


@pytest.mark.parametrize("nothing", [None, "", "  ", "\t\n"])
def test_explicit_nulls_and_blanks_are_missing(nothing: str | None) -> None:
    read = line(track(anonymousId=nothing, previousId=nothing, groupId=nothing, properties=None, context=None))
    assert set(read) == {"message_id", "type", "name", "ts", "received_at", "user_id"}
    assert refusal(track(userId=nothing, anonymousId=nothing)).code == "missing_id"
    assert refusal(track(event=nothing)).code == "missing_event"
    assert refusal({"type": "alias", "userId": "u1", "previousId": nothing}).code == "missing_previous_id"
    assert refusal({"type": "alias", "anonymousId": "a", "previousId": "b"}).code == "missing_user_id"
    assert refusal({"type": "group", "userId": "u1", "groupId": nothing}).code == "missing_group_id"


@pytest.mark.parametrize("field", ["userId", "anonymousId", "previousId", "groupId", "messageId", "event"])
@pytest.mark.parametrize("value", [True, False, [], {}, ["u1"], {"id": 1}])
def test_an_id_of_another_kind_is_refused_by_its_name(field: str, value: Any) -> None:
    found = refusal(track(**{field: value}))
    assert found.code == "wrong_kind"
    assert field in found.message


@pytest.mark.parametrize(
    ("field", "longest", "code"),
    [
        ("userId", 512, "id_too_long"),
        ("anonymousId", 512, "id_too_long"),
        ("previousId", 512, "id_too_long"),
        ("groupId", 512, "id_too_long"),
        ("messageId", 100, "id_too_long"),
        ("event", 256, "name_too_long"),
    ],
)
def test_ids_and_names_have_a_longest_length_in_characters(field: str, longest: int, code: str) -> None:
    assert line(track(**{field: "é" * longest}))
    found = refusal(track(**{field: "x" * (longest + 1)}))
    assert found.code == code
    assert "x" * 20 not in found.message


@pytest.mark.parametrize("missing", [{}, {"messageId": None}, {"messageId": " "}])
def test_a_missing_message_id_is_made(missing: dict[str, Any]) -> None:
    event = {"type": "track", "event": "e", "userId": "u", **missing}
    assert line(event)["message_id"] == "new"


def test_made_message_ids_differ(received_at) -> None:
    event = {"event": "e", "userId": "u"}
    found: Taken = taken(batch(*[event] * 50), kind=None, received_at=received_at)
    assert len({each["message_id"] for each in lines(found)}) == 50


@pytest.mark.parametrize("kind", ["page", "screen"])
def test_a_pages_name_is_beside_its_properties_or_in_them(kind: str) -> None:
    event = {"type": kind, "anonymousId": "a"}
    assert line({**event, "name": "Home"})["name"] == "Home"
    assert line({**event, "properties": {"name": "Home"}})["name"] == "Home"
    assert line({**event, "name": "Home", "properties": {"name": "Other"}})["name"] == "Home"
    assert "name" not in line({**event, "properties": {"name": {"a": 1}}})
    assert "name" not in line(event)


def test_a_pages_category_is_kept_with_its_properties() -> None:
    event = {"type": "page", "anonymousId": "a", "category": "Docs"}
    assert line(event)["properties"] == {"category": "Docs"}
    assert line({**event, "properties": {"path": "/"}})["properties"] == {"category": "Docs", "path": "/"}
    assert line({**event, "properties": {"category": "Own"}})["properties"] == {"category": "Own"}


def test_the_name_of_a_track_call_is_its_event_alone() -> None:
    assert line(track(name="Other", properties={"name": "Other"}))["name"] == "Signed Up"
    assert "name" not in line({"type": "identify", "userId": "u1", "name": "Other"})


def test_an_identify_calls_traits_may_stand_in_its_context_alone() -> None:
    event = {"type": "identify", "userId": "u1", "context": {"traits": {"plan": "pro"}}}
    assert line(event)["traits"] == {"plan": "pro"}
    assert line({**event, "traits": {}})["traits"] == {"plan": "pro"}
    assert line({**event, "traits": {"plan": "free"}})["traits"] == {"plan": "free"}


def test_a_groups_traits_are_never_taken_from_the_persons() -> None:
    event = {"type": "group", "userId": "u1", "groupId": "g", "context": {"traits": {"email": "a@b.c"}}}
    assert "traits" not in line(event)
    assert "traits" not in line(track(context={"traits": {"email": "a@b.c"}}))


def test_the_group_may_stand_in_the_context() -> None:
    assert line(track(context={"groupId": 12}))["group_id"] == "12"
    assert line(track(groupId="own", context={"groupId": "other"}))["group_id"] == "own"
    assert line({"type": "group", "userId": "u1", "context": {"groupId": "g"}})["group_id"] == "g"
    assert line(track(), context={"groupId": "shared"})["group_id"] == "shared"


def test_the_batchs_context_fills_what_an_item_leaves_open() -> None:
    shared = {"library": {"name": "ours"}, "ip": "10.0.1.0"}
    items = [track(), track(context={}), track(context=None), track(context={"ip": "10.0.2.0", "active": False})]
    read = [each["context"] for each in lines(take(batch(*items, context=shared)))]
    assert read == [shared, shared, shared, {"library": {"name": "ours"}, "ip": "10.0.2.0", "active": False}]


def test_integrations_are_kept_and_shared() -> None:
    own, shared = {"All": False}, {"All": True, "Other": {"a": 1}}
    read = lines(take(batch(track(integrations=own), track(integrations={}), integrations=shared)))
    assert [each["integrations"] for each in read] == [own, shared]


@pytest.mark.parametrize("field", ["properties", "traits", "context", "integrations"])
@pytest.mark.parametrize("empty", [None, {}, []])
def test_an_empty_object_is_left_out_also_as_php_writes_it(field: str, empty: Any) -> None:
    assert field not in line(track(**{field: empty}))


@pytest.mark.parametrize("field", ["properties", "traits", "context", "integrations"])
@pytest.mark.parametrize("value", ["", "x", 0, False, True, [1], [{}]])
def test_objects_of_another_kind_are_refused_by_their_name(field: str, value: Any) -> None:
    found = refusal(track(**{field: value}))
    assert (found.code, field in found.message) == ("wrong_kind", True)


@pytest.mark.parametrize("value", [5, "x", [1]])
def test_a_context_in_an_identify_call_that_holds_no_traits_object_is_refused(value: Any) -> None:
    assert refusal({"type": "identify", "userId": "u", "context": {"traits": value}}).code == "wrong_kind"
