"""What a journal is: accepted events, kept until they are in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

SIZE = 64 * 2**20
"""How many bytes a claim takes at most, where its first payload alone is not larger."""


Ended = Callable[[BaseException | None], Callable[[], None] | None]
"""Is told that a payload is on the disk (None), or why it is not; what it returns is called once when all payloads that
ended together were told, so that whoever awaits them is woken once."""


@dataclass(frozen=True)
class Payload:
    """What was put at once: the accepted events of one request, a line each."""

    id: int
    source: str
    received_at: datetime
    events: int
    body: bytes


@dataclass(frozen=True)
class Claim:
    """Payloads that somebody is loading: nobody else gets them until the claim is released."""

    id: str
    payloads: tuple[Payload, ...]

    @property
    def events(self) -> int:
        """How many events the payloads hold."""
        return sum(payload.events for payload in self.payloads)


class Journal(Protocol):
    """A journal. A payload is waiting, claimed, or gone:

        put -> waiting -> claim -> claimed -> done -> gone
                  ^                   |  |
                  +---- release ------+  +-- take_out -> gone, and in the quarantine

    Every method but `put` and `keep` raises a WorkspaceError where the journal can't be read or written.
    """

    name: str

    def put(self, payload: bytes, *, source: str, events: int, received_at: datetime) -> Future[None]:
        """Keep a payload. The future is done when it is on the disk, and fails with a WorkspaceError if it is not."""
        ...

    def keep(self, payload: bytes, *, source: str, events: int, received_at: datetime, ended: Ended) -> None:
        """Keep a payload, as `put` does, for whoever keeps thousands a second: `ended` is called once, by the journal's
        own thread, which waits for it."""
        ...

    def depth(self) -> int:
        """How many events were put and are not gone; what other processes did is seen after a second."""
        ...

    def bytes_waiting(self) -> int:
        """How many bytes the bodies of those payloads have."""
        ...

    def claim(self, events: int, size: int = SIZE) -> Claim | None:
        """Take up to so many events and bytes, oldest first, yet at least one payload; None where nothing waits."""
        ...

    def done(self, claim_id: str) -> None:
        """The claim's payloads are in the log: forget them."""
        ...

    def release(self, claim_id: str) -> None:
        """The claim's payloads are not in the log: let them be claimed again."""
        ...

    def claims(self) -> tuple[str, ...]:
        """The open claims: after a crash each is done, where the log holds its id, or else released."""
        ...

    def take_out(self, claim_id: str, payload_id: int, reason: str) -> None:
        """Put a payload that can't be loaded into the quarantine; the reason must name nobody."""
        ...

    def bodies(self) -> Iterator[Payload]:
        """Every payload that is not gone, claimed or not, oldest first; they are only looked at."""
        ...

    def waits(self, until: datetime) -> bool:
        """Whether something that came until this moment is not gone."""
        ...

    def scrub(self) -> bool:
        """Leave nothing in the database's files of what is gone; False where a reader stood in the way."""
        ...

    def close(self) -> None:
        """Commit what waits, then let go of the database."""
        ...
