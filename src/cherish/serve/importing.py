"""`cherish import` beside a running server: the server holds the log and reads the files, in turns with its loads."""

from __future__ import annotations

from typing import Any

import msgspec

from cherish.serve.commands import Asked, Command


def import_for_owner(asked: Asked) -> object:
    """Import files into the log that is held here; events that come in meanwhile are loaded between its parts."""
    # Loaded when somebody imports: a server that is only sent to has no use for it.
    from cherish.collect import beside

    def progress(now: Any) -> None:
        asked.tell(msgspec.to_builtins(now))

    return beside.do(asked.writing(), asked.given, asked.parts.workspace.rejects, progress)


COMMANDS: dict[str, Command] = {"import": import_for_owner}
