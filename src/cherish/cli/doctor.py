"""`cherish doctor`: is everything in order, and what next?"""

from __future__ import annotations

from typing import Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import JsonOption, WorkspaceOption, out_json, screen

PANEL, PLACE = "Trust", 2

app = new_app()


@app.command(cls=Sectioned)
def run(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Compute activity, orders and customers anew from the events first.")
    ] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = None,
) -> None:
    """Versions, the workspace's state, whether its days equal a rebuild, what to do next.

    Exit code 1 when something is not in order.
    """
    from cherish.doctor import examine
    from cherish.workspace import locate

    place = locate(workspace)
    if rebuild and place.exists:
        place.store().rebuild()
    findings = []
    for each in examine(place):
        findings.append(each)
        if not json:
            _say(each.subject, each.found, each.ok, each.remedy)
    if json:
        out_json(findings)
    if not all(each.ok for each in findings):
        raise typer.Exit(1)


def _say(subject: str, found: str, ok: bool, remedy: str) -> None:
    from cherish.show.terminal import write

    write(screen(), f"{subject:12} {found}", "" if ok else "bold red", hang=13)
    if remedy:
        write(screen(), f"{'':12} next: {remedy}", "dim" if ok else "bold", hang=13)
