"""The reference pages are the definitions' own words, whole and up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from cherish import settings
from cherish.cli._app import verbs
from cherish.cli._reference import pages
from cherish.spec.registry import FOLDERS, find, names

FOLDER = Path(__file__).parents[2] / "docs" / "reference"


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return pages()


def test_pages_are_up_to_date(written: dict[str, str]) -> None:
    for name, text in written.items():
        assert (FOLDER / name).read_text() == text, f"{name} is out of date: make docs"


def test_every_definition_and_parameter_is_there(written: dict[str, str]) -> None:
    for kind in FOLDERS:
        page = written[f"{kind}s.md"]
        for name in names(kind):
            section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
            assert all(f"| `{each.name}` |" in section for each in find(kind, name).parameters())


def test_every_verb_and_setting_is_there(written: dict[str, str]) -> None:
    page = written["cli.md"]
    assert all(f"## cherish {name}\n" in page for name in verbs())
    assert all(f"`CHERISH_{name.upper()}`" in page for name in settings.names())
