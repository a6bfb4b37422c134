"""What the OpenAPI description says of bodies and errors, and the page that shows it without a network."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from litestar import Request
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import Example, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema

from cherish.serve.answers import Accepted, Problem

_TEXT = Schema(type=OpenAPIType.STRING)
_ID = Schema(one_of=[_TEXT, Schema(type=OpenAPIType.NUMBER), Schema(type=OpenAPIType.NULL)])
_OBJECT = Schema(type=OpenAPIType.OBJECT)
EVENT = Schema(
    type=OpenAPIType.OBJECT,
    description="One call of the Segment spec; userId or anonymousId is needed.",
    properties={
        "type": Schema(type=OpenAPIType.STRING, enum=["identify", "track", "page", "screen", "group", "alias"]),
        "event": _TEXT, "name": _TEXT, "userId": _ID, "anonymousId": _ID, "previousId": _ID, "groupId": _ID,
        "messageId": _ID, "timestamp": _TEXT, "sentAt": _TEXT,
        "properties": _OBJECT, "traits": _OBJECT, "context": _OBJECT, "integrations": _OBJECT,
    },
)  # fmt: skip
BATCH = Schema(
    type=OpenAPIType.OBJECT,
    required=["batch"],
    properties={
        "batch": Schema(type=OpenAPIType.ARRAY, items=EVENT),
        "sentAt": _TEXT,
        "context": _OBJECT,
        "integrations": _OBJECT,
        "writeKey": _TEXT,
    },
)
PROBLEMS = {
    400: ResponseSpec(Problem, description="Not JSON (with position), or refused under X-Strict-Mode (with reasons)"),
    401: ResponseSpec(Problem, description="No write key, or an unknown one"),
    408: ResponseSpec(Problem, description="The body came too slowly"),
    413: ResponseSpec(Problem, description="The body is too large"),
    503: ResponseSpec(Problem, description="Nothing was kept; come again after Retry-After seconds"),
}
ANSWERS = {
    200: ResponseSpec(Accepted, description="Kept durably; what could not be taken lies in quarantine")
} | PROBLEMS


def _body(schema: Schema, example: dict[str, Any]) -> RequestBody:
    media = OpenAPIMediaType(schema=schema, examples={"shortest": Example(value=example)})
    return RequestBody(content={"application/json": media}, required=True)


_TRACK = {"type": "track", "event": "Order Completed", "userId": "u1", "properties": {"revenue": 12.5}}


@dataclass
class EventOperation(Operation):
    """A path that takes one event."""

    def __post_init__(self) -> None:
        self.request_body = _body(EVENT, _TRACK)


@dataclass
class BatchOperation(Operation):
    """A path that takes many events."""

    def __post_init__(self) -> None:
        self.request_body = _body(BATCH, {"batch": [_TRACK]})


PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Cherish: what the server answers</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }}
code {{ font-family: ui-monospace, monospace; }} summary {{ cursor: pointer; padding: .3rem 0; }}
b {{ display: inline-block; min-width: 4rem; }} td {{ padding: 0 1rem .2rem 0; vertical-align: top; }}
</style><h1>What the server answers</h1><p>The same as a machine reads it: <a href="/docs/openapi.json">openapi.json</a>
{operations}</html>
"""


class Page(OpenAPIRenderPlugin):
    """The description as a page of plain HTML: it loads nothing from anywhere."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Every path and method, what it is for, and what may come back."""
        paths = openapi_schema.get("paths") or {}
        told = (
            _told(path, method, operation)
            for path, item in sorted(paths.items())
            for method, operation in item.items()
            if isinstance(operation, dict)
        )
        return PAGE.format(operations="".join(told)).encode()


def _told(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(status)}<td>{escape(each.get('description', ''))}"
        for status, each in sorted(operation.get("responses", {}).items())
    )
    about = escape(operation.get("description") or "")
    head = f"<b>{method.upper()}</b><code>{escape(path)}</code> {escape(operation.get('summary') or '')}"
    return f"<details><summary>{head}</summary><p>{about}<table>{rows}</table></details>"


def config(version: str) -> OpenAPIConfig:
    """Where the description lies, and what it is called."""
    return OpenAPIConfig(
        title="Cherish",
        version=version,
        path="/docs",
        render_plugins=[Page(path="/"), JsonRenderPlugin(path="/openapi.json")],
        use_handler_docstrings=True,
    )
