"""`cherish imports [undo NAME]`: what was brought in, and taking it back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import JsonOption, WorkspaceOption, existing, opened, out_json, screen

PANEL, PLACE = "Bring data in", 2

app = new_app(invoke_without_command=True)


@app.callback()
def run(context: typer.Context, workspace: WorkspaceOption = None, json: JsonOption = None) -> None:
    """The imports of the workspace; each can be taken back.

    \b
    cherish imports
    cherish imports undo orders
    """
    if context.invoked_subcommand is not None:
        context.obj = workspace
        return
    found = opened(workspace).imports()
    if json:
        out_json(found)
        return
    _show(found)


@app.command(cls=Sectioned)
def undo(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The import's name, as `cherish imports` shows it.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Take an import back; rows that a later import also brought stay, under that import."""
    from cherish.show.terminal import write

    removed = existing(workspace or context.obj).store.undo(name)
    write(screen(), f"{name}: taken back, {removed:,} {'event' if removed == 1 else 'events'} removed")


def _show(found: list[Any]) -> None:
    from cherish.show.layout import Column
    from cherish.show.terminal import table, write

    console = screen()
    if not found:
        write(console, "Nothing was imported yet. Bring something in with: cherish import FILE")
        return
    cells = zip(
        *(
            (
                each.name,
                each.kind,
                f"{each.at:%Y-%m-%d %H:%M}",
                f"{each.events:,}",
                f"{each.customers:,}",
                _files(each.files),
            )
            for each in found
        ),
        strict=True,
    )
    titles = (
        ("name", False),
        ("kind", False),
        ("at (UTC)", False),
        ("events", True),
        ("customers", True),
        ("files", False),
    )
    table(
        tuple(Column(title, tuple(column), number) for (title, number), column in zip(titles, cells, strict=True)),
        console,
    )


def _files(files: tuple[str, ...]) -> str:
    return files[0] if len(files) == 1 else f"{len(files)} files" if files else "–"
