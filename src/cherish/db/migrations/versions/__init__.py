"""One step, one file; its number is its revision."""
