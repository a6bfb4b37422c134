"""Options that several verbs share, the log they open, and where answers go."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from cherish.library import Log

EVERY, DATA, ANSWER = "Every question", "Of which data", "Where the answer goes"

WORKSPACE_HELP = "The workspace's folder.  [default: $CHERISH_WORKSPACE or ./cherish-workspace]"
WorkspaceOption = Annotated[
    Path | None, typer.Option("--workspace", rich_help_panel=DATA, metavar="FOLDER", help=WORKSPACE_HELP)
]
FileOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--file", rich_help_panel=DATA, metavar="FILE", help="Ask a file directly, without a workspace; repeatable."
    ),
]
JsonOption = Annotated[
    bool | None, typer.Option("--json", rich_help_panel=ANSWER, help="Print everything as JSON; money as exact texts.")
]
CsvOption = Annotated[bool | None, typer.Option("--csv", rich_help_panel=ANSWER, help="Print the whole table as CSV.")]

MapFileOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        rich_help_panel=DATA,
        metavar="ROLE=COLUMN",
        help="With --file or --on: which column is the customer, time, order ...",
    ),
]
ZoneFileOption = Annotated[
    str | None,
    typer.Option("--tz", rich_help_panel=DATA, metavar="ZONE", help="With --file or --on: the zone of its days."),
]

OnOption = Annotated[
    str | None,
    typer.Option(
        "--on",
        rich_help_panel=DATA,
        metavar="ADDRESS",
        help="Ask a table where it lies: clickhouse://..., postgres://..., spark://..., duckdb://...",
    ),
]
TableOption = Annotated[
    str | None, typer.Option("--table", rich_help_panel=DATA, metavar="NAME", help="With --on: the table's name.")
]

ASK: dict[str, Any] = {
    "where": Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            rich_help_panel=EVERY,
            metavar="FIELD=VALUE",
            help="Only these: country=UK, age!=65+, value>=10; repeatable, A|B for either.",
        ),
    ],
    "by": Annotated[
        list[str] | None,
        typer.Option(
            "--by", rich_help_panel=EVERY, metavar="TRAIT", help="Group by a trait of the customer; repeatable."
        ),
    ],
    "as_of": Annotated[
        str | None,
        typer.Option(
            "--as-of",
            rich_help_panel=EVERY,
            metavar="DATE",
            help="Know only what was known then.  [default: now where events come in live, else the end of the data]",
        ),
    ],
    "population": Annotated[
        str | None,
        typer.Option(
            "--population",
            rich_help_panel=EVERY,
            metavar="identified|all",
            help="With anonymous visitors or without.  [default: identified]",
        ),
    ],
    "over": Annotated[
        str | None,
        typer.Option("--over", rich_help_panel=EVERY, metavar="90d", help="The course over the last so many days."),
    ],
    "since": Annotated[
        str | None, typer.Option("--since", rich_help_panel=EVERY, metavar="DATE", help="The course since a day.")
    ],
    "among": Annotated[
        str | None,
        typer.Option(
            "--among",
            rich_help_panel=EVERY,
            metavar="RULE",
            help="Only the audience of a rule: a .yaml or .json file (docs/how-to/audiences.md).",
        ),
    ],
    "against": Annotated[
        str | None,
        typer.Option(
            "--against",
            rich_help_panel=EVERY,
            metavar="RULE|rest",
            help="With --among: the same for another rule, or for everyone else, beside it.",
        ),
    ],
    "include_noise": Annotated[
        bool | None,
        typer.Option(
            "--include-noise",
            rich_help_panel=EVERY,
            help="Also internal people, tests and bots, who are left out otherwise (cherish noise).",
        ),
    ],
    "limit": Annotated[
        str | None,
        typer.Option("--limit", rich_help_panel=EVERY, metavar="N", help="Only the first N rows of the table."),
    ],
}
SOURCE: dict[str, Any] = {
    "file": FileOption,
    "on": OnOption,
    "table": TableOption,
    "map": MapFileOption,
    "tz": ZoneFileOption,
    "workspace": WorkspaceOption,
}
DELIVER: dict[str, Any] = {
    "json": JsonOption,
    "csv": CsvOption,
    "share": Annotated[
        bool | None,
        typer.Option(
            "--share",
            rich_help_panel=ANSWER,
            help="For others: hide what rests on few customers (setting smallest_group), and what gives it away.",
        ),
    ],
    "chart": Annotated[
        Path | None,
        typer.Option("--chart", rich_help_panel=ANSWER, metavar="FILE", help="Draw it to a .svg, .png or .html file."),
    ],
}


def take(run: Callable[..., None], options: Mapping[str, Any], **defaults: Any) -> None:
    """Let a verb that is written with `**given` take these options, by name their annotated kinds; None unless said."""
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # Typer reads the options from it
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults.get(name), annotation=kind)
            for name, kind in options.items()
        ]
    )
    run.__annotations__ = dict(options)


def screen(*, stderr: bool = False) -> Console:
    """The console that verbs write to."""
    from cherish.show.terminal import console

    return console(stderr=stderr)


def opened(
    workspace: Path | None,
    files: list[Path] | None = None,
    mapping: list[str] | None = None,
    tz: str | None = None,
    on: str | None = None,
    table: str | None = None,
) -> Log:
    """The log to ask: a table where it lies, files read into memory, or else the workspace.

    Raises:
        QuestionError: a table beside another log, or without the engine it lies on.
    """
    from cherish import library
    from cherish.errors import QuestionError

    if on and (files or workspace):
        raise QuestionError("--on asks a table where it lies: leave --file and --workspace out")
    if table and not on:
        raise QuestionError(f"--table {table!r} of which engine? Say --on ADDRESS, such as duckdb://company.duckdb")
    if not files and not on:
        return library.open(workspace)
    given: dict[str, Any] = {"mapping": pairs(mapping)} if mapping else {}
    log = library.read(on or files, table=table, zone=tz, **given)
    if on:
        note(f"columns of {table}: {log.store.roles}")
    return log


def existing(workspace: Path | None) -> Log:
    """The log to change; one that is not there is refused, where changing it would make one."""
    log = opened(workspace)
    log.imports()
    return log


def pairs(mapping: list[str] | None) -> dict[str, str]:
    """`role=column` texts as a mapping.

    Raises:
        MappingError: one of them is not of that form.
    """
    from cherish.errors import MappingError

    found = {}
    for text in mapping or ():
        role, sign, column = text.partition("=")
        if not sign or not role.strip():
            raise MappingError(f"--map {text!r}: write ROLE=COLUMN, such as --map customer=CustomerID")
        found[role.strip()] = column.strip()
    return found


class Door:
    """One asked question: opens the log, lets it be answered, and delivers."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given

    def asked(self, kind: str, name: str, arguments: Mapping[str, Any], act: Callable[[Any, Any], Any]) -> None:
        """Answer one question and put the answer where it was asked for."""
        from cherish.answer import Query

        query = Query.from_args(kind, name, arguments)
        given = self.given
        places = ("workspace", "file", "map", "tz", "on", "table")
        log = opened(*(given.get(place) for place in places))
        deliver(act(log, query), given)


