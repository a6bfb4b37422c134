"""Our own script for pages, at most 3 KB as it is served: page views, referrer, campaign, sessions, consent."""

from __future__ import annotations

import gzip
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from litestar import Request, Response, get

from cherish.serve.edge import OPEN

HEADERS = {"Cache-Control": "public, max-age=3600", "Vary": "Accept-Encoding, Origin"}


@cache
def script() -> bytes:
    """The script without its comments and indentation."""
    text = files("cherish.serve").joinpath("snippet.js").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")).encode()


@cache
def packed() -> bytes:
    """The script as browsers get it."""
    return gzip.compress(script(), 9, mtime=0)


@cache
def tag() -> str:
    """What the script's content is known by to a browser that has it."""
    return f'"{sha256(script()).hexdigest()[:16]}"'


@get("/c.js", tags=["settings"], summary="Cherish's own script for pages", opt=OPEN, sync_to_thread=False)
def snippet(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The script; a browser that has it is told so."""
    headers = {**HEADERS, "ETag": tag()}
    if request.headers.get("if-none-match") == tag():
        return Response(b"", status_code=HTTPStatus.NOT_MODIFIED, media_type="text/javascript", headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(script(), media_type="text/javascript", headers=headers)
    return Response(packed(), media_type="text/javascript", headers={**headers, "Content-Encoding": "gzip"})


ROUTES = (snippet,)
