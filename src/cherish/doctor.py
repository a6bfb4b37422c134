"""Is everything in order? Versions, the workspace's state, whether its days equal a rebuild, what to do next."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from cherish.errors import CherishError
from cherish.workspace import Workspace

PACKAGES = ("cherish", "duckdb", "ibis-framework", "pyarrow", "altair", "tzdata")


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what it is, what was found, and what to do where it isn't well."""

    subject: str
    found: str
    ok: bool = True
    remedy: str = ""


def examine(workspace: Workspace) -> Iterator[Finding]:
    """Everything worth knowing, in the order in which it would be asked."""
    yield Finding("versions", ", ".join(f"{name} {_version(name)}" for name in PACKAGES))
    yield Finding("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    if not workspace.exists:
        yield Finding("workspace", f"{workspace.folder}: nothing is there yet", True, "cherish import FILE")
        return
    label = f"{workspace.settings.label}: " if workspace.settings.label else ""
    yield Finding("workspace", f"{label}{workspace.folder}, {workspace.log.stat().st_size / 1e6:,.1f} MB")
    try:
        yield from _log(workspace)
    except CherishError as error:
        yield Finding("log", str(error), False, "see the message")


def _log(workspace: Workspace) -> Iterator[Finding]:
    store = workspace.store()
    with store.session():
        facts = store.facts
        schema = store.query("SELECT value FROM settings WHERE key = 'schema'").to_pylist()
        due = store.query("SELECT value FROM settings WHERE key = 'rewrite_due'").to_pylist()
    yield Finding("schema", f"version {schema[0]['value']}" if schema else "unknown", bool(schema))
    yield Finding("rows", ", ".join(f"{count:,} {name}" for name, count in facts.rows.items()))
    if any(facts.left_out.values()):
        noise = ", ".join(f"{count:,} {name}" for name, count in facts.left_out.items())
        yield Finding("left out", f"{noise}, as internal, tests or bots")
    if facts.first is None or facts.last is None:
        yield Finding("span", "no events", True, "cherish import FILE")
        return
    yield Finding("span", f"{facts.first:%Y-%m-%d %H:%M} to {facts.last:%Y-%m-%d %H:%M} UTC; days of {facts.zone}")
    yield Finding("fingerprint", facts.fingerprint)
    if due:
        found = f"the file holds bytes of what was erased or expired since {due[0]['value'][:16]} UTC"
        yield Finding("bytes", found, True, "a server takes them out at night; now: cherish expire --now")
    differing = store.check()
    told = ", ".join(f"{count:,} rows of {name}" for name, count in differing.items())
    yield Finding(
        "upkeep", f"differs from a rebuild: {told}" if differing else "activity, orders and customers equal a rebuild",
        not differing, "cherish doctor --rebuild" if differing else "",
    )  # fmt: skip
    core = facts.active.get("core")
    answered = core is not None and facts.outcome is not None
    settled = (
        f"active is {core}, the outcome is {facts.outcome}" if answered else "not answered yet: the proposals hold"
    )
    yield Finding("questions", settled, True, "" if answered else "cherish questions")
    mixed = sorted(name for name, count in facts.currencies.items() if count)
    if len(mixed) > 1 and not facts.rates:
        yield Finding("money", f"several currencies: {', '.join(mixed)}", True, f"ask for one: --currency {mixed[0]}")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
