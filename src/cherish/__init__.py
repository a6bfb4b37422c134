"""Cherish, the auditor of customer engagement: `open` a workspace or `read` a file, then measure and report.

    import cherish

    log = cherish.open("cherish-workspace")
    log.measure("recency").headline
    log.report("retention", unit="week").to_pandas()

Nothing heavy is imported until it is needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cherish.answer import Query
    from cherish.cards import catalogue
    from cherish.errors import CherishError
    from cherish.library import Log, open, read
    from cherish.result import Result

_PLACES = {
    "CherishError": "cherish.errors",
    "Log": "cherish.library",
    "Query": "cherish.answer",
    "Result": "cherish.result",
    "catalogue": "cherish.cards",
    "open": "cherish.library",
    "read": "cherish.library",
}

__all__ = ["CherishError", "Log", "Query", "Result", "catalogue", "open", "read"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'cherish' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
