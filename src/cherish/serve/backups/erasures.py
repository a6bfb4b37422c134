"""Who was erased after a backup was taken, erased from what was restored of it."""

from __future__ import annotations

from cherish.store.duckdb import tombstones
from cherish.workspace import Workspace


def repeat(of: Workspace, here: Workspace) -> int:
    """Erase here whom the other workspace has erased since; how many customers went.

    Raises:
        WorkspaceError: the other log can't be read, or the two were never one.
    """
    from cherish.customers import erase as erasing

    found = tombstones.of(of.store())
    if found is None or not here.exists:
        return 0
    keys = here.store().bar(found)
    if keys:
        with erasing.here(here) as place:
            for key in keys:
                erasing.erase(place, key.key)
            place.store.rewrite()
    return len(keys)
