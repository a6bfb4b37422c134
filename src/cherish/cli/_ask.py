"""`measure NAME`, `report NAME` and `explain NAME`: commands made from the definitions themselves."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cherish.cards import default_text, is_laid_out, question
from cherish.cli._app import Sectioned, new_app
from cherish.cli._flags import flagged
from cherish.cli._options import ASK, DELIVER, SOURCE, Door, take
from cherish.errors import CherishError
from cherish.spec.definition import Definition, Parameter
from cherish.spec.registry import find, names

Act = Callable[[Any, Any], Any]
"""What is done with an opened log and a query; returns what is to be delivered."""


_SIGNS = {"text": "TEXT", "window": "WINDOW", "whole number": "N", "number": "X", "length of time": "TIME"}
"""What stands for a value in the help, by the name of its kind."""


def group(kind: str, act: Act) -> type[TyperGroup]:
    """The group of all definitions of a kind, each a command; a definition is loaded when it is named."""

    class Definitions(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            return list(names(kind))

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            return command(kind, find(kind, cmd_name), act)

    return Definitions


def command(kind: str, definition: type[Definition], act: Act) -> Any:
    """The command of one definition: its parameters, what every question takes, and where the answer goes."""
    own = {each.name: each for each in definition.parameters()}
    ask = {
        name: option
        for name, option in ASK.items()
        if name not in own and not (kind == "report" and name in ("by", "over", "since"))
    }

    def run(**given: Any) -> None:
        wanted = {name: _joined(given.get(name)) for name in own}
        wanted |= {name: _text(given.get(name)) for name in ask}
        try:
            Door(given).asked(kind, definition.name, wanted, act)
        except CherishError as error:
            raise type(error)(flagged(str(error), (*own, *ask))) from error

    options = {name: _option(each) for name, each in own.items()} | ask | SOURCE | DELIVER
    take(run, options)
    app = new_app()
    app.command(
        definition.name, cls=Sectioned, help=_help(definition), short_help=question(definition),
        epilog=_epilog(kind, definition),
    )(run)  # fmt: skip
    return typer.main.get_command(app)


def _option(parameter: Parameter) -> Any:
    flag = f"--{parameter.name.replace('_', '-')}"
    text = f"{parameter.help[0].upper()}{parameter.help[1:]}.  [{default_text(parameter)}]"
    about: dict[str, Any] = {"help": text, "show_default": False, "rich_help_panel": "Its parameters"}
    if parameter.kind.name == "yes or no":
        return Annotated[bool | None, typer.Option(f"{flag}/--no-{flag[2:]}", **about)]
    about["metavar"] = "|".join(parameter.choices) or _SIGNS.get(parameter.kind.name, "A|B")
    if parameter.kind.name.startswith("names"):
        return Annotated[list[str] | None, typer.Option(flag, **about)]
    return Annotated[str | None, typer.Option(flag, **about)]


def _joined(value: Any) -> Any:
    """A parameter's value; an option that came several times, or with | inside, is one list either way."""
    return "|".join(value) or None if isinstance(value, list) else _text(value)


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return tuple(value) or None if isinstance(value, list) else value


def _help(definition: type[Definition]) -> str:
    card = definition.card
    lines = [_kept(inspect.getdoc(definition) or ""), "", "\b", f"formula  {card.formula}", f"unit     {card.unit}"]
    if card.source:
        lines.append(f"source   {card.source}")
    for reason, meaning in card.nulls.items():
        lines += ["", f"No value ({reason}): {meaning}."]
    return "\n".join(lines)


def _kept(text: str) -> str:
    """The text with its lists and tables marked, so that they are not run together."""
    paragraphs = text.split("\n\n")
    return "\n\n".join(f"\b\n{each}" if is_laid_out(each) else each for each in paragraphs)


def _epilog(kind: str, definition: type[Definition]) -> str:
    name = definition.name
    lines = [
        "\b", "Examples:", f"  cherish {kind} {name}",
        f"  cherish {kind} {name} --where country=France --as-of 2011-06-01",
        f"  cherish {kind} {name} --file orders.csv --chart {name}.svg", "", "\b",
        f"Next: cherish explain {name}    how it is counted, and what would change the answer",
    ]  # fmt: skip
    if definition.card.example:
        lines += ["", "\b", f"In Python: {definition.card.example}"]
    return "\n".join(lines)
