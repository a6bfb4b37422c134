"""`cherish customers WORDS`: who has this id, e-mail address, name or other trait?"""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import (
    ANSWER,
    FileOption,
    JsonOption,
    MapFileOption,
    WorkspaceOption,
    ZoneFileOption,
    opened,
    out_json,
    screen,
)

PANEL, PLACE = "Ask", 6

app = new_app()


@app.command(cls=Sectioned)
def run(
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="A part of an id, an e-mail, a name, a trait.")],
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", rich_help_panel=ANSWER, help="How many customers at a time.")
    ] = 20,
    after: Annotated[
        str | None,
        typer.Option("--after", metavar="CURSOR", rich_help_panel=ANSWER, help="Go on behind the page before."),
    ] = None,
    file: FileOption = None,
    mapping: MapFileOption = None,
    tz: ZoneFileOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = None,
) -> None:
    """Find customers by a part of an id, an e-mail address, a name or any other trait; the best match first.

    Case and accents don't matter. Then look at one: cherish customer show KEY.

    \b
    cherish customers anna
    cherish customers anna --json
    """
    from cherish.customers import search

    log = opened(workspace, file, mapping, tz)
    found = search(log.store, " ".join(words), limit=limit, after=after)
    if json:
        out_json(found)
        return
    from cherish.customers.terminal import found as write_found

    write_found(found, screen(), shlex.join(words), log.facts.zone)
