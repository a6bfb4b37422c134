"""Servers that may be killed, each on a workspace of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from serve.conftest import Serving, free_port

SERVER = Path(__file__).with_name("server.py")

Start = Callable[..., Serving]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Start]:
    """Starts a server that loads; options as `free=0`, and on which folder."""
    running: list[Serving] = []

    def start(folder: Path | None = None, **options: object) -> Serving:
        place, port = folder or tmp_path / "workspace", free_port()
        given = [f"{name}={value}" for name, value in options.items()]
        serving = Serving([sys.executable, str(SERVER), str(place), str(port), *given], port, place)
        place.parent.mkdir(parents=True, exist_ok=True)
        serving.start()
        running.append(serving)
        serving.welcomed()
        return serving

    yield start
    for each in running:
        each.stop()


def without(serving: Serving, option: str) -> None:
    """Let the next start of a server do without an option."""
    serving.command = [word for word in serving.command if not word.startswith(f"{option}=")]
