"""Survey instruments: one instrument, one TOML file in this folder (or in yours), found by lying there."""
