"""A verb that asks one definition: its options are the definition's own, loaded when somebody asks."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from cherish.cli._ask import Act, command
from cherish.spec.registry import find


def verb(kind: str, name: str, act: Act, examples: tuple[str, ...], following: str) -> type[TyperCommand]:
    """The command's class: `examples` are command lines, `following` the line on where to go next."""
    epilog = "\n".join(["\b", "Examples:", *(f"  {line}" for line in examples), "", "\b", following])

    class Asks(TyperCommand):
        """Loads the definition for whoever calls or reads about it, and for nobody who lists the verbs."""

        def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
            return self._made().make_context(info_name, args, parent, **extra)

        def get_help(self, ctx: Any) -> str:
            help: str = self._made().get_help(ctx)
            return help

        def _made(self) -> Any:
            made = command(kind, find(kind, name), act)
            made.name, made.epilog = self.name, epilog
            return made

    return Asks
