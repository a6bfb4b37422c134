"""Who exactly: an audience is a rule, a rule is a value, and a value is read the same from JSON and YAML."""

from __future__ import annotations

from cherish.audiences.reading import read, taken
from cherish.audiences.rule import Rule

__all__ = ["Rule", "read", "taken"]
