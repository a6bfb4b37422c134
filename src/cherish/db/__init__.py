"""Operational state: keys, accounts, the journal, what was refused."""
