"""`cherish measure NAME`: ask one measure of the catalogue."""

from __future__ import annotations

from typing import Any

from cherish.cli._app import new_app
from cherish.cli._ask import group

PANEL, PLACE = "Ask", 2


def _answer(log: Any, query: Any) -> Any:
    return log.ask(query)


app = new_app(cls=group("measure", _answer), no_args_is_help=True)


@app.callback()
def measure() -> None:
    """One number for every customer: how recent, how often, how much.

    \b
    cherish measure recency
    cherish measure monetary --by country
    cherish measure active_days --over 90d --chart course.svg
    """
