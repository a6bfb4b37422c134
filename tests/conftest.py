"""Packages that only extras bring are hidden where `CHERISH_WITHOUT` names them: what the base install promises."""

from __future__ import annotations

import gc
import os
import sys
from importlib.abc import MetaPathFinder

HIDDEN = tuple(filter(None, os.environ.get("CHERISH_WITHOUT", "").split(",")))


class Hidden(MetaPathFinder):
    """Finds nothing, and lets nobody else look, for the hidden packages."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


if HIDDEN:
    sys.meta_path.insert(0, Hidden())


def pytest_configure() -> None:
    """Look for garbage after every 50,000 new objects, and not after every 700.

    Statements are trees of many small objects, nearly all of which die young: the searches cost a tenth of the time.
    """
    gc.set_threshold(50_000, 20, 50)
