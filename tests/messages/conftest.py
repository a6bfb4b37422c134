"""The moment at which the bodies of these tests come in."""

from __future__ import annotations

from datetime import datetime

import pytest

from messages.bodies import RECEIVED


@pytest.fixture
def received_at() -> datetime:
    return RECEIVED
