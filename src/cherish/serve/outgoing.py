"""Large answers that are on their way: how many there may be, and their end where the server stops."""

from __future__ import annotations

from http import HTTPStatus

from cherish.serve.refusal import Refused

MOST = 2
"""How many at one time: each reads the whole log."""


class Way:
    """One of them, until its reader has all, leaves, or the server stops."""

    ended = False

    def end(self) -> None:
        """Send no more of it."""
        self.ended = True


class Outgoing:
    """Those of one server; only the event loop asks."""

    def __init__(self) -> None:
        self._ways: set[Way] = set()
        self._closed = False

    def join(self) -> Way:
        """One more.

        Raises:
            Refused: with 429, where as many are on their way as may be.
        """
        if len(self._ways) >= MOST or self._closed:
            message = f"{MOST} exports run already, and each reads the whole log; come again when one is done"
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "busy", message, retry_after=60)
        way = Way()
        self._ways.add(way)
        return way

    def leave(self, way: Way) -> None:
        """It has ended."""
        self._ways.discard(way)

    def close(self) -> None:
        """End all of them: the server would wait for their last byte."""
        self._closed = True
        for way in self._ways:
            way.end()
