"""When an event happened: times in every form, and the skew rule. Expected values are arithmetic shown beside them."""

from __future__ import annotations

from typing import Any

import pytest

from messages.bodies import RECEIVED, batch, line, lines, microseconds, refusal, take, track

NOW = microseconds(RECEIVED.isoformat())
SECOND = 10**6
HOUR = 3_600 * SECOND


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ("2026-11-22T08:58:29.568Z", "2026-11-22T08:58:29.568+00:00"),
        ("2026-11-22T08:58:29.568z", "2026-11-22T08:58:29.568+00:00"),
        ("2026-11-22T08:58:29.568+00:00", "2026-11-22T08:58:29.568+00:00"),
        ("2026-11-22T14:28:29.5+05:30", "2026-11-22T08:58:29.5+00:00"),
        ("2026-11-22T03:58:29-0500", "2026-11-22T08:58:29+00:00"),
        ("2026-11-22T03:58:29-05", "2026-11-22T08:58:29+00:00"),
        ("2026-11-22T08:58:29", "2026-11-22T08:58:29+00:00"),  # naive is UTC
        ("2026-11-22 08:58:29.123456", "2026-11-22T08:58:29.123456+00:00"),
        ("2026-11-22T08:58:29.123456789Z", "2026-11-22T08:58:29.123456+00:00"),
        ("2026-11-22T08:58:29,123Z", "2026-11-22T08:58:29.123+00:00"),
        ("2026-11-22T08:58Z", "2026-11-22T08:58:00+00:00"),
        ("2026-11-22 08:58:29 +00:00", "2026-11-22T08:58:29+00:00"),
        (" 2026-11-22t08:58:29z ", "2026-11-22T08:58:29+00:00"),
        ("2026-11-22", "2026-11-22T00:00:00+00:00"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999+00:00"),
        (1_795_337_909, "2026-11-22T08:58:29+00:00"),
        (1_795_337_909.568, "2026-11-22T08:58:29.568+00:00"),
        (1_795_337_909_568, "2026-11-22T08:58:29.568+00:00"),
        (1_795_337_909_568.25, "2026-11-22T08:58:29.568250+00:00"),
        (0, "1970-01-01T00:00:00+00:00"),
        (-1.5, "1969-12-31T23:59:58.5+00:00"),
    ],
)
def test_a_time_in_any_form(given: Any, means: str) -> None:
    read = line(track(timestamp=given))
    assert read["ts"] == read["original_ts"] == microseconds(means)
    assert read["received_at"] == NOW


@pytest.mark.parametrize(
    "given",
    ["yesterday", "22/11/2026", "2026-13-01", "2026-11-22T25:00Z", "1795337909", "20261122", True, [], {}, "9" * 99,
     10**40, -(10**40), 1e300, "1899-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-11-22T08:58:29 nowhere"],
)  # fmt: skip
def test_what_is_no_time_refuses_the_event(given: Any) -> None:
    assert refusal(track(timestamp=given)).code == "bad_time"


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_no_time_is_the_moment_of_receiving(nothing: str | None) -> None:
    read = line(track(timestamp=nothing, sentAt=nothing))
    assert read["ts"] == NOW
    assert "original_ts" not in read


@pytest.mark.parametrize("offset", [-3 * HOUR, 40 * 24 * HOUR, 0, SECOND // 2])
def test_a_wrong_clock_is_corrected_by_as_much_as_it_is_wrong(offset: int) -> None:
    # Happened 90 s before it was sent: 90 s before it came, less the 2 s on the way, whatever the clock said.
    sent = NOW - 2 * SECOND + offset
    original = sent - 90 * SECOND
    read = line(track(timestamp=original / SECOND, sentAt=sent / SECOND))
    assert read["ts"] == NOW - 90 * SECOND
    assert read["original_ts"] == original


def test_the_corrected_time_is_what_the_documented_formula_gives() -> None:
    # timestamp = receivedAt - (sentAt - original): 09:00:00 - (10:00:05 - 10:00:00) = 08:59:55.
    read = line(track(timestamp="2026-11-22T10:00:00Z", sentAt="2026-11-22T10:00:05Z"))
    assert read["ts"] == microseconds("2026-11-22T08:59:55+00:00")


def test_original_timestamp_counts_where_timestamp_is_missing_and_sent_at_where_both_are() -> None:
    earlier, later = "2026-11-22T08:00:00Z", "2026-11-22T08:30:00Z"
    assert line(track(originalTimestamp=earlier))["ts"] == microseconds(earlier)
    assert line(track(timestamp=later, originalTimestamp=earlier))["ts"] == microseconds(later)
    only_sent = line(track(sentAt=earlier))
    assert (only_sent["ts"], only_sent["original_ts"]) == (NOW, microseconds(earlier))


def test_without_sent_at_the_given_time_stands() -> None:
    assert line(track(timestamp="2020-02-29T12:00:00Z"))["ts"] == microseconds("2020-02-29T12:00:00+00:00")


@pytest.mark.parametrize("sent", [None, "2026-11-22T08:00:00Z", "0001-01-01T00:00:00Z"])
def test_nothing_lies_in_the_future(sent: str | None) -> None:
    read = line(track(timestamp="2026-12-24T00:00:00Z", sentAt=sent))
    assert read["ts"] == NOW
    assert read["original_ts"] == microseconds("2026-12-24T00:00:00+00:00")


def test_the_batchs_sent_at_is_for_items_that_have_none() -> None:
    original = "2026-11-22T07:00:00Z"
    items = [track(timestamp=original), track(timestamp=original, sentAt="2026-11-22T07:30:00Z")]
    first, second = lines(take(batch(*items, sentAt="2026-11-22T07:00:10Z")))
    assert first["ts"] == NOW - 10 * SECOND
    assert second["ts"] == NOW - 1_800 * SECOND


@pytest.mark.parametrize("sent", ["soon", [], {"a": 1}, True, 1e400, "x" * 200])
def test_a_moment_of_sending_that_can_not_be_read_is_none(sent: Any) -> None:
    body = batch(track(timestamp="2026-11-22T07:00:00Z"), sentAt=sent).replace(b"Infinity", b"1e400")
    (read,) = lines(take(body))
    assert read["ts"] == microseconds("2026-11-22T07:00:00+00:00")
    if sent != 1e400:
        assert line(track(timestamp="2026-11-22T07:00:00Z", sentAt=sent))["ts"] == read["ts"]


def test_a_batchs_sent_at_may_be_a_number() -> None:
    sent = 1_795_337_909.5
    read = line(track(timestamp=sent - 4), sentAt=sent)
    assert read["ts"] == NOW - 4 * SECOND
