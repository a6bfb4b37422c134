"""Privacy of small cells: which figures rest on few customers, and what a shared answer must not show."""

from __future__ import annotations

from cherish.privacy.columns import Declared
from cherish.privacy.suppress import DEFAULT, FLOOR, Suppressed, allowed, small, suppressed

__all__ = ["DEFAULT", "FLOOR", "Declared", "Suppressed", "allowed", "small", "suppressed"]
