"""`cherish sql STATEMENT`: a read-only statement on the log."""

from __future__ import annotations

from typing import Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import CsvOption, FileOption, JsonOption, WorkspaceOption, opened, out, screen

PANEL, PLACE = "Ask", 5
ROWS = 50

app = new_app()


@app.command(cls=Sectioned)
def run(
    statement: Annotated[
        str, typer.Argument(metavar="STATEMENT", help='Such as "SELECT name, count(*) FROM events GROUP BY name".')
    ],
    file: FileOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = None,
    csv: CsvOption = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="How many rows to show as a table.", min=1)] = ROWS,
) -> None:
    """One SELECT on the tables of the log: events, orders, activity, customers.

    Times are UTC, days are the workspace's local days, money is exact.

    \b
    cherish sql "SELECT name, count(*) AS n FROM events GROUP BY name ORDER BY n DESC"
    cherish sql "FROM orders LIMIT 5"
    cherish sql "DESCRIBE events" --json
    """
    from cherish.show import exchange, terminal
    from cherish.show.layout import columns_of

    found = opened(workspace, file).sql(statement)
    if json:
        out(exchange.rows_json(found) + "\n")
    elif csv:
        out(exchange.to_csv(found))
    else:
        console = screen()
        terminal.table(columns_of(found.slice(0, limit)), console)
        if found.num_rows > limit:
            terminal.write(
                console, f"the first {limit:,} of {found.num_rows:,} rows; all of them with --csv or --json", "dim"
            )
