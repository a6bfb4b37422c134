"""Packages that only extras bring are hidden where `CHERISH_WITHOUT` names them: what the base install promises."""

from __future__ import annotations

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
