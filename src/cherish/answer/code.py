"""Which code answered: the release, and a digest of every file that a figure depends on."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

SCIENCE = (
    "spec", "statistics", "points", "proof", "instruments", "measures", "reports", "audiences", "answer",
)  # fmt: skip
"""The folders whose code makes figures; the rest only stores and shows them."""


@lru_cache(maxsize=1)
def code_version() -> str:
    """Release and digest, such as `0.1.0+3f9a2c81`; the digest changes when a line of the science code does."""
    try:
        release = version("cherish")
    except PackageNotFoundError:
        release = "0"
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.md5(usedforsecurity=False)
    for folder in SCIENCE:
        for file in sorted((root / folder).rglob("*.py")):
            digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return f"{release}+{digest.hexdigest()[:8]}"
