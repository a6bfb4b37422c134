"""`cherish catalogue [NAME or words]`: what can be asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import JsonOption, out_json, screen

PANEL, PLACE = "Ask", 1
_TITLES = {
    "measure": "Measures: one number for every customer",
    "report": "Reports: a table about all",
    "instrument": "Instruments: survey forms, for the report survey and the measure survey_score",
}
_NEXT = "One in full: cherish catalogue NAME · ask it: cherish measure NAME, cherish report NAME"

app = new_app()


@app.command(cls=Sectioned)
def run(
    search: Annotated[
        str | None, typer.Argument(metavar="NAME|WORDS", help="A definition in full, or words to look for.")
    ] = None,
    family: Annotated[
        str | None,
        typer.Option("--family", metavar="LETTER|WORDS", help="Only the definitions of one family: N, or sessions."),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Everything that can be measured and reported, and every survey instrument; with a NAME its whole card.

    Words are looked up in all that is written of a definition, its authors too; the best match comes first.

    \b
    cherish catalogue
    cherish catalogue retention
    cherish catalogue money
    cherish catalogue Greenberg
    cherish catalogue --family sessions
    """
    from cherish.cards import catalogue
    from cherish.spec.registry import FOLDERS, names

    kinds = [kind for kind in FOLDERS if search in names(kind)]
    if search and not json:
        for kind in kinds:
            _card(kind, search)
        if _instrument(search) or kinds:
            return
    found = [each for each in catalogue(search) if family is None or _is_of(each.family, family)]
    if json:
        out_json(list(found))
    elif found:
        _ranked(found) if search else _list(found)
    else:
        from cherish.errors import QuestionError

        wanted = " ".join(each for each in (search, family and f"--family {family}") if each)
        raise QuestionError(f"nothing in the catalogue matches {wanted!r}; see all of it with: cherish catalogue")


def _instrument(name: str) -> bool:
    """Show the instrument of this name, if there is one."""
    from cherish.cards import own_instruments
    from cherish.instruments.card import lines
    from cherish.instruments.registry import find, names

    if name not in names(own_instruments()):
        return False
    _written(lines(find(name, own_instruments())))
    return True


def _is_of(letter: str, wanted: str) -> bool:
    from cherish.spec.families import title

    return letter.lower() == wanted.lower() or (len(wanted) > 1 and wanted.lower() in title(letter).lower())


def _list(found: Any) -> None:
    from cherish.show.terminal import write
    from cherish.spec.families import place, title

    console = screen()
    width = max(len(each.name) for each in found) + 2
    for kind in dict.fromkeys(each.kind for each in found):
        write(
            console,
            _TITLES[kind],
            "bold",
        )
        of_kind = [each for each in found if each.kind == kind]
        for letter in sorted({each.family for each in of_kind}, key=lambda letter: (place(letter), letter)):
            write(console, f"  {letter}  {title(letter)}", "dim")
            for each in of_kind:
                if each.family == letter:
                    write(console, f"    {each.name:{width}}{each.question}", hang=width + 4)
        console.print()
    write(console, _NEXT, "dim")


def _ranked(found: Any) -> None:
    """The matches of a search, the best first."""
    from cherish.show.terminal import write

    console = screen()
    kind_width, name_width = (max(len(getattr(each, part)) for each in found) + 2 for part in ("kind", "name"))
    for each in found:
        line = f"{each.kind:{kind_width}}{each.name:{name_width}}{each.question}"
        write(console, line, hang=kind_width + name_width)
    console.print()
    write(console, _NEXT, "dim")


def _card(kind: str, name: str) -> None:
    from cherish.cards import card_lines
    from cherish.spec.registry import find

    _written(card_lines(kind, find(kind, name)))


def _written(card: Iterable[tuple[str, str]]) -> None:
    from cherish.cards import hang_of
    from cherish.show.terminal import write

    console = screen()
    for text, style in card:
        for line in text.splitlines() or [""]:
            write(console, line, style, hang=hang_of(line))
    console.print()
