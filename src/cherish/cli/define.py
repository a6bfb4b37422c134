"""`cherish define active|outcome|rates|identifiers ...`: the choices that a workspace keeps."""

from __future__ import annotations

from typing import Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import WorkspaceOption, existing, opened, screen

PANEL, PLACE = "Bring data in", 4

app = new_app(no_args_is_help=True)


@app.callback()
def run() -> None:
    """A named set of events that count as active, the outcome that matters, what currencies are worth, who is who.

    \b
    cherish define active core "Order Completed|Product Viewed"
    cherish define active readers "Article Read"
    cherish define outcome revenue
    cherish define rates EUR USD=0.92 GBP=1.17
    cherish define identifiers email
    """


@app.command(cls=Sectioned)
def active(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The set's name; core is what reports use by themselves.")
    ],
    events: Annotated[str, typer.Argument(metavar='"A|B"', help="Event names, separated by |.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Store a named active set as a new version; an unchanged one keeps its version."""
    from cherish.questions import define_active
    from cherish.show.terminal import write

    wanted = tuple(part.strip() for part in events.split("|") if part.strip())
    stored = define_active(opened(workspace).store, name, wanted)
    write(screen(), f"{stored}: {', '.join(stored.events)}", "bold")
    write(screen(), f"Use it: cherish report actives --active {stored.name}", "dim")


@app.command(cls=Sectioned)
def outcome(
    name: Annotated[str, typer.Argument(metavar="NAME", help="revenue, orders, activity, or an event's name.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Store which outcome matters."""
    from cherish.questions import define_outcome
    from cherish.show.terminal import write

    write(screen(), f"the outcome that matters is {define_outcome(opened(workspace).store, name)}", "bold")


@app.command(cls=Sectioned)
def rates(
    currency: Annotated[
        str, typer.Argument(metavar="CODE", help="The currency that money is reported in, such as EUR.")
    ],
    worth: Annotated[
        list[str],
        typer.Argument(metavar="CODE=RATE", help="What one unit of another is worth in it, such as USD=0.92."),
    ],
    workspace: WorkspaceOption = None,
) -> None:
    """Store the rates by which money in several currencies becomes one; without them each is reported apart."""
    from cherish.show.terminal import write

    target, found = _code(currency), dict(_rate(each) for each in worth)
    existing(workspace).store.configure(currency=target, rates=found)
    listed = ", ".join(f"1 {code} = {rate:g} {target}" for code, rate in found.items())
    write(screen(), f"money is reported in {target}: {listed}", "bold")


@app.command(cls=Sectioned)
def identifiers(
    traits: Annotated[
        list[str] | None,
        typer.Argument(metavar="TRAIT", help="Users with the same value of it are one customer; `none`: of no trait."),
    ] = None,
    shared: Annotated[
        int | None,
        typer.Option("--shared", metavar="N", help="A key that more users share is nobody's; 10 at first."),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Store which traits are trusted as identifiers, and join and part customers by it.

    \b
    cherish define identifiers email
    cherish define identifiers none
    cherish define identifiers --shared 3
    """
    from cherish.errors import QuestionError
    from cherish.show.terminal import write

    if not traits and shared is None:
        raise QuestionError("name a trait such as email, none, or --shared N")
    trusted = None if not traits else () if traits == ["none"] else tuple(traits)
    existing(workspace).store.identify_by(trusted=trusted, hub=shared)
    if trusted is not None:
        write(
            screen(),
            f"one customer by the same {', '.join(trusted)}" if trusted else "no trait joins customers",
            "bold",
        )
    if shared is not None:
        write(screen(), f"a key that more than {shared:,} users share is nobody's", "bold")


def _rate(text: str) -> tuple[str, float]:
    from cherish.errors import QuestionError

    code, sign, number = text.partition("=")
    try:
        rate = float(number)
    except ValueError:
        rate = 0.0
    if not sign or not 0 < rate < float("inf"):
        raise QuestionError(f"{text!r}: write CODE=RATE with a rate over 0, such as USD=0.92")
    return _code(code), rate


def _code(text: str) -> str:
    from cherish.errors import QuestionError
    from cherish.spec.money import currency_code

    code = currency_code(text)
    if code is None:
        raise QuestionError(f"{text!r} is not a currency's code of three letters, such as EUR")
    return code
