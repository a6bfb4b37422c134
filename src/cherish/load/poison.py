"""Payloads that can't be loaded, found by halving: each by itself, so that none of its neighbours is lost with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb

from cherish.db.journal.contract import Payload
from cherish.errors import InputError

ERRORS = (InputError, duckdb.DataError, duckdb.IntegrityError, duckdb.InvalidInputException)
"""What is the data's fault; anything else (a full disk, a defect of ours) is not cured by taking payloads out."""

TOO_LARGE = (MemoryError, duckdb.OutOfMemoryException)

Fails = Callable[[Sequence[Payload]], str | None]
"""Says why payloads can't be loaded together, or None."""


@dataclass(frozen=True)
class Parted:
    """The payloads that can be loaded together, and the others, each with its reason."""

    sound: tuple[Payload, ...] = ()
    bad: tuple[tuple[Payload, str], ...] = ()


def parted(payloads: tuple[Payload, ...], fails: Fails) -> Parted:
    """Part payloads that can't be loaded together."""
    alone = _alone(payloads, fails)
    if not alone.sound or fails(alone.sound) is None:
        return alone
    # Sound by themselves and not together, as amounts whose sum is beyond what money can be: the first ones stay.
    joined = _joined((), alone.sound, fails)
    return Parted(joined.sound, alone.bad + joined.bad)


def reason(error: Exception) -> str:
    """Why, in words that hold nothing of the payload: the engine's own quote it."""
    return str(error) if isinstance(error, InputError) else f"the engine can't take it ({type(error).__name__})"


def _alone(payloads: tuple[Payload, ...], fails: Fails) -> Parted:
    why = fails(payloads)
    if why is None:
        return Parted(payloads)
    if len(payloads) == 1:
        return Parted(bad=((payloads[0], why),))
    middle = len(payloads) // 2
    first, second = _alone(payloads[:middle], fails), _alone(payloads[middle:], fails)
    return Parted(first.sound + second.sound, first.bad + second.bad)


def _joined(kept: tuple[Payload, ...], more: tuple[Payload, ...], fails: Fails) -> Parted:
    why = fails(kept + more)
    if why is None:
        return Parted(kept + more)
    if len(more) == 1:
        return Parted(kept, ((more[0], why),))
    middle = len(more) // 2
    first = _joined(kept, more[:middle], fails)
    second = _joined(first.sound, more[middle:], fails)
    return Parted(second.sound, first.bad + second.bad)
