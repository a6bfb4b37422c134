"""Cherish: the auditor of engagement that can also act."""
