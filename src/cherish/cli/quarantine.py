"""`cherish quarantine [show|replay|drop]`: what could not be taken, why, and sending it through the door again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import JsonOption, WorkspaceOption, out, out_json, screen

if TYPE_CHECKING:
    from pathlib import Path

    from cherish.db.quarantine import Kind, Quarantine, Refused
    from cherish.workspace import Workspace

PANEL, PLACE = "Bring data in", 5

CodeOption = Annotated[str | None, typer.Option("--code", metavar="CODE", help="Only what has this reason.")]
SourceOption = Annotated[str | None, typer.Option("--source", metavar="ID", help="Only what came from this source.")]
IdOption = Annotated[int | None, typer.Option("--id", metavar="N", help="Only this one.")]

app = new_app(invoke_without_command=True)


@app.callback()
def run(
    context: typer.Context,
    show: Annotated[
        int | None, typer.Option("--show", metavar="N", help="One of them as it was sent, with people's data.")
    ] = None,
    json: JsonOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Events that could not be taken, by reason and source, each with an example that shows no values.

    Clients were told that these events are safe: they wait here until what is wrong was mended, and `replay` sends them
    through the same door again.
    """
    if context.invoked_subcommand is not None:
        context.obj = workspace
        return
    with _kept(workspace) as (_, quarantine):
        if show is not None:
            _show(quarantine, show, json)
            return
        kinds = quarantine.kinds()
        if json:
            out_json([_told(quarantine, each) for each in kinds])
        else:
            _list(quarantine, kinds)


@app.command(cls=Sectioned)
def replay(
    context: typer.Context,
    code: CodeOption = None,
    source: SourceOption = None,
    number: IdOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Send them through the door again: what is taken now counts once, what is refused again stays with its reason."""
    given = {"code": code, "source": source, "id": number}
    with _kept(workspace or context.obj) as (place, quarantine):
        found, waits = _replayed(place, quarantine, given)
    sent = f"{found['events']:,} {'event' if found['events'] == 1 else 'events'} taken"
    stays = f", {found['stays']:,} stay" if found["stays"] else ""
    reasons = "".join(f"; {code}: {count:,}" for code, count in found["reasons"].items())
    _say(f"{sent}{stays}{reasons}")
    if waits and found["events"]:
        _say("No server runs here: they wait in the journal for the next `cherish serve`.", "dim")


@app.command(cls=Sectioned)
def drop(
    context: typer.Context,
    code: CodeOption = None,
    source: SourceOption = None,
    number: IdOption = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Forget them for good."""
    from cherish.errors import QuestionError

    with _kept(workspace or context.obj) as (_, quarantine):
        from cherish.db.quarantine import Which

        which = Which(code, source, number)
        if which.all and not everything:
            raise QuestionError("say which: --code, --source or --id, or --all for all of them")
        gone = quarantine.drop(which)
    _say(f"{gone:,} forgotten")


@contextmanager
def _kept(workspace: Path | None) -> Iterator[tuple[Workspace, Quarantine]]:
    """The quarantine itself: its database lets several processes in, also beside a server."""
    from cherish.cli.serve import need_extra
    from cherish.workspace import locate

    need_extra()
    from cherish.db.quarantine import Quarantine

    place = locate(workspace)
    state = place.state()
    try:
        yield place, Quarantine(state)
    finally:
        state.close()


def _replayed(place: Workspace, quarantine: Quarantine, given: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """By the server where one runs, so that it is loaded at once; else into the journal, for the next start."""
    from cherish.store.line import dial

    line = dial(place.folder)
    if line is not None:
        with line:
            return line.ask("quarantine_replay", given), False
    import msgspec

    from cherish.db import journal as journals
    from cherish.db.quarantine import Which
    from cherish.db.replay import replay as again
    from cherish.serve.backups.turn import turn
    from cherish.spec.messages import Discreet, Limits

    # What the server's own door takes and keeps.
    limits = Limits(discreet=Discreet(place.settings.privacy_ip, place.settings.privacy_user_agent))
    state = place.state()
    try:
        journal = journals.open(state)
        try:
            with turn(place.folder):
                return msgspec.to_builtins(again(quarantine, journal, Which(**given), limits)), True
        finally:
            journal.close()
    finally:
        state.close()


# -- how it looks -------------------------------------------------------------------------------------------------


def _list(quarantine: Quarantine, kinds: tuple[Kind, ...]) -> None:
    if not kinds:
        _say("Nothing is in quarantine: everything that came in was taken.")
        return
    total = sum(each.events for each in kinds)
    _say(f"{total:,} {'event' if total == 1 else 'events'} could not be taken", "bold")
    for each in kinds:
        told = _told(quarantine, each)
        _say("")
        _say(f"{each.code}  {each.events:,} from {each.source}, the last {each.last:%Y-%m-%d %H:%M} UTC", "bold red")
        _say(f"  {told['message']}")
        _say(f"  number {told['example']}: {told['shape']}", "dim")
    _say("")
    _say("Next: cherish quarantine --show N · after a mend: cherish quarantine replay --code CODE", "dim")


def _told(quarantine: Quarantine, kind: Kind) -> dict[str, Any]:
    from cherish.db.quarantine import Which

    (newest,) = quarantine.listed(1, which=Which(id=kind.newest)) or (None,)
    return {
        "code": kind.code, "source": kind.source, "rows": kind.rows, "events": kind.events, "first": kind.first,
        "last": kind.last, "message": newest.message if newest else "", "example": kind.newest,
        "shape": _shape(newest.body) if newest else "",
    }  # fmt: skip


def _shape(body: bytes) -> str:
    """What a body is made of, without what it says: names of fields and kinds of values."""
    import json

    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return f"{len(body):,} bytes that are not one JSON value"
    if not isinstance(found, dict):
        return f"{len(body):,} bytes: {_kind(found)}"
    fields = [f"{name[:40]}: {_kind(value)}" for name, value in list(found.items())[:12]]
    more = f", and {len(found) - 12:,} more" if len(found) > 12 else ""
    return f"{len(body):,} bytes: {{{', '.join(fields)}{more}}}"


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return f"object of {len(value):,}"
    if isinstance(value, list):
        return f"list of {len(value):,}"
    if isinstance(value, str):
        return f"text of {len(value):,}"
    return {bool: "true or false", type(None): "null"}.get(type(value), "number")


def _show(quarantine: Quarantine, number: int, json: bool | None) -> None:
    from cherish.db.quarantine import Which
    from cherish.errors import QuestionError

    found = quarantine.listed(1, which=Which(id=number))
    if not found:
        raise QuestionError(f"--show {number}: nothing in quarantine has this number")
    row: Refused = found[0]
    body, around = (text.decode("utf-8", "replace") for text in (row.body, row.around or b""))
    if json:
        names = ("id", "source", "received_at", "code", "message", "place", "events")
        out_json({name: getattr(row, name) for name in names} | {"body": body} | ({"around": around} if around else {}))
        return
    place = "" if row.place is None else f", event {row.place + 1} of its batch"
    _say(f"{row.code} from {row.source}, {row.received_at:%Y-%m-%d %H:%M:%S} UTC{place}", "bold red")
    _say(row.message)
    _say("")
    out(_harmless(body))
    if around:
        _say("Around it in its batch:", "dim")
        out(_harmless(around))


def _harmless(text: str) -> str:
    """A line without what steers a terminal; line ends stay in."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text) + "\n"


def _say(text: str, style: str = "") -> None:
    from cherish.show.terminal import write

    write(screen(), text, style)
