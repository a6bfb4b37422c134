"""`cherish export events`: data go out as easily as they came in."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import WorkspaceOption, note

if TYPE_CHECKING:
    from gzip import GzipFile

PANEL, PLACE = "Ask", 7

app = new_app(no_args_is_help=True)


@app.callback()
def run() -> None:
    """Events out of the workspace, as they are held.

    \b
    cherish export events --to events.jsonl
    """


@app.command(cls=Sectioned)
def events(
    to: Annotated[
        str, typer.Option("--to", metavar="FILE|-", help="Where to; - is the output. A name with .gz is packed.")
    ],
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="jsonl|csv|parquet", help="How it is written.  [default: by the file's name]"),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="The first day, or moment, by when it happened.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="The last day, included; or a moment, which is not.")
    ] = None,
    names: Annotated[
        str | None, typer.Option("--names", metavar='"A|B"', help="Only events of these names, separated by |.")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Every event: ids, kind, name, corrected time, properties, traits, money; a row each, in no order.

    Nothing is left out and nothing hidden, so treat the file as the people's data that it is. What comes out as JSON
    lines goes into another workspace by cherish import.

    \b
    cherish export events --to events.jsonl
    cherish export events --to refunds.csv --names "Order Refunded|Order Cancelled" --since 2024-01-01
    cherish export events --to events.parquet
    """
    from cherish.store.duckdb.exporting import Wanted, pieces
    from cherish.workspace import locate

    wanted = Wanted(since, until, tuple(part.strip() for part in (names or "").split("|") if part.strip()))
    found, size = pieces(locate(workspace).store(), wanted, _form(to, form)), 0
    with _target(to) as target:
        for piece in found:
            target.write(piece)
            size += len(piece)
    if to != "-":
        note(f"{to}: {size / 1e6:,.1f} MB")


def _form(to: str, form: str | None) -> str:
    from cherish.errors import QuestionError
    from cherish.store.duckdb.exporting import FORMS

    named = Path(to.removesuffix(".gz")).suffix.removeprefix(".")
    found = form or ("jsonl" if to == "-" or named in ("json", "ndjson") else named)
    if found not in FORMS:
        raise QuestionError(f"--to {to}: in which format? Say --format {'|'.join(FORMS)}")
    if to.endswith(".gz") and found == "parquet":
        raise QuestionError(f"--to {to}: Parquet is packed by itself; leave .gz out")
    return found


@contextmanager
def _target(to: str) -> Iterator[IO[bytes] | GzipFile]:
    """The output, or a file that has its name only once it is whole."""
    if to == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    import gzip

    file = Path(to).expanduser()
    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as plain:
            if file.suffix == ".gz":
                with gzip.GzipFile(file.name, "wb", 6, plain) as packed:
                    yield packed
            else:
                yield plain
        partial.replace(file)
    except OSError as error:
        from cherish.errors import WorkspaceError

        if isinstance(error, BrokenPipeError):
            raise
        raise WorkspaceError(f"{file}: {error.strerror}; check the folder, its permissions and the disk") from None
    finally:
        partial.unlink(missing_ok=True)
