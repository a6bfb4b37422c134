"""`cherish holdout [plan|assign|export|read]`: leave some without mail by lot, and see what the mail causes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cherish.cli import _holdout_words as words
from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import (
    ANSWER,
    JsonOption,
    WorkspaceOption,
    deliver,
    existing,
    opened,
    out_json,
)

if TYPE_CHECKING:
    from cherish.spec.holdouts import Holdout
    from cherish.store.duckdb.holdouts import Addresses

PANEL, PLACE = "Prove", 3

app = new_app(invoke_without_command=True)

_COUNTS = """
    SELECT properties ->> '$.holdout' AS name, count(DISTINCT customer_id) AS drawn,
        count(DISTINCT customer_id) FILTER ((properties ->> '$.held_out') = 'true') AS held_out
    FROM events WHERE name = '$holdout_assigned' GROUP BY ALL"""

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The holdout, as it was planned.")]


@app.callback()
def run(context: typer.Context, workspace: WorkspaceOption = None, json: JsonOption = None) -> None:
    """Keep your sender: Cherish draws who gets no mail, your sender leaves them out, Cherish reads what mail causes.

    \b
    cherish holdout plan
    cherish holdout plan spring --hold 10% --margin .3
    cherish holdout assign spring
    cherish holdout export spring --for klaviyo --to suppress.csv
    cherish holdout
    """
    if context.invoked_subcommand is not None:
        context.obj = workspace
        return
    store = opened(workspace).store
    with store.session():
        planned = store.holdouts()
        counts = {row["name"]: row for row in store.query(_COUNTS).to_pylist()}
    if json:
        out_json([words.plain(each, counts.get(each.name)) for each in planned])
    else:
        words.listed(planned, counts)


@app.command(cls=Sectioned)
def plan(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="What to call it; without a name nothing is kept.")
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            metavar="NAME",
            help="What it is to show: any_order, orders, revenue or a measure.  [default: any_order]",
        ),
    ] = None,
    horizon: Annotated[
        str | None,
        typer.Option("--horizon", metavar="90d", help="For how long each customer is looked at.  [default: 90d]"),
    ] = None,
    hold: Annotated[
        str | None, typer.Option("--hold", metavar="10%", help="The share of customers to hold out.")
    ] = None,
    margin: Annotated[
        str | None, typer.Option("--margin", metavar=".3", help="What you earn of each unit of revenue, for the price.")
    ] = None,
    effect: Annotated[
        str | None,
        typer.Option("--effect", metavar="10%", help="The effect that you would want to see.  [default: 10%]"),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="DATE", help="The day on which it is read at full strength.  [default: as planned]"
        ),
    ] = None,
    address: Annotated[
        str,
        typer.Option("--address", metavar="TRAIT", help="The trait that mail goes to; who shares it shares the lot."),
    ] = "email",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take the proposals, don't ask.")] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = None,
) -> None:
    """What a holdout would show, by when, and what it costs; with a name, what is chosen is kept.

    On a terminal you are asked for what is missing. In a script, say it.

    \b
    cherish holdout plan
    cherish holdout plan spring --hold 10% --margin .3
    cherish holdout plan spring --metric revenue --horizon 28d --effect 5% --yes
    """
    from cherish.spec.holdouts import share_of

    log = opened(workspace or context.obj)
    asks = sys.stdin.isatty() and not yes and not json
    if asks:
        metric = metric or typer.prompt("Which outcome? any_order, orders, revenue or a measure", default="any_order")
        margin = margin or typer.prompt("What do you earn of 1.00 of revenue? (empty: leave the price out)", default="")
    given = {
        "metric": metric, "horizon": horizon, "hold": None if hold is None else share_of(hold),
        "margin": float(share_of(margin)) if margin else None,
        "effect": None if effect is None else share_of(effect),
    }  # fmt: skip
    found = log.report("holdout_plan", **{key: value for key, value in given.items() if value is not None})
    deliver(found, {"json": json})
    chosen = _chosen(found, hold, asks, yes)
    if asks and name is None and chosen is not None:
        name = typer.prompt("What is it called? (empty: keep nothing)", default="") or None
    if name is None or chosen is None:
        if not json:
            words.say(f"Nothing is kept yet. To keep it: cherish holdout plan {name or 'NAME'} --hold 10%", "dim")
        return
    _keep(log, found, name, chosen, until, address, json=bool(json))


def _chosen(found: Any, hold: str | None, asks: bool, yes: bool) -> float | None:
    """The share that was said, or agreed to."""
    from cherish.spec.holdouts import share_of

    if hold is not None:
        return share_of(hold)
    proposed = found.headline.get("recommended_share")
    if asks:
        text = typer.prompt("Hold out which share?", default="10%" if proposed is None else f"{proposed:.0%}")
        return share_of(text)
    return float(proposed) if yes and proposed is not None else None


def _keep(log: Any, found: Any, name: str, share: float, until: str | None, address: str, *, json: bool) -> None:
    from datetime import date

    from cherish.errors import QuestionError
    from cherish.spec.holdouts import Wish
    from cherish.spec.periods import parse_window

    try:
        day = date.fromisoformat(until) if until else found.headline.get("visible_on")
    except ValueError:
        raise QuestionError(f"--until {until!r}: write a date such as 2024-01-31") from None
    said = found.parameters
    margin = None if said["margin"] == "none" else float(said["margin"])
    horizon = parse_window(said["horizon"]) or 0
    kept = log.store.plan_holdout(Wish(name, share, said["metric"], horizon, day, margin, address))
    if not json:
        again = " again, with the salt that it has" if kept.version > 1 else ""
        words.say(
            f"{name} is planned{again}: {kept.wish.share:.4g} of the customers, read on {kept.wish.until}", "bold"
        )
        words.say(f"Next: cherish holdout assign {words.word(name)}", "dim")


@app.command(cls=Sectioned)
def assign(
    context: typer.Context,
    name: NameArgument,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="DATE", help="Who was known before this day, or moment.  [default: now]"),
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = None,
) -> None:
    """Draw who gets no mail. Everybody is drawn once; asked again, it draws newcomers alone.

    The lot is a hash of a random salt and the customer's oldest id: the same on every machine, and it stays as
    customers and shares grow. Customers who share an address share its oldest customer's lot.

    \b
    cherish holdout assign spring
    """
    from datetime import UTC

    from cherish.show.moments import moment_of

    log = existing(workspace or context.obj)
    moment = None if at is None else moment_of(at, log.facts.zone).astimezone(UTC).replace(tzinfo=None)
    drawn = log.store.assign_holdout(name, moment)
    if json:
        out_json(words.of_lot(drawn))
    else:
        words.lot(drawn)


@app.command(cls=Sectioned)
def export(
    context: typer.Context,
    name: NameArgument,
    sender: Annotated[str, typer.Option("--for", metavar="klaviyo|mailchimp|customerio|braze|csv", help="Who sends.")],
    to: Annotated[
        str, typer.Option("--to", metavar="FILE|-", help="Where to; - is the output. Nobody else can read the file.")
    ],
    everything: Annotated[
        bool, typer.Option("--all", help="The whole list, and not only what this sender was not told yet.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """The addresses that your sender is to leave out: those that it was not told yet, in its own form.

    Run it each day after assign. What was exported is remembered, as a hash, so that a list holds what is new.

    \b
    cherish holdout export spring --for klaviyo --to suppress.csv
    cherish holdout export spring --for mailchimp --to all.csv --all
    """
    from cherish.customers import suppression

    known = suppression.sender(sender)
    store = existing(workspace or context.obj).store
    found = store.held_addresses(name, sender, everything)
    written = _written(store, name, sender, everything, found, to)
    words.exported(written, known, to)


def _written(store: Any, name: str, sender: str, everything: bool, found: Addresses, to: str) -> Addresses:
    """Write the list, then remember that it was: whoever is interrupted in between gets it again, and never less."""
    from cherish.cli._files import target
    from cherish.customers import suppression
    from cherish.errors import WorkspaceError

    for _ in range(3):
        with target(to) as file:
            file.write(suppression.text(sender, found.addresses).encode())
        if store.note_exported(name, sender, found.digest, everything):
            return found
        if to == "-":
            break
        found = store.held_addresses(name, sender, everything)
    raise WorkspaceError(f"holdout {name!r} is drawn anew while it is exported; export it again")


@app.command(cls=Sectioned)
def read(
    context: typer.Context,
    name: NameArgument,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="NAME", help="Another metric than the planned one; repeatable."),
    ] = None,
    horizon: Annotated[
        str | None, typer.Option("--horizon", metavar="90d", help="Another horizon than the planned one.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="Know only what was known then.  [default: now]")
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = None,
    share: Annotated[
        bool | None,
        typer.Option("--share", rich_help_panel=ANSWER, help="For others: hide what rests on few customers."),
    ] = None,
    chart: Annotated[
        Path | None,
        typer.Option("--chart", rich_help_panel=ANSWER, metavar="FILE", help="Draw it to a .svg, .png or .html file."),
    ] = None,
) -> None:
    """What the mail caused: is the lot sound, who got mail although held out, and the difference with its interval.

    Until the planned day the interval is one that may be looked at every day; from that day on it is the reading of
    the day, at full strength. With --json there is the effect alone; who got mail, by campaign, is the report
    contamination.
    """
    log = opened(workspace or context.obj)
    with log.session():
        planned = _planned(log, name)
        asked = {"holdout": name, **_asked(planned, metric, horizon, as_of)}
        answer = _answer(log, asked)
        leaks = None if json or chart else _leaks(log, name, asked.get("as_of"))
    deliver(answer, {"json": json, "share": share, "chart": chart})
    if leaks is not None:
        words.say("")
        deliver(leaks, {"share": share})


def _answer(log: Any, asked: dict[str, Any]) -> Any:
    """The effect; where a lot of few held out nobody, the way on as well."""
    from cherish.errors import Unanswerable

    try:
        return log.report("holdout", **asked)
    except Unanswerable as none:
        if "all are in one arm" not in str(none):
            raise
        raise Unanswerable(
            f"{none}. Of so few customers a larger share must be held out: plan another holdout, such as "
            "cherish holdout plan NAME --hold 50%; or draw newcomers as they come (cherish holdout assign)"
        ) from None


def _leaks(log: Any, name: str, as_of: str | None) -> Any:
    """Who got mail although held out; None where the log has no messages, which the effect's own notes say."""
    from cherish.errors import Unanswerable

    try:
        return log.report("contamination", holdout=name, as_of=as_of)
    except Unanswerable:
        return None


def _planned(log: Any, name: str) -> Holdout | None:
    """The plan of a holdout that was planned here; None where the log alone tells of it."""
    found: dict[str, Holdout] = {each.name: each for each in log.store.holdouts()}
    return found.get(name)


def _asked(planned: Holdout | None, metric: list[str] | None, horizon: str | None, as_of: str | None) -> dict[str, Any]:
    """The question that a plan makes: what was said goes before what was planned."""
    wish = None if planned is None else planned.wish
    asked: dict[str, Any] = {"metrics": "|".join(metric) if metric else wish and wish.metric, "as_of": as_of}
    asked["horizon"] = horizon or (wish and f"{wish.horizon}d")
    asked["until"] = wish and wish.until and wish.until.isoformat()
    return {key: value for key, value in asked.items() if value is not None}
