"""`cherish docs FOLDER` (hidden): write the reference pages, or check that they are up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cherish.cli._app import Sectioned, new_app

PANEL, PLACE = "Hidden", 1

app = new_app()


@app.command(cls=Sectioned)
def run(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the pages lie, such as docs/reference.")],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 where a page is out of date.")
    ] = False,
) -> None:
    """Write the reference pages from the definitions and the commands."""
    from cherish.cli._reference import pages

    stale = []
    for name, text in pages().items():
        file = folder / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                folder.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
    typer.echo(f"{'out of date' if check else 'written'}: {', '.join(stale) or 'none'}")
    if check and stale:
        raise typer.Exit(1)
