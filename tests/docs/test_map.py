"""The map lists every room and every module, and says what the modules say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def generator() -> Any:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_map_is_up_to_date() -> None:
    assert (ROOT / "docs" / "map.md").read_text() == generator().map_page(), "docs/map.md is out of date: make docs"


def test_every_room_is_on_the_map() -> None:
    rooms = {file.name for file in (ROOT / "src" / "cherish").iterdir() if file.is_dir() and any(file.glob("*.py"))}
    assert rooms == {room for room, _ in generator().ROOMS if room}


def test_every_generated_page_is_up_to_date() -> None:
    # Names that the catalogue lacks and tests that are not there stop the making of the page itself.
    for file, text in generator().written().items():
        assert file.read_text(encoding="utf-8") == text, f"{file.name} is out of date: make docs"


def test_the_table_of_definitions_leaves_no_definition_of_the_catalogue_out() -> None:
    from cherish.cards import catalogue

    page = (ROOT / "docs" / "reference" / "definitions.md").read_text()
    named = {each.name for each in catalogue() if f"{each.kind} `{each.name}`" in page}
    helpers = {"overview", "segments", "trends"}
    assert {each.name for each in catalogue() if each.kind != "instrument"} - named <= helpers
