"""`cherish report NAME`: ask one report of the catalogue."""

from __future__ import annotations

from typing import Any

from cherish.cli._app import new_app
from cherish.cli._ask import group

PANEL, PLACE = "Ask", 3


def _answer(log: Any, query: Any) -> Any:
    return log.ask(query)


app = new_app(cls=group("report", _answer), no_args_is_help=True)


@app.callback()
def report() -> None:
    """A table about all customers: who is active, who comes back, who is growing silent.

    \b
    cherish report actives --last 30
    cherish report retention --unit week
    cherish report growth --chart growth.svg
    """
