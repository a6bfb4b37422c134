"""`cherish events [rename|merge|hide|show|describe|undo]`: the names of events, and what they are called by now."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import JsonOption, WorkspaceOption, existing, opened, out_json, screen

PANEL, PLACE = "Bring data in", 7

app = new_app(invoke_without_command=True)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The event as it is called by now.")]
PropertyOption = Annotated[bool, typer.Option("--property", help="NAME is a property, not an event.")]


@app.callback()
def run(context: typer.Context, workspace: WorkspaceOption = None, json: JsonOption = None) -> None:
    """The names of events: how many there are, since when, and what they are called by now.

    What is said applies whenever the log is read: the events themselves are never rewritten, and undo takes it back.

    \b
    cherish events
    cherish events properties "Product Viewed"
    cherish events rename "Article Read" "Article Opened"
    cherish events merge "Article Opened" "Content Viewed" --into "Content Viewed"
    cherish events hide "Live Chat Message Received"
    cherish events show "Live Chat Message Received"
    cherish events describe "Content Viewed" "Somebody opened an article"
    cherish events undo
    """
    if context.invoked_subcommand is not None:
        context.obj = workspace
        return
    found = opened(workspace).store.vocabulary()
    if json:
        out_json(found)
        return
    _show(found)


@app.command(cls=Sectioned)
def properties(
    context: typer.Context, name: NameArgument, workspace: WorkspaceOption = None, json: JsonOption = None
) -> None:
    """What the last 10,000 events of a name carry: type, share of events, and examples that many customers share."""
    from cherish import settings

    store = opened(workspace or context.obj).store
    found = store.carried(name, settings.load().smallest_group)
    if json:
        out_json(found)
        return
    _show_properties(name, found)


@app.command(cls=Sectioned)
def rename(
    context: typer.Context,
    name: NameArgument,
    to: Annotated[str, typer.Argument(metavar="NEW", help="What it is called from now on, back to the first one.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Call an event by another name. One that becomes an order counts as an order, with its money."""
    _say(context, workspace, "rename", (name,), to=to)


@app.command(cls=Sectioned)
def merge(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="The events that are one.")],
    into: Annotated[str, typer.Option("--into", metavar="NAME", help="What they are called together.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Count several events as one."""
    from cherish.errors import QuestionError

    if len(names) < 2:
        raise QuestionError("name at least two events to merge")
    _say(context, workspace, "rename", tuple(names), to=into)


@app.command(cls=Sectioned)
def hide(
    context: typer.Context, name: NameArgument, of_property: PropertyOption = False, workspace: WorkspaceOption = None
) -> None:
    """Let an event, or a property, take no part in any answer."""
    _say(context, workspace, "hide", (name,), of_property)


@app.command(cls=Sectioned)
def show(
    context: typer.Context, name: NameArgument, of_property: PropertyOption = False, workspace: WorkspaceOption = None
) -> None:
    """Let what was hidden take part again."""
    _say(context, workspace, "show", (name,), of_property)


@app.command(cls=Sectioned)
def describe(
    context: typer.Context,
    name: NameArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What it means.")],
    of_property: PropertyOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Say what an event, or a property, means."""
    _say(context, workspace, "describe", (name,), of_property, text=text)


@app.command(cls=Sectioned)
def undo(
    context: typer.Context,
    number: Annotated[
        int | None, typer.Argument(metavar="N", help="Which one, as `cherish events` lists them.  [default: the last]")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Take back what was said."""
    from cherish.show.terminal import write

    gone = existing(workspace or context.obj).store.unsay(number)
    write(screen(), f"taken back: {gone}", "bold")


def _say(
    context: typer.Context, workspace: Any, do: Any, names: tuple[str, ...], of_property: bool = False, **more: str
) -> None:
    from cherish.show.terminal import write
    from cherish.spec.vocabulary import Action

    action = Action(do, names, of="property" if of_property else "event", **more)
    existing(workspace or context.obj).store.say(action)
    write(screen(), str(action), "bold")
    write(screen(), "Taken back by: cherish events undo", "dim")


def _show(found: Any) -> None:
    from cherish.show.terminal import write

    console = screen()
    if not found.names:
        write(console, "There are no events yet; bring some in with: cherish import FILE")
        return
    total = sum(each.count for each in found.names if not each.hidden)
    _table(
        (("event", False), ("count", True), ("share", True), ("first", False), ("last", False), ("", False)),
        [
            (
                each.name, f"{each.count:,}", "hidden" if each.hidden else f"{each.count / total:.1%}",
                f"{each.first:%Y-%m-%d}", f"{each.last:%Y-%m-%d}", _said(each),
            )
            for each in found.names
        ],
    )  # fmt: skip
    for number, action in enumerate(found.actions, 1):
        write(console, f"{number}. {action}", "dim")


def _said(each: Any) -> str:
    sent = f"sent as {', '.join(each.sent_as)}" if each.sent_as else ""
    return "; ".join(filter(None, (each.description, sent)))


def _show_properties(name: str, found: Any) -> None:
    from cherish.show.terminal import write

    write(screen(), f"{name}: the last {found.events:,} events", "bold")
    if found.properties:
        _table(
            (("property", False), ("type", False), ("share", True), ("examples", False), ("", False)),
            [
                (
                    each.name, each.type, "hidden" if each.hidden else f"{each.share:.1%}", ", ".join(each.examples),
                    each.description,
                )
                for each in found.properties
            ],
        )  # fmt: skip


def _table(titles: Any, rows: Any) -> None:
    from cherish.show.layout import Column
    from cherish.show.terminal import table

    columns = zip(*rows, strict=True)
    table(
        tuple(Column(title, tuple(column), number) for (title, number), column in zip(titles, columns, strict=True)),
        screen(),
    )
