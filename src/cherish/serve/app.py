"""The application: every module of this room that has ROUTES, errors as JSON, the edge around it."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.types import ControllerRouterHandler

from cherish.serve.edge import Doors, Edge, straight
from cherish.serve.openapi import config
from cherish.serve.parts import Parts
from cherish.serve.refusal import HANDLERS

COLLECTS = ("client_settings", "events", "health", "snippet")
"""The modules of a process that only collects: it has no log, and never loads what reads one."""


def routes(*, only_collects: bool = False) -> list[ControllerRouterHandler]:
    """The routes of every module that lies in this room: a new one is found by its place.

    Args:
        only_collects: those that clients send to, and health; whoever reads or logs in asks the server.
    """
    found = (each.name for each in pkgutil.iter_modules([str(Path(__file__).parent)]))
    modules = (import_module(f"cherish.serve.{name}") for name in found if name in COLLECTS or not only_collects)
    return [route for module in modules for route in getattr(module, "ROUTES", ())]


def app(parts: Parts) -> Litestar:
    """The server's application for a workspace that was opened."""
    found = Litestar(
        # By a router: where Litestar (2.25) itself is given two handlers of one path, one after the other, it wraps the
        # first one for its thread twice, and that then answers with a coroutine.
        route_handlers=[Router("/", route_handlers=routes(only_collects=parts.only_collects))],
        state=State({"parts": parts}),
        exception_handlers=HANDLERS,
        openapi_config=config(version("cherish")),
        logging_config=None,
    )
    found.asgi_handler = Edge(found.asgi_handler, parts.counters, Doors.of(found.routes), straight(found.routes))
    return found
