"""`cherish campaign [NAME]`: what a campaign claims against what it caused, on one page; or all of them."""

from __future__ import annotations

from typing import Any

from cherish.cli._app import new_app
from cherish.cli._verb import verb

PANEL, PLACE = "Prove", 4

EXAMPLES = (
    "cherish campaign",
    "cherish campaign spring",
    "cherish campaign spring --window 14d --chart spring.svg",
)
FOLLOWING = "Next: cherish report difference_of_differences --campaign NAME    what an association is worth"


def _answer(log: Any, query: Any) -> Any:
    return log.ask(query)


class Campaign(verb("report", "campaigns", _answer, EXAMPLES, FOLLOWING)):  # type: ignore[misc]  # a class made for a definition
    """The report's command, with the campaign's name as its first word."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Take a first word that is no option for the campaign."""
        named = ["--campaign", *args] if args and not args[0].startswith("-") else args
        return super().make_context(info_name, named, parent, **extra)


app = new_app()


@app.command(cls=Campaign)
def run() -> None:
    """What a campaign can claim beside what it caused: proven by lot, or not proven."""
