"""One journey asked of a log on disk, by Cherish: `python -m bench.asked QUESTION LOG FOLDER`; prints JSON."""

from __future__ import annotations

import importlib
import json
import sys

import cherish
from bench.words import WORDS


def main(question: str, log: str, folder: str) -> None:
    """Open the log, ask, print the rows."""
    module = importlib.import_module(f"bench.{question}")
    journey = getattr(module, "JOURNEY", None) or module.POSITIONS
    asked = journey.ours(cherish.open(folder), WORDS[log])
    print(json.dumps(journey.plain(asked), default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
