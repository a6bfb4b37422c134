"""A server that only collects, as a process of its own: `collector.py FOLDER PORT [NAME=VALUE ...]`.

Nothing is loaded, so that the journal can be read as it was written; the options make bounds small enough to be met.
"""

from __future__ import annotations

import sys
from dataclasses import fields, replace
from pathlib import Path

from cherish.serve import logs, running
from cherish.serve.opening import opened, welcome
from cherish.serve.parts import Parts
from cherish.serve.pressure import Bounds
from cherish.settings import Settings
from cherish.spec.messages import Limits
from cherish.workspace import Workspace


def configured(parts: Parts, options: dict[str, str]) -> Parts:
    limits = {each.name: int(options[each.name]) for each in fields(Limits) if each.name in options}
    seconds = float(options.get("body_seconds", parts.body_seconds))
    return replace(parts, limits=replace(parts.limits, **limits), body_seconds=seconds)


def main(folder: str, port: str, *given: str) -> None:
    options = dict(each.split("=", 1) for each in given)
    bounds = Bounds(**{each.name: int(options[each.name]) for each in fields(Bounds) if each.name in options})
    logs.begin()
    settings = Settings(database=options.get("database"))
    with opened(Workspace(Path(folder), settings), options.get("public_url"), bounds, loads=False) as parts:
        parts = configured(parts, options)
        new = welcome(parts)
        if new is not None:
            parts.keys.add_source("strict", strict=True)
            print(new.key, new.login, *(each.key for each in parts.keys.all() if each.source.strict), flush=True)
        running.CONNECTIONS = int(options.get("connections", running.CONNECTIONS))
        running.HEADER_MILLISECONDS = int(options.get("header_milliseconds", running.HEADER_MILLISECONDS))
        running.run(parts, "127.0.0.1", int(port))


if __name__ == "__main__":
    main(*sys.argv[1:])
