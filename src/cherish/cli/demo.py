"""`cherish demo`: a grocery year, or a simulated company whose true effects are known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import screen

PANEL, PLACE = "Begin", 1

app = new_app()


@app.command(cls=Sectioned)
def run(
    simulated: Annotated[
        bool, typer.Option("--simulated", help="A simulated company instead: what was planted in it is known.")
    ] = False,
    customers: Annotated[
        int,
        typer.Option("--customers", metavar="N", min=100, max=1_000_000, help="With --simulated: how many customers."),
    ] = 5000,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="With --simulated: another seed, another company.")
    ] = 1,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="EFFECT", help="With --simulated: leave this effect out; repeatable."),
    ] = None,
    directory: Annotated[
        Path | None, typer.Option("--directory", metavar="FOLDER", help="Where its workspace lies.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Where the report page is written.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing of the progress.")] = False,
) -> None:
    """A grocery year of 2,469 households, measured: a story here and a report to open.

    Everything stays on this machine. A second run starts from the workspace that the first one made.

    \b
    cherish demo
    cherish demo --simulated --customers 20000
    """
    from cherish.demo.run import run as demo

    demo(
        simulated=simulated, customers=customers, seed=seed, effects_off=tuple(without or ()), directory=directory,
        report=report, quiet=quiet, console=screen(),
    )  # fmt: skip
