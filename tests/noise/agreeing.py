"""Two logs asked the same: each definition as it is by default, and every twentieth of its other choices."""

from __future__ import annotations

from cherish.library import Log
from cherish.result import Result
from properties.world import World, rows_of, same, variants


def answers(log: Log, other: Log, made: World) -> list[tuple[Result, Result]]:
    """What both answered; rows and headlines are held to be the same here, notes by whoever asks."""
    assert log.store.check() == {}
    pairs = []
    with log.session():
        for place, each in enumerate(variants()):
            if place % 20 and each.given:
                continue
            as_of = made.moments[place % 2]
            found, expected = each.ask(log, as_of), each.ask(other, as_of)
            same(rows_of(found), rows_of(expected), str(each))
            same(found.headline, expected.headline, str(each))
            pairs.append((found, expected))
    return pairs
