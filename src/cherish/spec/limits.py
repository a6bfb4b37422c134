"""How large, how long and how far an event may be: one place for every bound that a door checks."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

EVENT_BYTES = 256 * 1024
"""An event that is larger as JSON is refused."""

EVENT_BYTES_WARN = 32 * 1024
"""The customary limit of the clients; larger is taken, with a note."""

BATCH_EVENTS = 2_500
"""Events in one batch request."""

NESTING = 16
"""Levels of objects and lists inside properties, traits or context."""

NAME_CHARACTERS = 256
"""Characters of an event's name."""

ID_CHARACTERS = 512
"""Characters of any id: customer, anonymous, message, order, group."""

KEYS = 1_000
"""Keys in one object of properties, traits or context."""

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Times lie in [EARLIEST, LATEST): what a time zone's offsets are known for."""

MONEY_DIGITS = 18
MONEY_DECIMALS = 4
MONEY_LARGEST = Decimal(10) ** (MONEY_DIGITS - MONEY_DECIMALS) - Decimal(1).scaleb(-MONEY_DECIMALS)
"""The greatest amount that DECIMAL(18,4) holds; the smallest is its negative."""
