"""`cherish tail`: what comes in, as it comes, and what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import ANSWER, WorkspaceOption, note, out, screen

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from rich.text import Text

PANEL, PLACE = "Bring data in", 4
TOKEN = "CHERISH_TOKEN"  # noqa: S105 - the name of a variable
FOREVER = 10 * 365 * 86400.0
AGAIN = 2.0
TIME, NAME, WHO, SOURCE = 12, 24, 24, 12
"""Columns that a line is made of, with the gap behind each."""
BESIDE = TIME + NAME

app = new_app()


@app.command(cls=Sectioned)
def run(
    name: Annotated[
        list[str] | None, typer.Option("--event", metavar="NAME", help="Only events of this name; repeatable.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option("--source", metavar="ID", help="Only from this source; repeatable.")
    ] = None,
    problems: Annotated[bool, typer.Option("--problems", help="Only what could not be taken.")] = False,
    url: Annotated[
        str | None,
        typer.Option(
            "--url",
            metavar="ADDRESS",
            help=f"A server elsewhere, with a token that may read in ${TOKEN}.  [default: the workspace's]",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", rich_help_panel=ANSWER, help="A JSON object a line.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Watch what comes in: each event that is kept, and each problem with its reason and what to do.

    It shows what the running server takes from now on. Who is too slow to read it is told how many events were left
    out; the server never waits.
    """
    wanted = {"names": name or [], "sources": source or [], "problems": problems}
    show = _json if json else _line
    console = screen()
    for kind, told in _elsewhere(url, wanted) if url else _here(workspace, wanted):
        show(console, kind, told)


# -- where it comes from ------------------------------------------------------------------------------------------


def _here(workspace: Path | None, wanted: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    from queue import SimpleQueue
    from threading import Thread

    from cherish.errors import WorkspaceError
    from cherish.store.line import dial
    from cherish.workspace import locate

    place = locate(workspace)
    line = dial(place.folder)
    if line is None:
        raise WorkspaceError(
            f"{place.folder}: no server runs here; start `cherish serve`, or name one elsewhere with --url"
        )
    note(f"cherish tail: what comes into {place.folder}; end it with Ctrl-C")
    heard: SimpleQueue[Any] = SimpleQueue()

    def ask() -> None:
        try:
            line.ask("tail", wanted, told=heard.put, seconds=FOREVER)
            heard.put(None)
        except BaseException as error:
            heard.put(error)

    with line:
        Thread(target=ask, daemon=True).start()
        while (found := heard.get()) is not None:
            if isinstance(found, BaseException):
                raise found
            yield from found
    note("cherish tail: the server has stopped")


def _elsewhere(url: str, wanted: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    import time

    from cherish.errors import SourceError

    began = False
    while True:
        try:
            for each in _events(url, wanted):
                if not began:
                    note(f"cherish tail: what comes into {url}; end it with Ctrl-C")
                began = True
                if each is not None:
                    yield each
        except OSError as error:
            if not began:
                raise SourceError(f"{url}: can't be reached ({_why(error)})") from None
        note(f"cherish tail: {url} has hung up; trying again")
        time.sleep(AGAIN)


def _events(url: str, wanted: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]] | None]:
    """The server's events; None for each sign of life."""
    import json
    from urllib.error import HTTPError
    from urllib.parse import urlencode
    from urllib.request import Request, urlopen

    from cherish.errors import QuestionError

    if not url.startswith(("http://", "https://")):
        raise QuestionError(f"--url {url!r}: write http:// or https:// and a host")
    asked = [("name", each) for each in wanted["names"]] + [("source", each) for each in wanted["sources"]]
    asked += [("problems", "true")] if wanted["problems"] else []
    headers = {"Authorization": f"Bearer {os.environ.get(TOKEN, '')}", "Accept": "text/event-stream"}
    request = Request(f"{url.rstrip('/')}/v1/stream?{urlencode(asked)}", headers=headers)  # noqa: S310 - checked above
    kind = ""
    try:
        with urlopen(request, timeout=60) as answer:  # noqa: S310 - checked above
            for line in answer:
                field, _, value = line.decode().rstrip("\r\n").partition(": ")
                if field == "event":
                    kind = value
                elif field == "data":
                    yield kind, json.loads(value)
                elif field == "":
                    yield None
    except HTTPError as error:
        raise QuestionError(f"{url}: {_said(error)}") from None


