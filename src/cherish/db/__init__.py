"""Operational state: keys, accounts, the journal, what was refused."""

from cherish.db.state import State, open

__all__ = ["State", "open"]
