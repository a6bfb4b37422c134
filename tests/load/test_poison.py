"""A payload that can't be loaded is quarantined by itself: its neighbours are loaded, and the loader goes on."""

from __future__ import annotations

from typing import Any

import pytest

from cherish.db.journal import Payload
from cherish.load import poison
from load.support import NOW, Works, line, order

BAD: dict[str, tuple[bytes, int, str]] = {
    "not JSON": (b'{"message_id": "x"\n', 1, "the engine can't take it (InvalidInputException)"),
    "not UTF-8": (b'{"message_id": "\xff"}\n', 1, "a line is not UTF-8"),
    "cut off": (b'{"message_id": "x"}', 1, "a payload holds another number of lines than it was put with"),
    "a line lost": (b'{"message_id": "x"}\n', 2, "a payload holds another number of lines than it was put with"),
    "nobody": (
        b'{"message_id":"x","type":"track","name":"A","ts":1700000000000000,"received_at":1700000000000000}\n', 1,
        "an event lacks its id, its kind, its time or whom it is about",
    ),
    "no time": (b'{"message_id":"x","type":"track","name":"A","received_at":1,"user_id":"u"}\n', 1,
                "an event lacks its id, its kind, its time or whom it is about"),
    "a time beyond all": (
        b'{"message_id":"x","type":"track","name":"A","ts":9223372036854775807,"received_at":1,"user_id":"u"}\n', 1,
        "the engine can't take it (ConversionException)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_bad_payload_goes_alone(shop: Works, what: str) -> None:
    body, events, reason = BAD[what]
    shop.put([line(1), line(2)])
    shop.journal.put(body, source="web", events=events, received_at=NOW).result()
    shop.put([line(3)])
    assert shop.load().new == 3
    assert shop.quarantined() == [(reason, body)]
    assert (shop.journal.depth(), shop.journal.claims()) == (0, ())
    assert shop.store.check() == {}


def test_several_bad_payloads_among_many(shop: Works) -> None:
    for number in range(30):
        if number % 7 == 3:
            shop.journal.put(b"broken\n", source="web", events=1, received_at=NOW).result()
        else:
            shop.put([line(number)])
    assert shop.load().new == 26
    assert [body for _, body in shop.quarantined()] == [b"broken\n"] * 4


def test_a_claim_of_nothing_but_bad_payloads_ends(shop: Works) -> None:
    shop.journal.put(b"broken\n", source="web", events=1, received_at=NOW).result()
    assert shop.load().given == 0
    assert len(shop.quarantined()) == 1
    assert (shop.journal.depth(), shop.journal.claims()) == (0, ())


def test_payloads_that_are_sound_by_themselves_and_not_together(shop: Works) -> None:
    # 60 million millions twice, for one customer, day and name: more than DECIMAL(18,4) sums to.
    most = 6e13
    for number in (1, 2, 3):
        shop.put([line(number, user_id="u", name="Donated", properties={"revenue": most})])
    assert shop.load().new == 1
    assert [reason for reason, _ in shop.quarantined()] == ["the engine can't take it (ConversionException)"] * 2
    assert shop.store.check() == {}


def payload(number: int) -> Payload:
    return Payload(number, "web", NOW, 1, b"")


def test_parting_finds_every_bad_one_and_keeps_the_order_of_the_others() -> None:
    bad = {3, 4, 11}
    tried: list[int] = []

    def fails(payloads: Any) -> str | None:
        tried.append(len(payloads))
        return "bad" if {each.id for each in payloads} & bad else None

    found = poison.parted(tuple(payload(number) for number in range(16)), fails)
    assert [each.id for each in found.sound] == [number for number in range(16) if number not in bad]
    assert [(each.id, why) for each, why in found.bad] == [(3, "bad"), (4, "bad"), (11, "bad")]
    assert sum(tried) <= 16 * 8


def test_parting_keeps_the_first_of_those_that_can_not_stand_each_other() -> None:
    def fails(payloads: Any) -> str | None:
        return "together" if sum(each.id for each in payloads) > 6 else None

    found = poison.parted(tuple(payload(number) for number in (1, 2, 3, 4, 5)), fails)
    assert [each.id for each in found.sound] == [1, 2, 3]
    assert [each.id for each, _ in found.bad] == [4, 5]


def test_a_defect_of_ours_quarantines_nothing(shop: Works, monkeypatch: Any) -> None:
    from cherish.load import lines

    monkeypatch.setattr(lines, "_ODD", "SELECT nothing FROM nowhere")
    shop.put([order(1, 5)])
    with pytest.raises(Exception, match="nowhere"):
        shop.loader.once()
    assert shop.quarantined() == []
    assert (shop.journal.depth(), shop.journal.claims()) == (1, ())
    monkeypatch.undo()
    assert shop.load().new == 1


def test_a_load_that_is_too_large_for_memory_is_halved_until_it_fits(shop: Works, monkeypatch: Any) -> None:
    from cherish.load import lines

    staged = lines.stage

    def stage(connection: Any, payloads: Any, currency: Any) -> str:
        if sum(each.events for each in payloads) > 4 or payloads[0].body.startswith(b"huge"):
            raise MemoryError
        return staged(connection, payloads, currency)

    monkeypatch.setattr(lines, "stage", stage)
    for number in range(16):
        shop.put([line(number)])
    shop.journal.put(b"huge\n", source="web", events=1, received_at=NOW).result()
    shop.put([line(16)])
    assert shop.load().new == 17
    assert shop.quarantined() == [("it needs more memory than a load may use", b"huge\n")]