def _said(error: Any) -> str:
    import json

    try:
        told = json.loads(error.read())["message"]
    except (ValueError, KeyError, TypeError, OSError):
        told = f"it answers {error.code}"
    return f"{told} (the token is read from ${TOKEN})" if error.code in (401, 403) else str(told)


def _why(error: OSError) -> str:
    return str(getattr(error, "reason", None) or error.strerror or type(error).__name__)


# -- how it looks -------------------------------------------------------------------------------------------------


def _json(console: Console, kind: str, told: dict[str, Any]) -> None:
    import json

    out(json.dumps({"kind": kind, **told}, ensure_ascii=False) + "\n")


def _line(console: Console, kind: str, told: dict[str, Any]) -> None:
    from rich.text import Text

    drawn = {"event": _event, "problem": _problem, "missed": _missed}.get(kind)
    if drawn is None:
        return
    line = drawn(told)
    if not console.is_terminal:
        console.print(line, soft_wrap=True)
    elif kind == "problem":
        # What to do is read to its end, below where it begins.
        for place, part in enumerate(line[BESIDE:].wrap(console, max(20, console.width - BESIDE))):
            beside = line[:BESIDE] if place == 0 else Text(" " * BESIDE)
            console.print(beside + part, soft_wrap=True)
    else:
        line.truncate(console.width, overflow="ellipsis")
        console.print(line, soft_wrap=True)


def _event(told: dict[str, Any]) -> Text:
    from rich.text import Text

    name = told["name"] if "page" not in told else f"{told['name']}: {told['page']}"
    who = told.get("user_id") or told.get("anonymous_id", "")
    return Text.assemble(
        (_local(told["at"]).ljust(TIME), "dim"),
        (_wide(name, NAME), "bold" if told["type"] == "track" else "cyan"),
        (_wide(who, WHO), "green" if "user_id" in told else "dim green"),
        (_wide(told["source"], SOURCE), "magenta"),
        (_values(told), "dim"),
    )


def _problem(told: dict[str, Any]) -> Text:
    from rich.text import Text

    where = told["source"] or "at the door"
    if told["place"] is not None:
        where += f", event {told['place'] + 1} of its batch"
    kept = "in quarantine" if told["kept"] else "refused"
    return Text.assemble(
        (_now().ljust(TIME), "dim"),
        (_wide(f"✗ {told['code']}", NAME), "bold red"),
        (_clean(f"{told['message']} "), "red"),
        (_clean(f"({kept}; {where})"), "dim"),
    )


def _missed(told: dict[str, Any]) -> Text:
    from rich.text import Text

    events = told["events"]
    return Text(
        f"{_now().ljust(TIME)}… {events:,} more {'event' if events == 1 else 'events'}, too many to show",
        style="yellow",
    )


def _values(told: dict[str, Any]) -> str:
    found = " ".join(f"{name}={value}" for name, value in told["properties"].items())
    more = f" and {told['more']} more" if "more" in told else ""
    group = f"group={told['group_id']} " if "group_id" in told and told["type"] == "group" else ""
    before = f"was={told['previous_id']} " if "previous_id" in told else ""
    return _clean(f"{group}{before}{found}{more}")


def _wide(text: str, width: int) -> str:
    text, most = _clean(text), width - 2
    return (text if len(text) <= most else text[: most - 1] + "…").ljust(width)


def _clean(text: str) -> str:
    from cherish.show.terminal import clean

    return clean(text)


def _local(at: str) -> str:
    from datetime import datetime

    found = datetime.fromisoformat(at).astimezone()
    today = found.date() == datetime.now(found.tzinfo).date()
    return found.strftime("%H:%M:%S" if today else "%Y-%m-%d")


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).astimezone().strftime("%H:%M:%S")
