"""The verbs put together: a verb is found by its file, and loaded when it is asked for."""

from __future__ import annotations

import pkgutil
import shutil
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from cherish.errors import QuestionError

PANELS = ("Begin", "Bring data in", "Ask", "Prove", "Trust")
"""The order in which `cherish --help` shows the verbs; a verb's file names its panel and its place there."""

WIDTH = 100
"""The widest line of help."""

HELP = """Cherish, the auditor of customer engagement: from a file of events to answers that can be checked."""

FIRST_STEPS = """\b
First steps:
  cherish demo                        a grocery year, measured
  cherish look orders.csv             the same story from a file of yours
  cherish import orders.csv           keep the events in ./cherish-workspace
  cherish report retention            and ask
  cherish report retention --help     what can be chosen, and what it means
"""


def new_app(**settings: Any) -> typer.Typer:
    """A Typer application in the house's manner."""
    context = {"terminal_width": _width(), "help_option_names": ["--help", "-h"]}
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=context,
        **settings,
    )


def _width() -> int:
    return min(shutil.get_terminal_size((WIDTH, 24)).columns, WIDTH)


@lru_cache(maxsize=1)
def verbs() -> dict[str, str]:
    """Every verb and its module; `import_.py` holds `import`."""
    folder = str(Path(__file__).parent)
    found = (each.name for each in pkgutil.iter_modules([folder]) if not each.name.startswith("_"))
    return {name.rstrip("_"): f"cherish.cli.{name}" for name in found}


class Verbs(TyperGroup):
    """The group of all verbs, shown by panel."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The verbs in the order of their panels."""
        loaded = {name: import_module(module) for name, module in verbs().items()}
        shown = [name for name, module in loaded.items() if module.PANEL in PANELS]
        return sorted(shown, key=lambda name: (PANELS.index(loaded[name].PANEL), loaded[name].PLACE, name))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The verb's command; an unknown one is refused with the nearest names."""
        if cmd_name not in verbs():
            near = get_close_matches(cmd_name, verbs(), n=2, cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else "see: cherish --help"
            raise QuestionError(f"no command is called {cmd_name!r}; {hint}")
        command = typer.main.get_command(import_module(verbs()[cmd_name]).app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The verbs, one section a panel."""
        names = self.list_commands(ctx)
        for panel in PANELS:
            here = [name for name in names if panel == import_module(verbs()[name]).PANEL]
            if here:
                width = formatter.width - 6 - max(len(name) for name in names)
                with formatter.section(panel):
                    formatter.write_dl([(name, self.get_command(ctx, name).get_short_help_str(width)) for name in here])


class Sectioned(TyperCommand):
    """A command whose options are shown in sections: what is asked, of which data, where the answer goes."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The options by their panel, in the order in which the panels come."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if parameter.param_type_name == "argument":
                sections.setdefault("Arguments", []).append(
                    (parameter.metavar or "", getattr(parameter, "help", "") or "")
                )
            elif record is not None:
                sections.setdefault(getattr(parameter, "rich_help_panel", None) or "Options", []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


def command() -> Any:
    """The whole command line."""
    app = new_app(cls=Verbs, help=HELP, epilog=FIRST_STEPS, no_args_is_help=True)

    @app.callback()
    def root(
        show_version: bool = typer.Option(False, "--version", help="Print the version and leave.", is_eager=True),
    ) -> None:
        if show_version:
            from importlib.metadata import version

            typer.echo(f"cherish {version('cherish')}")
            raise typer.Exit

    return typer.main.get_command(app)
