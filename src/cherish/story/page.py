"""The story as one HTML file: no request, no script that runs, charts as SVG, every number marked with its figure."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

from cherish import documents
from cherish.result import Result
from cherish.story.pictures import canvas
from cherish.story.scene import Locked, Scene, Story, Table
from cherish.story.sentence import Part, Sentence

NAME = "story.html"
LIMIT = 1_500_000
"""Bytes: what may be sent by mail and opened on a phone."""


@dataclass(frozen=True)
class Counted:
    """How one question was answered, as texts: what is folded under a panel."""

    name: str
    line: str
    formula: str
    source: str
    convention: str
    command: str
    moment: str
    rows: str
    fingerprint: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Panel:
    """One scene on the page."""

    place: int
    key: str
    topic: str
    title: Sentence
    more: Sentence | None
    wide: str
    narrow: str
    label: str
    table: Table | None
    counted: tuple[Counted, ...]


@dataclass(frozen=True)
class Halves:
    """The picture under the title: which share of the customers brings half of the money."""

    share: float
    few: Part


@dataclass(frozen=True)
class Page:
    """The data half of the page: everything that the template shows."""

    story: Story
    halves: Halves | None
    panels: tuple[Panel, ...]
    locked: tuple[Locked, ...]
    opening: Counted
    figures: str
    count: int
    file: str
    version: str


def page(story: Story, note: Callable[[str], None] = lambda what: None, file: str = NAME) -> Page:
    """The page of a story; `note` is told which picture is being drawn, `file` is what the page is called."""
    panels = []
    for place, scene in enumerate(story.told, 1):
        note(f"drawing: {scene.topic.lower().rstrip('?')}")
        panels.append(_panel(place, scene))
    locked = tuple(each for each in story.scenes if isinstance(each, Locked))
    figures = documents.block(story.figures)
    return Page(
        story, _halves(story), tuple(panels), locked, counted(story.overview), figures, len(story.figures), file,
        _version(),
    )  # fmt: skip


def html(story: Story, note: Callable[[str], None] = lambda what: None, file: str = NAME) -> str:
    """The whole file as text."""
    import jinja2

    templates = files("cherish.story") / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (templates / name).read_text("utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(page=page(story, note, file))


def write(story: Story, path: Path, note: Callable[[str], None] = lambda what: None) -> int:
    """Write the file whole or not at all; returns its size in bytes."""
    text = html(story, note, path.name).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(text)
    os.replace(beside, path)
    return len(text)


def _panel(place: int, scene: Scene) -> Panel:
    picture = scene.picture
    return Panel(
        place=place,
        key=scene.key,
        topic=scene.topic,
        title=scene.title,
        more=scene.more,
        wide=_drawn(scene, "wide", canvas.WIDE),
        narrow=_drawn(scene, "narrow", canvas.NARROW),
        label="" if picture is None else picture.label,
        table=None if picture is None else picture.table,
        counted=tuple(counted(result) for result in scene.results),
    )


def _drawn(scene: Scene, name: str, width: int) -> str:
    return "" if scene.picture is None else canvas.svg(scene.picture.draw(width), f"{scene.key}-{name}")


def counted(result: Result) -> Counted:
    """What stands in the fold about one answer."""
    rows = ", ".join(f"{number:,} {name}" for name, number in result.rows.items() if number)
    return Counted(
        name=result.name,
        line=result.about.get("line", ""),
        formula=result.about.get("formula", ""),
        source=result.about.get("source", ""),
        convention=result.convention,
        command=result.query.command(),
        moment=f"{result.query.as_of} ({result.zone})",
        rows=rows,
        fingerprint=result.fingerprint,
        notes=result.notes,
    )


def _halves(story: Story) -> Halves | None:
    scene = next((each for each in story.told if each.key == "money"), None)
    if scene is None:
        return None
    found: dict[str, Any] = dict(scene.results[0].headline)
    if not found.get("half_customers") or found["half_customers"] >= found["buyers"]:
        return None
    few = next((each for each in story.title.figures if str(each.selector) == "half_customers"), None)
    return None if few is None else Halves(float(found["half_share"]), Part(few.text, few))


def _version() -> str:
    try:
        return version("cherish")
    except PackageNotFoundError:
        return "development"
