"""What to say of an error that nobody foresaw: where it happened, and nothing of people's data."""

from __future__ import annotations

import os
import platform
import traceback
from importlib.metadata import version
from pathlib import Path


def report(error: Exception) -> str:
    """A text to be reported: versions and the places in our code; the error's own words may hold data and stay out."""
    if os.environ.get("CHERISH_DEBUG"):
        return "".join(traceback.format_exception(error))
    places = [
        f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
        if "cherish" in Path(frame.filename).parts or "/cherish/" in frame.filename
    ]
    lines = [
        f"cherish: this is a mistake of ours ({type(error).__name__}), not of yours. Please report these lines:",
        f"  cherish {version('cherish')}, Python {platform.python_version()}, {platform.system()}",
        *places[-6:],
        "They hold nothing of your data. CHERISH_DEBUG=1 shows the whole error, which may.",
    ]
    return "\n".join(lines)
