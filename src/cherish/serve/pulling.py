"""`cherish pull` beside a running server: the server holds the log, so it fetches the rows itself."""

from __future__ import annotations

from typing import Any

import msgspec

from cherish.serve.commands import Asked, Command


def pull_for_owner(asked: Asked) -> object:
    """Load the rows of a query into the log that is held here; events that come in meanwhile wait in the journal."""
    # Loaded when somebody pulls: a server that is only sent to has no use for it.
    from cherish.collect.pull import pull

    given: dict[str, Any] = dict(asked.given)

    def progress(now: Any) -> None:
        asked.tell(msgspec.to_builtins(now))

    rejects = asked.parts.workspace.rejects
    store = asked.writing()
    return pull(store, given.pop("address"), given.pop("query"), rejects_dir=rejects, progress=progress, **given).told()


COMMANDS: dict[str, Command] = {"pull": pull_for_owner}
