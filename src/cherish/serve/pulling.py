"""`cherish pull` beside a running server: the server holds the log, so it fetches the rows itself."""

from __future__ import annotations

from typing import Any

import msgspec

from cherish.serve.commands import Asked, Command


def pull_for_owner(asked: Asked) -> object:
    """Load the rows of a query into the log that is held here; events that come in meanwhile are loaded between."""
    # Loaded when somebody pulls: a server that is only sent to has no use for it.
    from cherish.collect.pull import pull

    given: dict[str, Any] = dict(asked.given)

    def progress(now: Any) -> None:
        asked.tell(msgspec.to_builtins(now))

    given |= {"rejects_dir": asked.parts.workspace.rejects, "progress": progress, "turns": True}
    return pull(asked.writing(), given.pop("address"), given.pop("query"), **given).told()


COMMANDS: dict[str, Command] = {"pull": pull_for_owner}
