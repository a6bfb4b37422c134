"""`cherish demo`: a workspace worth a look, the story in the terminal, and the report as one file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from cherish.demo import complete_journey
from cherish.errors import QuestionError, WorkspaceError
from cherish.story.patience import Patience
from cherish.story.scene import Story
from cherish.story.words import CUSTOMERS, People

FOLDER = "cherish-demo"
SIMULATED = "cherish-demo-simulated"
HOUSEHOLDS = People("household", "households")
STAGED = ("message_id", "type", "name", "ts", "anonymous_id", "user_id", "value", "currency", "order_id")
ACTS = (
    "Order Completed", "Page Viewed", "Product Viewed", "Content Viewed", "Email Link Clicked", "Survey Answered",
    "Live Chat Conversation Started", "Live Chat Message Received", "Invite Sent", "Community Joined", "Post Created",
    "Comment Created",
)  # fmt: skip
"""What counts as activity in the simulated company; opened mails don't, because machines open them too."""


@dataclass(frozen=True)
class Data:
    """One of the demo's data sets: its name, how to bring it in, what counts as active, and how to speak of it."""

    name: str
    title: str
    folder: str
    load: Callable[[Any, Path, Callable[[str], None]], object]
    active: tuple[str, ...]
    people: People
    notice: str


def run(
    *,
    simulated: bool = False,
    customers: int = 5000,
    seed: int = 1,
    effects_off: Iterable[str] = (),
    directory: str | Path | None = None,
    report: str | Path | None = None,
    quiet: bool = False,
    console: Any = None,
) -> Path:
    """Load the demo's data unless they are there, tell the story, write the report; returns the report's path.

    Raises:
        Unanswerable: the demo's data package is not installed.
        WorkspaceError: the folder holds something else.
    """
    data = _simulated(customers, seed, tuple(effects_off)) if simulated else _complete_journey()
    folder = Path(directory) if directory is not None else Path(data.folder)
    page = Path(report) if report is not None else folder / "reports" / f"{data.name.replace(' ', '-')}.html"
    with Patience(quiet) as say:
        story = _told(data, folder, page, say)
    _print(story, folder, page, console)
    return page


def _told(data: Data, folder: Path, page: Path, say: Callable[[str], None]) -> Story:
    say("opening the workspace")
    from cherish.workspace import locate

    store = locate(folder).store()
    with _held(store):
        _ensure(store, data, folder, say)
    with store.session():
        from cherish.story import page as pages
        from cherish.story.telling import tell

        story = tell(store, data.title, people=data.people, notice=data.notice, note=say)
        pages.write(story, page, say)
    return story


def _held(store: Any) -> AbstractContextManager[Any]:
    session: AbstractContextManager[Any] = store.session() if store.exists else nullcontext()
    return session


def _ensure(store: Any, data: Data, folder: Path, say: Callable[[str], None]) -> None:
    """Bring in what is missing; whatever stopped an earlier run, this one ends with everything there once."""
    names = [each.name for each in store.imports()] if store.exists else []
    foreign = [name for name in names if name != data.name]
    if foreign:
        what = f"{folder} holds other data ({foreign[0]!r})"
        raise WorkspaceError(f"{what}; give the demo a folder of its own: --directory NAME")
    if data.name not in names:
        data.load(store, folder, say)
    facts = store.facts
    if "core" not in facts.active:
        store.define_active("core", data.active)
    if facts.outcome is None:
        store.define_outcome("revenue")


def _print(story: Story, folder: Path, page: Path, console: Any) -> None:
    from cherish.story import terminal

    if console is None:
        from rich.console import Console

        console = Console()
    around = _relative(folder)
    beside = page.parent.resolve() == (folder / "reports").resolve()
    verify = f"cherish verify {_relative(page)}" + ("" if beside else f" --workspace {around}")
    commands = (
        f"Report   {_relative(page)}",
        f"Next     {verify}",
        f"         cherish explain rhythm --workspace {around}",
        "         cherish look YOUR-FILE.csv",
    )
    terminal.show(replace(story, following=commands), console)


