"""The numbered steps that bring an older state up to date, run by Alembic."""
