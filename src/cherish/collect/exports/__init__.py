"""Exports of other tools: one tool, one TOML file in this folder, found by lying there; the engine does the work."""
