"""The tables of planted numbers as Markdown, from the code: `docs/explanation/simulated-company.md` holds them."""

from dataclasses import fields
from inspect import getdoc

from .effects import Effects
from .parameters import PARAMETERS
from .planted import Declared, table


def markdown() -> str:
    """Write all effects and all fixed numbers as Markdown tables."""
    parts = ["### Effects: `Effects`", rows(Effects())]
    for each in fields(PARAMETERS):
        family: Declared = getattr(PARAMETERS, each.name)
        parts += [f"### {type(family).__name__}: `PARAMETERS.{each.name}`", getdoc(family) or "", rows(family)]
    return "\n\n".join(parts)


def rows(owner: Declared) -> str:
    """Write one table."""
    lines = ["| name | default | meaning |", "|---|---|---|"]
    lines += [f"| `{name}` | {value} | {meaning} |" for name, value, meaning in table(owner)]
    return "\n".join(lines)
