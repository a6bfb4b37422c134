"""`cherish noise [add|remove]`: who and what is left out of answers, as internal, tests or bots."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import JsonOption, WorkspaceOption, existing, opened, out_json, screen

PANEL, PLACE = "Bring data in", 6

app = new_app(invoke_without_command=True)

_KIND = typer.Argument(metavar="KIND", help="email-domain, trait, address, key or source.")
_VALUE = typer.Argument(metavar="VALUE", help="Such as ourshop.com, plan=internal, 203.0.113.0/24, user-7 or staging.")


@app.callback()
def run(context: typer.Context, workspace: WorkspaceOption = None, json: JsonOption = None) -> None:
    """Who and what no answer counts: internal people, tests and bots, by which rule, and how many.

    Whoever matches stays in the log, and is shown with the reason (cherish customer show KEY). Known bots and sources
    for tests are left out without a rule. --include-noise counts them in one answer.

    \b
    cherish noise
    cherish noise add email-domain ourshop.com
    cherish noise add trait plan=internal
    cherish noise add address 203.0.113.0/24
    cherish noise add key user-7
    cherish noise add source staging
    cherish noise remove key user-7
    cherish noise test-source staging
    """
    if context.invoked_subcommand is not None:
        context.obj = workspace
        return
    store = opened(workspace).store
    with store.session():
        rules, counts = store.noise(), store.noise_counts()
    if json:
        out_json({"rules": rules, "left_out": counts})
        return
    _show(rules, counts)


@app.command(cls=Sectioned)
def add(
    context: typer.Context,
    kind: Annotated[str, _KIND],
    value: Annotated[str, _VALUE],
    workspace: WorkspaceOption = None,
) -> None:
    """Leave out whoever, or whatever, a rule is about: in all that is there, and in what comes."""
    from cherish.show.terminal import write
    from cherish.spec.noise import Rule

    store, rule = existing(workspace or context.obj).store, Rule.of(kind, value)
    new = store.add_noise(rule)
    write(screen(), f"{rule}: {_told(store, rule) if new else 'was a rule already'}", "bold")


@app.command(cls=Sectioned)
def remove(
    context: typer.Context,
    kind: Annotated[str, _KIND],
    value: Annotated[str, _VALUE],
    workspace: WorkspaceOption = None,
) -> None:
    """Take a rule back: whoever it left out counts again, from the beginning."""
    from cherish.show.terminal import write
    from cherish.spec.noise import Rule

    rule = Rule.of(kind, value)
    existing(workspace or context.obj).store.remove_noise(rule)
    write(screen(), f"{rule}: no rule any more", "bold")


@app.command("test-source", cls=Sectioned)
def source_for_tests(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called, such as staging or qa.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Make a source for trying things out: a write key whose events are kept and counted by no answer.

    \b
    cherish noise test-source staging
    """
    from cherish.cli.serve import need_extra
    from cherish.show.terminal import write
    from cherish.workspace import locate

    need_extra()
    from cherish.db.keys import Keys

    state = locate(workspace or context.obj).state()
    try:
        made = Keys(state).add_source(name, test=True)
    finally:
        state.close()
    write(screen(), f"write key   {made.key}", "bold")
    write(screen(), f"its events are known by the source {made.source.id}, and count in no answer", "dim")


def _told(store: Any, rule: Any) -> str:
    found = [each for each in store.noise_counts() if each.why == str(rule)]
    customers, events = sum(each.customers for each in found), sum(each.events for each in found)
    if rule.kind == "source":
        return f"{events:,} events of {customers:,} customers are left out"
    return f"{customers:,} {'customer is' if customers == 1 else 'customers are'} left out"


def _show(rules: Any, counts: Any) -> None:
    from cherish.show.layout import Column
    from cherish.show.terminal import table, write

    console = screen()
    if not rules and not counts:
        write(console, "Everybody counts. Leave somebody out with: cherish noise add email-domain ourshop.com")
        return
    by = {str(each.rule): each.by for each in rules}
    counted = {each.why: each for each in counts}
    names = list(dict.fromkeys([*by, *counted]))
    cells = [(name, by.get(name, "by itself"), *_numbers(counted.get(name))) for name in names]
    titles = (("left out", False), ("given by", False), ("customers", True), ("events alone", True))
    columns = zip(*cells, strict=True)
    table(
        tuple(Column(title, tuple(column), number) for (title, number), column in zip(titles, columns, strict=True)),
        console,
    )


def _numbers(found: Any) -> tuple[str, str]:
    if found is None:
        return "", ""
    return f"{found.customers:,}", "" if found.whole else f"{found.events:,}"
