"""`cherish experiment [declare|analyse|list]`: say beforehand what a test is to show, and read what it showed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import (
    ASK,
    DELIVER,
    SOURCE,
    JsonOption,
    WorkspaceOption,
    deliver,
    existing,
    opened,
    screen,
    take,
)

PANEL, PLACE = "Prove", 2

app = new_app(no_args_is_help=True)

TERMS, WHO = "Its terms", "Who was assigned"
ONCE = {"metric": "metrics", "guardrail": "guardrails", "interaction": "interactions"}
"""What is said once for each is a list to the report."""

MetricOption = Annotated[
    list[str] | None,
    typer.Option(
        "--metric", rich_help_panel=TERMS, metavar="NAME",
        help="A primary metric: a measure, an EVENT, revenue, orders, any_order, retained, column:NAME; repeatable.",
    ),
]  # fmt: skip
SecondaryOption = Annotated[
    list[str] | None,
    typer.Option("--secondary", rich_help_panel=TERMS, metavar="NAME", help="A further metric; repeatable."),
]
GuardrailOption = Annotated[
    list[str] | None,
    typer.Option(
        "--guardrail", rich_help_panel=TERMS, metavar="METRIC:MARGIN",
        help="What may not get worse by more: revenue:-2%, Unsubscribed:+0.01; repeatable.",
    ),
]  # fmt: skip
InteractionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--interaction", rich_help_panel=TERMS, metavar="NAME",
        help="A trait or a property of the exposure by which the effect is expected to differ; repeatable.",
    ),
]  # fmt: skip
HorizonOption = Annotated[
    str | None,
    typer.Option("--horizon", rich_help_panel=TERMS, metavar="28d", help="How long an outcome counts.  [default: 28d]"),
]  # fmt: skip
ArmsOption = Annotated[
    str | None,
    typer.Option("--arms", rich_help_panel=TERMS, metavar="ARM:SHARE|...", help="The shares of the lot, if not alike."),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until", rich_help_panel=TERMS, metavar="DATE", help="The day on which it is read at full strength."
    ),
]
PlannedOption = Annotated[
    int | None,
    typer.Option("--planned", rich_help_panel=TERMS, metavar="N", help="How many customers it is laid out for."),
]


@app.callback()
def experiment() -> None:
    """Read a test: what each arm did to each metric, against the control, with intervals and a verdict.

    \b
    cherish experiment declare spring --horizon 28d --metric any_order --guardrail revenue:-2% --until 2024-06-01
    cherish experiment analyse spring
    cherish experiment analyse --assignments arms.csv --column arm=lot --metric revenue
    cherish experiment list
    """


@app.command(cls=Sectioned)
def declare(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The experiment, as its events call it.")],
    horizon: HorizonOption = None,
    metric: MetricOption = None,
    secondary: SecondaryOption = None,
    guardrail: GuardrailOption = None,
    interaction: InteractionOption = None,
    arms: ArmsOption = None,
    until: UntilOption = None,
    planned: PlannedOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = None,
) -> None:
    """Write down before the start what counts; it is stored with the time, and other terms later are a new version.

    What is declared before the first customer is assigned counts: segments named here are tests, all others guesses. On
    the day `--until` the test is read at full strength, before it by intervals that hold at every look.

    \b
    cherish experiment declare spring --horizon 28d --metric revenue --until 2024-06-01
    cherish experiment declare spring --metric any_order --interaction page --arms "control:.5|offer:.5"
    """
    from cherish.cli._options import out_json
    from cherish.show.terminal import write
    from cherish.spec.registry import find

    given = {"horizon": horizon, "metric": metric, "secondary": secondary, "guardrail": guardrail,
             "interaction": interaction, "arms": arms, "until": until, "planned": planned}  # fmt: skip
    kind = find("report", "experiment")
    asked = _plural(given)
    with _in_flags():
        made = kind.of(**asked)
    terms = {each.name: each.write(getattr(made, each.name)) for each in kind.parameters() if each.name in asked}
    stored = existing(workspace).store.declare_experiment(name, terms)
    if json:
        out_json({"experiment": stored.name, "version": stored.version, "at": stored.at, "terms": dict(stored.terms)})
        return
    write(screen(), f"{stored}, declared {stored.at:%Y-%m-%d %H:%M} UTC", "bold")
    for term, text in stored.terms.items():
        write(screen(), f"  {term:13} {text}")


@app.command("list", cls=Sectioned)
def listed(workspace: WorkspaceOption = None, json: JsonOption = None) -> None:
    """The experiments that the log tells of, and what was declared of them."""
    from cherish.cli._options import out_json
    from cherish.errors import Unanswerable
    from cherish.reports._arms.logged import experiments
    from cherish.show.terminal import write
    from cherish.spec.view import View

    log = opened(workspace)
    with log.session():
        view = View.of(log.store)
        try:
            found = experiments(view, log.store.run)
        except Unanswerable:
            found = {}
        declared = view.facts.experiments
    rows = [{"experiment": name, **found.get(name, {}), "declared": str(declared[name]) if name in declared else None}
            for name in sorted({*found, *declared})]  # fmt: skip
    if json:
        out_json(rows)
        return
    for row in rows:
        seen = "nobody was assigned yet"
        if "customers" in row:
            days = f"{row['first']:%Y-%m-%d} to {row['last']:%Y-%m-%d}"
            seen = f"{row['customers']:,} customers in {row['arms']} arms, {days}"
        write(screen(), f"{row['experiment']}: {seen}{', declared ' + row['declared'] if row['declared'] else ''}")
    if not rows:
        write(screen(), "The log tells of no experiment, and none is declared: cherish experiment declare NAME", "dim")


OF_ANALYSIS: dict[str, Any] = {
    "name": Annotated[
        str | None, typer.Argument(metavar="NAME", help="The experiment; optional where the log tells of one.")
    ],
    "assignments": Annotated[
        Path | None,
        typer.Option(
            "--assignments", rich_help_panel=WHO, metavar="FILE",
            help="A CSV or Parquet file of customer, arm and time, in place of the log's own events.",
        ),
    ],
    "columns": Annotated[
        list[str] | None,
        typer.Option("--column", rich_help_panel=WHO, metavar="ROLE=COLUMN", help="Which column is the arm ..."),
    ],
    "control": Annotated[
        str | None, typer.Option("--control", rich_help_panel=WHO, metavar="ARM", help="The arm to compare with.")
    ],
    "start": Annotated[
        str | None,
        typer.Option("--start", rich_help_panel=WHO, metavar="DATE", help="When all were assigned, without times."),
    ],
    "horizon": HorizonOption,
    "metric": MetricOption,
    "secondary": SecondaryOption,
    "guardrail": GuardrailOption,
    "interaction": InteractionOption,
    "by": Annotated[
        list[str] | None,
        typer.Option("--by", rich_help_panel=TERMS, metavar="TRAIT", help="Segments of a trait; repeatable."),
    ],
    "context": Annotated[
        list[str] | None,
        typer.Option(
            "--context", rich_help_panel=TERMS, metavar="PROPERTY",
            help="Segments of a property of the exposure (page, device), or hour; repeatable.",
        ),
    ],
    "arms": ArmsOption,
    "until": UntilOption,
    "declared": Annotated[
        str | None,
        typer.Option("--declared", rich_help_panel=TERMS, metavar="DATE", help="When these terms were written down."),
    ],
    "planned": PlannedOption,
    "level": Annotated[
        str | None, typer.Option("--level", rich_help_panel=TERMS, metavar="X", help="The level.  [default: 0.95]")
    ],
    "novelty": Annotated[
        bool | None, typer.Option("--novelty", rich_help_panel=TERMS, help="Does the effect wear off?")
    ],
    "no_cuped": Annotated[
        bool | None, typer.Option("--no-cuped", rich_help_panel=TERMS, help="Leave the time before the lot out.")
    ],
}  # fmt: skip
"""What can be said of an analysis, beside what every question takes."""

COMMON = ("where", "among", "as_of", "population", "include_noise")


def analyse(**given: Any) -> None:
    """What each arm did to each metric. The same as: cherish report experiment --experiment NAME.

    Without a workspace, a table of assignments that holds its outcomes as columns is enough.

    \b
    cherish experiment analyse spring --by country
    cherish experiment analyse --assignments arms.csv --column arm=lot --metric revenue --horizon 14d
    cherish experiment analyse --assignments arms.csv --column arm=lot --metric column:visit
    """
    from cherish.cli._assignments import log_of

    asked = {name: given.get(name) for name in (*OF_ANALYSIS, *COMMON)}
    file = asked["assignments"]
    asked |= {"experiment": asked.pop("name"), "assignments": None if file is None else str(file)}
    asked["cuped"] = False if asked.pop("no_cuped") else None
    places = ("workspace", "file", "map", "tz", "on", "table")
    with _in_flags():
        log = log_of(file, given.get("columns"), tuple(given.get(place) for place in places))
        answer = log.report("experiment", **_plural(asked))
    deliver(answer, given)


@contextmanager
def _in_flags() -> Iterator[None]:
    """Refusals in the words of this verb, which says once what is a list to the report."""
    from cherish.cli._flags import flagged
    from cherish.errors import CherishError
    from cherish.spec.registry import find

    try:
        yield
    except CherishError as error:
        text = flagged(str(error), [each.name for each in find("report", "experiment").parameters()])
        for single, several in {**ONCE, "column": "columns"}.items():
            text = text.replace(f"--{several}", f"--{single}")
        raise type(error)(text) from error


take(analyse, OF_ANALYSIS | {name: ASK[name] for name in COMMON} | SOURCE | DELIVER)
app.command(cls=Sectioned)(analyse)


def _plural(given: dict[str, Any]) -> dict[str, Any]:
    """What was said, by the names of the report's parameters."""
    said = {ONCE.get(name, name): value for name, value in given.items() if value is not None and value != []}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
