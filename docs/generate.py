"""Write the pages that come from the code: the reference and the map. `make docs`; `--check` only compares."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from cherish.cli._reference import pages

DOCS = Path(__file__).parent
SOURCE = DOCS.parent / "src" / "cherish"
HEAD = """# Map

Every module in a line, from what people touch down to what an event is. A module imports only what stands below it
(`.importlinter` holds the order). Written by `make docs` from the modules' own first lines.
"""
ROOMS = (
    ("cli", "what people type"),
    ("demo", "a grocery year, and a company whose truth is known"),
    ("story", "the six sentences and their page"),
    ("", "the front doors, and what they share"),
    ("answer", "one question in, one result out"),
    ("show", "results as terminal tables, pages and files"),
    ("collect", "files in"),
    ("store", "the log; the only room that opens an engine"),
    ("audiences", "who exactly: a rule as a value, and whom it holds for"),
    ("reports", "views of a population"),
    ("measures", "two numbers per customer at a moment"),
    ("proof", "models and estimates, and how sure they are"),
    ("instruments", "survey forms, one file each, and how they are scored"),
    ("points", "the engine that answers measures"),
    ("statistics", "intervals, inequality, ranking and survival from counts"),
    ("privacy", "which figures rest on few customers, and what sharing hides"),
    ("spec", "what an event, a day, money and a definition are"),
)


def map_page() -> str:
    """`docs/map.md` as it should be."""
    return HEAD + "".join(f"\n## {_path(room)}: {about}\n\n" + "\n".join(_lines(room)) + "\n" for room, about in ROOMS)


def _path(room: str) -> str:
    return f"src/cherish/{room}/" if room else "src/cherish/"


def _lines(room: str) -> Iterator[str]:
    folder = SOURCE / room
    for file in sorted(folder.rglob("*.py") if room else folder.glob("*.py")):
        text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        yield f"* `{file.relative_to(folder)}` {text.splitlines()[0]}"


def written() -> dict[Path, str]:
    """Every generated page: where it lies and what it should say."""
    return {DOCS / "reference" / name: text for name, text in pages().items()} | {DOCS / "map.md": map_page()}


def main(check: bool) -> int:
    """Write the pages that are out of date, or name them; exit code 1 where `check` found one."""
    stale = {
        file: text for file, text in written().items() if not file.exists() or file.read_text(encoding="utf-8") != text
    }
    for file, text in stale.items():
        if not check:
            file.write_text(text, encoding="utf-8")
    print(f"{'out of date' if check else 'written'}: {', '.join(file.name for file in stale) or 'none'}")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
