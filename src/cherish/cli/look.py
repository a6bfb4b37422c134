"""`cherish look FILE...`: the whole way in one command, from files to the story."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import WorkspaceOption, screen
from cherish.cli._reading import (
    CurrencyOption,
    DatesOption,
    DecimalOption,
    EncodingOption,
    EventOption,
    KindOption,
    MapOption,
    ZoneOption,
    wishes,
)

PANEL, PLACE = "Begin", 2

app = new_app()


@app.command(cls=Sectioned)
def run(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="CSV, TSV, JSON lines or Parquet; without one the workspace."),
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the story as a page, too.")] = None,
    active: Annotated[
        str | None, typer.Option("--active", metavar="A|B", help="The events that count as activity.")
    ] = None,
    outcome: Annotated[str | None, typer.Option("--outcome", metavar="NAME", help="The outcome that matters.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing of the progress.")] = False,
    share: Annotated[
        bool, typer.Option("--share", help="For others: leave out what rests on few customers (smallest_group).")
    ] = False,
    mapping: MapOption = None,
    kind: KindOption = None,
    event: EventOption = None,
    tz: ZoneOption = None,
    currency: CurrencyOption = None,
    dates: DatesOption = None,
    decimal: DecimalOption = None,
    encoding: EncodingOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """The story of your data in six sentences, from a file to the screen.

    Nothing is kept: the file is read, understood by its column names and contents, measured and told. A sentence
    whose fields are missing names the column that would unlock it.

    \b
    cherish look orders.csv
    cherish look visits.jsonl people.csv --html story.html
    """
    from cherish.story.look import look

    given = wishes(
        mapping, kind=kind, event=event, zone=tz, currency=currency, dates=dates, decimal=decimal, encoding=encoding
    )
    if active is not None:
        given["active"] = [part.strip() for part in active.split("|") if part.strip()]
    look(
        files or [],
        html=html,
        workspace=workspace,
        outcome=outcome,
        quiet=quiet,
        share=share,
        console=screen(),
        **given,
    )
