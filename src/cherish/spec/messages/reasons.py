"""Why a body or an event is refused: the closed lists of reasons, and what taking a body comes to."""

from __future__ import annotations

from dataclasses import dataclass

from cherish.errors import InputError

REFUSED = {
    "not_an_object": "an item of the batch that is not a JSON object",
    "not_json": "an item of the batch that is not JSON, such as one with NaN in it",
    "not_unicode": "text that is not Unicode: half of an emoji, or bytes that are not UTF-8",
    "number_out_of_range": "a number too large for any reader, such as 1e999",
    "wrong_kind": "a field that holds another kind of value than it should",
    "unknown_type": "a call other than track, identify, page, screen, group and alias",
    "missing_id": "neither userId nor anonymousId",
    "missing_event": "a track call without the name of its event",
    "missing_user_id": "an alias without userId",
    "missing_previous_id": "an alias without previousId",
    "missing_group_id": "a group call without groupId",
    "id_too_long": "an id with too many characters",
    "name_too_long": "a name with too many characters",
    "bad_time": "a timestamp that is not a time, or lies before 1900",
    "event_too_large": "an event with too many bytes",
    "too_deep": "objects and lists nested too deeply",
    "too_many_keys": "an object with too many keys",
    "too_many_events": "an event beyond those that one batch may hold",
}
"""Reasons why one event is refused, its neighbours being taken."""

MALFORMED = {
    "empty": "a body without anything in it",
    "not_json": "a body that is not JSON, or was cut off",
    "not_unicode": "a body with bytes that are not UTF-8",
    "not_an_object": "a body that is not a JSON object",
    "no_batch": "a batch request without a list named batch",
    "wrong_kind": "a context or integrations of the batch that is not an object",
    "number_out_of_range": "a number too large for any reader, such as 1e999",
    "too_many_keys": "an object with too many keys in the context of the batch",
    "too_deep": "a body nested more deeply than any client sends",
    "too_large": "a body with too many bytes, values or events",
    "bad_compression": "a body that is not compressed as it says, or was cut off",
    "unknown_encoding": "a compression other than gzip and deflate",
}
"""Reasons why a whole body is refused."""


@dataclass(frozen=True)
class Refusal:
    """One event that was not taken: its place in the batch (from 0), why, what to do, and its bytes as they came.

    `around` is what it would have had from its batch, as JSON: `sentAt`, `context`, `integrations`, and `noise` where
    it would not count. Empty: nothing stood there.
    """

    place: int
    code: str
    message: str
    body: bytes
    around: bytes = b""


@dataclass(frozen=True)
class Taken:
    """What a body came to: a line of JSON for each event taken, how many, and the events that were refused."""

    lines: bytes
    count: int
    refused: tuple[Refusal, ...]


class Malformed(InputError):
    """A body that can't be taken at all; `code` is a key of MALFORMED, `position` the byte where it goes wrong."""

    def __init__(self, code: str, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.position = position


class Refused(InputError):
    """One event that can't be taken; `code` is a key of REFUSED. Never leaves this package: it becomes a Refusal."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
