"""The journal as tables of a Postgres database, which any number of collecting processes share."""

from __future__ import annotations

from cherish.db import engines
from cherish.db.journal.tabled import TabledJournal
from cherish.db.quarantine import Quarantine
from cherish.db.state import State


class PostgresJournal(TabledJournal):
    """A journal in the state's database, on connections of its own."""

    def __init__(self, state: State, name: str, quarantine: Quarantine) -> None:
        engine = engines.postgres(state.engine.url.render_as_string(hide_password=False))
        try:
            super().__init__(engine, name, state.where, quarantine)
        except BaseException:
            engine.dispose()
            raise