def _relative(path: Path) -> str:
    shown = os.path.relpath(path)
    return shown if len(shown) < len(str(path)) else str(path)


# -- the data -----------------------------------------------------------------------------------------------------


def _complete_journey() -> Data:
    def load(store: Any, folder: Path, say: Callable[[str], None]) -> object:
        return complete_journey.load(store, say)

    return Data(
        complete_journey.NAME, complete_journey.TITLE, FOLDER, load, ("Order Completed",), HOUSEHOLDS,
        complete_journey.NOTICE,
    )  # fmt: skip


def _simulated(customers: int, seed: int, effects_off: tuple[str, ...]) -> Data:
    from cherish.demo.simulated import Effects

    known = [each.name for each in fields(Effects)]
    unknown = sorted(set(effects_off) - set(known))
    if unknown:
        raise QuestionError(f"no effect is called {unknown[0]!r}; there are {', '.join(known)}")
    off = "".join(f" without {name}" for name in sorted(set(effects_off)))
    name = f"simulated {customers} seed {seed}{off}"
    folder = SIMULATED if (customers, seed, off) == (5000, 1, "") else f"cherish-demo-{name.replace(' ', '-')}"

    def load(store: Any, folder: Path, say: Callable[[str], None]) -> object:
        return _load_simulated(store, folder, say, name, (customers, seed, tuple(effects_off)))

    notice = (
        "Everything here is simulated by Cherish: nobody in it is real, and what was planted in it is known; "
        "truth.json beside the log holds it."
    )
    return Data(name, "A simulated company", folder, load, ACTS, CUSTOMERS, notice)


def _load_simulated(
    store: Any, folder: Path, say: Callable[[str], None], name: str, asked: tuple[int, int, tuple[str, ...]]
) -> object:
    from cherish.demo.simulated import Effects, simulate
    from cherish.store.contract import Origin

    customers, seed, off = asked
    say(f"simulating two years of {customers:,} customers")
    company = simulate(customers, seed=seed, effects=replace(Effects(), **dict.fromkeys(off, 0.0)))
    folder.mkdir(parents=True, exist_ok=True)
    truth = folder / "truth.json"
    truth.write_text(json.dumps(company.truth.summary(), indent=1, default=str), encoding="utf-8")
    store.configure(zone="UTC", currency="EUR")
    with store.loading(Origin(name, "events", ("simulated",), name, "built in")) as loading:
        say(f"writing {company.events.num_rows:,} events to the log")
        _stage(loading.connection, company)
        loaded = loading.events("demo_events")
        loading.customers("demo_customers")
        say("counting days, orders and customers")
    return loaded


def _stage(connection: Any, company: Any) -> None:
    connection.register("demo_given_events", company.events)
    connection.register("demo_given_customers", company.customers)
    others = [name for name in company.events.column_names if name not in STAGED]
    traits = [name for name in company.customers.column_names if name not in ("user_id", "created_at")]
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE demo_events AS
        SELECT {", ".join(STAGED[:4])}, ts AS received_at, {", ".join(STAGED[4:])}, 'simulated' AS source,
               {_object([*others, "currency"], {"revenue": "value::DOUBLE"})} AS properties, NULL::JSON AS context
        FROM demo_given_events""")  # noqa: S608 - only our own names
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE demo_customers AS
        SELECT user_id, created_at, {_object(traits, {})} AS traits FROM demo_given_customers""")  # noqa: S608 - only our own names
    connection.unregister("demo_given_events")
    connection.unregister("demo_given_customers")


def _object(names: list[str], more: dict[str, str]) -> str:
    # A merge patch takes the keys without a value away.
    pairs = [f"'{name}', {name}" for name in names] + [f"'{name}', {value}" for name, value in more.items()]
    return f"json_merge_patch('{{}}', json_object({', '.join(pairs)}))"