def deliver(answer: Any, given: Mapping[str, Any]) -> None:
    """Print an answer as people read it, as JSON or as CSV, and draw it where a file is named."""
    chart = given.get("chart")
    if given.get("share"):
        answer = answer.shared()
    elif given.get("csv"):
        _warn_of_few(answer)
    if chart is not None:
        from cherish import charts

        charts.save(answer, chart)
        note(f"drawn: {chart}")
    if given.get("json"):
        out(answer.to_json() + "\n")
    elif given.get("csv"):
        out(answer.to_csv())
    elif chart is None:
        answer.show(screen())


def _warn_of_few(answer: Any) -> None:
    """Say on the side that a table without marks holds small numbers."""
    from cherish.show import small

    cells = sum(map(len, small.marks(answer).values())) if hasattr(answer, "table") else 0
    if cells:
        note(f"{cells:,} numbers are of few customers; before passing it on: --share")


def out(text: str) -> None:
    """Write to standard output, as it is."""
    sys.stdout.write(text)
    sys.stdout.flush()


def out_json(found: Any) -> None:
    """Write what was found to standard output, as one line of JSON."""
    import msgspec

    out(msgspec.json.encode(found).decode() + "\n")


def note(text: str) -> None:
    """Tell a person something that is not the answer."""
    sys.stderr.write(text + "\n")
