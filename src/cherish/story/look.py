"""`cherish look`: the whole way in one command, from files (or a workspace) to the story and its page."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cherish.story import terminal
from cherish.story.patience import EVERY, Patience
from cherish.story.preview import Preview, preview
from cherish.story.scene import Story
from cherish.story.words import People, people_of

Say = Callable[[str], None]


def look(
    paths: str | Path | Sequence[str | Path] = (),
    *,
    html: str | Path | None = None,
    workspace: str | Path | None = None,
    mapping: Any = None,
    kind: str | None = None,
    event: str | None = None,
    active: Sequence[str] | None = None,
    outcome: str | None = None,
    zone: str | None = None,
    currency: str | None = None,
    dates: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    quiet: bool = False,
    share: bool = False,
    console: Any = None,
) -> Story:
    """Read files into memory (or open a workspace), answer the two questions by default, tell the story.

    `active` names the events that count as activity and `outcome` what matters, where the proposals won't do; the
    other options are those of `cherish import`. `html` is where the story goes as a page. With `share` nothing is told
    that rests on few customers.

    Raises:
        FileError, MappingError: a file can't be taken; the message says what to do.
        Unanswerable: there are no events.
    """
    files = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    screen = _screen(console)
    previews: list[Preview] = []
    with Patience(quiet) as say:
        if files:
            say("looking at the columns")
            previews = preview(files, mapping=mapping, kind=kind, event=event, encoding=encoding)
            options = {
                "mapping": mapping, "kind": kind, "event": event, "zone": zone, "currency": currency, "dates": dates,
                "decimal": decimal, "encoding": encoding,
            }  # fmt: skip
            store, left = _imported(files, say, options)
        else:
            store, left = _opened(workspace), []
        story = _told(store, files, previews, say, html, (active, outcome), share)
    _print(screen, previews, left, store, story)
    return story


def _imported(files: list[Path], say: Say, options: dict[str, Any]) -> tuple[Any, list[str]]:
    from cherish.collect.importing import import_files
    from cherish.store.memory import memory

    store = memory()
    summary = import_files(store, files, progress=_listener(say), **options)
    out = [f"{sum(reasons.values()):,} rows {how}" for how, reasons in _reasons(summary).items() if reasons]
    return store, ([f"left out: {', '.join(out)}"] if out else [])


def _reasons(summary: Any) -> dict[str, dict[str, int]]:
    def named(reasons: dict[str, int]) -> str:
        return f" ({', '.join(reasons)})" if reasons else ""

    return {
        f"set aside{named(summary.set_aside)}": summary.set_aside,
        f"rejected{named(summary.rejected)}": summary.rejected,
    }


def _opened(workspace: str | Path | None) -> Any:
    from cherish.workspace import locate

    return locate(workspace).store()


def _listener(say: Say) -> Callable[[Any], None]:
    """Turns the importer's frequent reports into a line when the stage changes or two seconds have passed."""
    stage, told = "", 0.0

    def listen(progress: Any) -> None:
        nonlocal stage, told
        now = time.monotonic()
        if progress.stage != stage or now - told >= EVERY:
            stage, told = progress.stage, now
            say(f"{progress.stage}: {progress.done:,} of {progress.total:,} rows")

    return listen


def _told(
    store: Any,
    files: list[Path],
    previews: list[Preview],
    say: Say,
    html: str | Path | None,
    answers: tuple[Sequence[str] | None, str | None],
    share: bool,
) -> Story:
    from cherish.story.telling import tell

    active, outcome = answers
    if active is not None or outcome is not None:
        from cherish.questions import settle

        settle(store, active, outcome)
    name = files[0].name if len(files) == 1 else f"{len(files)} files" if files else "your data"
    story = tell(store, name, people=_people(previews, store), note=say, share=share)
    needs = "".join(f" --file {_shell(path.name)}" for path in files)
    story = replace(story, following=_following(files, html), needs=needs)
    if html is not None:
        from cherish.story import page

        page.write(story, Path(html), say)
    return story


def _people(previews: list[Preview], store: Any) -> People | None:
    columns = [role.column for each in previews for role in each.roles if role.name == "customer"]
    return people_of(columns[0], store.facts.rows.get("orders", 0) > 0) if columns else None


def _following(files: list[Path], html: str | Path | None) -> tuple[str, ...]:
    named = " ".join(_shell(str(path)) for path in files[:3]) + (" ..." if len(files) > 3 else "")
    found = []
    if html is not None:
        asked = "".join(f" --file {_shell(str(path))}" for path in files)
        found.append(f"Page     {html}")
        found.append(f"Next     cherish verify {_shell(str(html))}{asked}")
    elif files:
        found.append(f"Next     cherish look {named} --html story.html")
    if files:
        found.append(f"         cherish import {named}")
    return tuple(found)


def _shell(text: str) -> str:
    import shlex

    return shlex.quote(text)


def _screen(console: Any) -> Any:
    if console is not None:
        return console
    from rich.console import Console

    return Console()


def _print(screen: Any, previews: list[Preview], left: list[str], store: Any, story: Story) -> None:
    from rich.text import Text

    head = [line for each in previews for line in each.lines()] + left + _questions(store)
    for line in head:
        for part in textwrap.wrap(line, terminal.WIDTH, subsequent_indent="    ", drop_whitespace=False) or [""]:
            screen.print(Text(part.rstrip(), style="dim"), soft_wrap=True, highlight=False)
    screen.print()
    terminal.show(story, screen)


def _questions(store: Any) -> list[str]:
    """The two questions and how they stand, each in a line."""
    from cherish.questions import open_questions

    asked = open_questions(store, check=False)
    stored = asked.stored_active
    events = stored.events if stored else asked.proposed_active
    how = "as you said" if stored else "proposed; --active NAME to change it"
    outcome = asked.stored_outcome or asked.proposed_outcome
    why = "as you said" if asked.stored_outcome else "proposed; --outcome NAME to change it"
    shown = ", ".join(events[:4]) + (f" and {len(events) - 4} more" if len(events) > 4 else "")
    return [f"What counts as active? {shown} ({how})", f"What matters? {outcome} ({why})"]
