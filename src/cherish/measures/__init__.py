"""Definitions per customer at a moment: one definition, one file; the file's name is its name."""
