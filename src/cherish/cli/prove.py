"""`cherish prove`: which definition of engagement tells what customers do next?"""

from __future__ import annotations

from typing import Any

from cherish.cli._app import new_app
from cherish.cli._verb import verb

PANEL, PLACE = "Prove", 2


def _proved(log: Any, query: Any) -> Any:
    from cherish.cli._leaderboard import Leaderboard

    return Leaderboard.of(log.ask(query))


app = new_app()


@app.command(cls=verb(
    "report", "tournament", _proved,
    (
        "cherish prove",
        "cherish prove --outcome any_order --horizon 14d --cutoffs 2",
        'cherish prove --scores "recency|rfm(count=days)" --horizon 14d',
        "cherish prove --show guards",
    ),
    "Next: cherish explain tournament    how it is counted, and what would change the answer",
))  # fmt: skip
def prove() -> None:
    """Which definition of engagement predicts, and which adds to what you know anyway?"""
