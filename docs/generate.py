"""Write the pages that come from the code: the reference and the map. `make docs`; `--check` only compares."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cherish.cli._reference import pages
from cherish.spec.registry import find

DOCS = Path(__file__).parent
SOURCE = DOCS.parent / "src" / "cherish"
HEAD = """# Map

Every module in a line, from what people touch down to what an event is. A module imports only what stands below it
(`.importlinter` holds the order). Written by `make docs` from the modules' own first lines.
"""
DEFINITIONS = """<!-- Made by `make docs` from src/cherish/definitions.toml; change that file, not this page. -->

# What people call engagement

Everybody who wrote about customer engagement meant something by it. Each row is one such definition, what it becomes
when it has to be counted, what of Cherish answers for it, which test holds it to print or to a second implementation,
and where it is described. One suite asks all of it on DuckDB, ClickHouse, Postgres and Spark and compares the numbers.
What is left for later parts is named.

| definition | operational form | what answers | test | page |
|---|---|---|---|---|
"""
ROOMS = (
    ("cli", "what people type"),
    ("demo", "a grocery year, and a company whose truth is known"),
    ("story", "the six sentences and their page"),
    ("", "the front doors, and what they share"),
    ("answer", "one question in, one result out"),
    ("serve", "the server: events in, customers out"),
    ("customers", "one view of each customer"),
    ("show", "results as terminal tables, pages and files"),
    ("collect", "files in"),
    ("load", "from the journal into the log, exactly once"),
    ("db", "operational state: keys, accounts, the journal, what was refused"),
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


def definitions_page() -> str:
    """`docs/reference/definitions.md` as it should be: what the field calls engagement, and what answers for it."""
    found = tomllib.loads((SOURCE / "definitions.toml").read_text(encoding="utf-8"))["definition"]
    rows = [_row(each) for each in found]
    return DEFINITIONS + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    asked, places = [], []
    for kind in ("measure", "report"):
        for name in each.get(f"{kind}s", ()):
            find(kind, name)
            asked.append(f"{kind} `{name}`")
            places.append(f"[{name}]({kind}s.md#{name})")
    for test in each.get("tests", ()):
        if not (DOCS.parent / "tests" / test).exists():
            raise FileNotFoundError(f"definitions.toml: {each['who']}: there is no tests/{test}")
    tests = [f"[{Path(test).stem}](../../tests/{test})" for test in each.get("tests", ())]
    later = [f"*later: {each['later']}*"] if "later" in each else []
    parts = (asked + later, tests, places)
    return (each["who"], each["form"], *(", ".join(part) or "-" for part in parts))


def written() -> dict[Path, str]:
    """Every generated page: where it lies and what it should say."""
    reference = {**pages(), "definitions.md": definitions_page()}
    return {DOCS / "reference" / name: text for name, text in reference.items()} | {DOCS / "map.md": map_page()}


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
