"""`cherish catalogue [NAME or words]`: what can be asked."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import JsonOption, out, screen

PANEL, PLACE = "Ask", 1

app = new_app()


@app.command(cls=Sectioned)
def run(
    search: Annotated[
        str | None, typer.Argument(metavar="NAME|WORDS", help="A definition in full, or words to look for.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Everything that can be measured and reported; with a NAME its whole card.

    \b
    cherish catalogue
    cherish catalogue retention
    cherish catalogue money
    """
    from cherish.cards import catalogue
    from cherish.spec.registry import FOLDERS, names

    kinds = [kind for kind in FOLDERS if search in names(kind)]
    if search and kinds and not json:
        _card(kinds[0], search)
        return
    found = catalogue(search)
    if json:
        import msgspec

        out(msgspec.json.encode(list(found)).decode() + "\n")
    elif found:
        _list(found)
    else:
        from cherish.errors import QuestionError

        raise QuestionError(f"nothing in the catalogue matches {search!r}; see all of it with: cherish catalogue")


def _list(found: Any) -> None:
    from cherish.show.terminal import write

    console = screen()
    width = max(len(each.name) for each in found) + 2
    for kind in dict.fromkeys(each.kind for each in found):
        write(
            console,
            {"measure": "Measures: one number for every customer", "report": "Reports: a table about all"}[kind],
            "bold",
        )
        for each in found:
            if each.kind == kind:
                write(console, f"  {each.name:{width}}{each.question}", hang=width + 2)
        console.print()
    write(console, "One in full: cherish catalogue NAME · ask it: cherish measure NAME, cherish report NAME", "dim")


def _card(kind: str, name: str) -> None:
    from cherish.cards import card_lines
    from cherish.show.terminal import write
    from cherish.spec.registry import find

    console = screen()
    for line, style in card_lines(kind, find(kind, name)):
        write(console, line, style)
