"""The reference pages, written from the definitions and the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from cherish import settings
from cherish.cards import default_text, is_laid_out, question
from cherish.cli._app import WIDTH, Verbs, command
from cherish.instruments import registry as instruments
from cherish.instruments.card import facts, items
from cherish.instruments.instrument import Instrument
from cherish.spec import standards
from cherish.spec.definition import Definition
from cherish.spec.registry import find, names

MADE = "<!-- Made by `make docs`; change the definitions, not this page. -->"
INTRODUCTION = {
    "measure": """# Measures

One number for every customer at a moment. The value of any group is sum(y) / sum(x) of its customers.
Ask with `cherish measure NAME` or `log.measure("NAME")`. Every measure also takes `--where`, `--by`, `--as-of`,
`--population`, `--over`, `--since` and `--limit`.""",
    "instrument": """# Instruments

Survey forms: what is asked, how it is scored, and under which terms. One instrument is one TOML file; your own lies in
the workspace's folder `instruments` and replaces a shipped one of the same name. A shell has the structure of a form
whose wording must be licensed. See [how to ask customers](../how-to/surveys.md).""",
    "report": """# Reports

Tables about a population, each with its convention: the choices that make two honest answers differ.
Ask with `cherish report NAME` or `log.report("NAME")`. Every report also takes `--where`, `--as-of`,
`--population` and `--limit`.""",
}
EVENTS = """# Standard events

Events that exports of other tools become, and that acting on customers writes. What the company does is never a
customer's activity. Names that begin with `$` are reserved: only Cherish itself sends them. The orders and the browsing
of Segment's ecommerce spec keep their names; these are the others.

The property `channel` is one of {channels}; it goes without saying where the name says it. A contact is decided as
{outcomes}, and skipped for one reason: {skips}.
"""
COLUMNS = """| event | who acts | channel | what it says | required properties |
|---|---|---|---|---|
"""
SETTINGS = """## Settings

From the environment, or from `cherish.toml` in the current folder.

| setting | variable | what it says |
|---|---|---|
"""
DEPTH = 2
"""How deep commands are described: verbs and their own sub-commands, not every definition (they have their pages)."""


def pages() -> dict[str, str]:
    """Every reference page by its file name."""
    return {
        "measures.md": _definitions("measure"),
        "reports.md": _definitions("report"),
        "instruments.md": _instruments(),
        "cli.md": _commands(),
        "events.md": _events(),
    }


def _events() -> str:
    listed = [f"\n## {family[0].upper()}{family[1:]}\n\n{COLUMNS}" + "".join(map(_event, found))
              for family, found in standards.families().items()]  # fmt: skip
    about = EVENTS.format(
        channels=_listed(standards.CHANNELS), outcomes=_listed(standards.OUTCOMES), skips=_listed(standards.SKIPS)
    )
    return f"{MADE}\n\n{about}" + "".join(listed)


def _event(each: standards.Standard) -> str:
    also = f" (also: {', '.join(each.also)})" if each.also else ""
    required = _listed(each.required) or "-"
    return f"| {each.name}{also} | {each.actor} | {each.channel or '-'} | {each.about} | {required} |\n"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _instruments() -> str:
    found = [instruments.find(name) for name in instruments.names()]
    listed = "\n".join(f"- [{each.name}](#{each.name}): {each.form.title}" for each in found)
    parts = [MADE, INTRODUCTION["instrument"], listed, *("\n".join(_instrument(each)) for each in found)]
    return "\n\n".join(parts) + "\n"


def _instrument(each: Instrument) -> Iterator[str]:
    yield f"## {each.name}\n"
    yield f"*{each.form.title}*\n"
    yield f"{each.form.about}\n"
    yield from (f"- {title}: {text}" for title, text in facts(each).items() if text)
    yield "\n| item | | text |\n|---|---|---|"
    yield from (f"| `{name}` | {remarks} | {_cell(text) or 'yours'} |" for name, remarks, text in items(each))
    yield f"\n```\ncherish report survey --instrument {each.name}\n```"


def _definitions(kind: str) -> str:
    found = [find(kind, name) for name in names(kind)]
    listed = "\n".join(f"- [{each.name}](#{each.name}): {question(each)}" for each in found)
    parts = [MADE, INTRODUCTION[kind], listed, *("\n".join(_definition(kind, each)) for each in found)]
    return "\n\n".join(parts) + "\n"


def _definition(kind: str, definition: type[Definition]) -> Iterator[str]:
    card = definition.card
    yield f"## {definition.name}\n"
    yield f"*{question(definition)}*\n"
    yield f"{_prose(inspect.getdoc(definition) or '')}\n"
    yield f"- formula: `{card.formula}`"
    yield f"- unit: {card.unit}" + (f"; {card.direction} is better" if card.direction else "")
    yield f"- source: {card.source or 'our own'}"
    yield f"- needs: {', '.join(card.needs)}; family {card.family}; version {card.version}"
    for reason, meaning in card.nulls.items():
        yield f"- no value (`{reason}`): {meaning}"
    if definition.parameters():
        yield "\n| parameter | default | what it says |\n|---|---|---|"
    for each in definition.parameters():
        choices = f" ({', '.join(f'`{choice}`' for choice in each.choices)})" if each.choices else ""
        yield f"| `{each.name}` | {_cell(default_text(each).removeprefix('default '))} | {_cell(each.help)}{choices} |"
    yield f"\n```\ncherish {kind} {definition.name}\n```"
    if card.example:
        yield f"\n```python\n{card.example}\n```"


def _prose(text: str) -> str:
    return "\n\n".join(f"```\n{each}\n```" if is_laid_out(each) else each for each in text.split("\n\n"))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _commands() -> str:
    root = command()
    parts = [MADE, "# The command line", _settings(), *_described(root, "cherish", None, 0)]
    return "\n\n".join(parts) + "\n"


def _described(each: Any, path: str, parent: Any, depth: int) -> Iterator[str]:
    with each.make_context(path.rpartition(" ")[2], [], parent=parent, resilient_parsing=True) as context:
        context.terminal_width = WIDTH
        yield f"## {path}\n\n```\n{each.get_help(context).rstrip()}\n```"
        inner = each.list_commands(context) if hasattr(each, "list_commands") and depth < DEPTH else []
        if depth and not _own(each):
            inner = []
        for name in inner:
            yield from _described(each.get_command(context, name), f"{path} {name}", context, depth + 1)


def _own(each: Any) -> bool:
    """Whether a group's sub-commands are written by hand, not made from definitions."""
    return isinstance(each, Verbs) or type(each).__module__.startswith("typer")


def _settings() -> str:
    lines = inspect.getdoc(settings.Settings).split("\n\n")[1].splitlines()  # type: ignore[union-attr]  # it has a docstring
    rows = [line.split(None, 1) for line in lines]
    return SETTINGS + "\n".join(f"| `{name}` | `CHERISH_{name.upper()}` | {_cell(text)} |" for name, text in rows)
