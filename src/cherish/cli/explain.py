"""`cherish explain NAME`: what stands behind a measure or a report, on these data."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

from cherish.cli._app import new_app
from cherish.cli._ask import command

PANEL, PLACE = "Ask", 4


def _explained(log: Any, query: Any) -> Any:
    return log.ask(query).explain()


class Everything(TyperGroup):
    """Every measure and report, each with its own options."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names."""
        from cherish.spec.registry import FOLDERS, names

        return sorted({name for kind in FOLDERS for name in names(kind)})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command that explains one of them."""
        from cherish.cards import kind_of
        from cherish.spec.registry import find

        kind = kind_of(cmd_name)
        return command(kind, find(kind, cmd_name), _explained)


app = new_app(cls=Everything, no_args_is_help=True)


@app.callback()
def explain() -> None:
    """What stands behind an answer, and what would change it.

    The definition in a line, formula, source, parameters, convention, the SQL that runs, ten rows, and what other
    choices would make of it.

    \b
    cherish explain recency
    cherish explain retention --unit month
    """
