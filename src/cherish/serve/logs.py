"""The server's log: a JSON object a line on standard error, about requests and work, never about people."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

NAME = "cherish"


class Lines(logging.Formatter):
    """A record as one JSON object: when, how grave, what, and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; the text of an exception stays out of it, for it may quote data."""
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1]:
            told |= {"error": type(record.exc_info[1]).__name__, "where": where(record.exc_info[1])}
        return msgspec.json.encode(told).decode()


def begin() -> None:
    """Write the records of all that is Cherish to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logger = logging.getLogger(NAME)
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)


def where(error: BaseException) -> str:
    """Where an error was raised: file and line of the innermost frames, without values."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " < ".join(reversed(frames[-6:]))
