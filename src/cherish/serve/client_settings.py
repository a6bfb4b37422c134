"""The settings documents that browser clients fetch before they send anything; a 404 there silences them."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import File

from cherish.errors import QuestionError
from cherish.serve import writekeys
from cherish.serve.edge import OPEN
from cherish.serve.openapi import PROBLEMS
from cherish.serve.parts import parts_of
from cherish.serve.refusal import Json, Refused

CACHED = {"Cache-Control": "public, max-age=300", "Vary": "Host, Origin, X-Forwarded-Proto"}
HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
BUNDLES = "bundles"
"""The folder of the workspace that the operator's own copies of the vendors' browser bundles lie in."""


def origin(url: str) -> str:
    """A public URL as protocol and host, which is all that clients keep of it.

    Raises:
        QuestionError: it is another thing, or has a path.
    """
    protocol, _, rest = url.partition("://")
    host = rest.removesuffix("/")
    if protocol not in ("http", "https") or not HOST.fullmatch(host):
        raise QuestionError("--public-url: write http:// or https:// and a host, such as https://events.example.com")
    return f"{protocol}://{host}"


def public_address(request: Request[Any, Any, Any]) -> tuple[str, str]:
    """Protocol and host by which the world reaches this server.

    Raises:
        Refused: neither a setting nor the request says it.
    """
    if url := parts_of(request).public_url:
        found = urlsplit(url)
        return found.scheme, found.netloc
    host = request.headers.get("host", "")
    if not HOST.fullmatch(host):
        raise Refused(HTTPStatus.BAD_REQUEST, "no_host", "the Host header holds no name of a host")
    forwarded = request.headers.get("x-forwarded-proto", "").lower()
    return forwarded if forwarded in ("http", "https") else request.scope["scheme"], host


@get(
    "/v1/projects/{key:str}/settings", tags=["settings"], summary="What analytics.js reads before it sends",
    responses={401: PROBLEMS[401]}, sync_to_thread=False, opt=OPEN,
)  # fmt: skip
def segment_settings(request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Json]:
    """The settings document of Segment's browser client; it steers the client to this server."""
    _known(request, key)
    protocol, host = public_address(request)
    destination = {"apiKey": key, "apiHost": f"{host}/v1", "protocol": protocol}
    document: Json = {
        "integrations": {"Segment.io": destination},
        "plan": {"track": {"__default": {"enabled": True}}},
        "metrics": {"sampleRate": 0},
        "edgeFunction": {},
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }
    return Response(document, headers=CACHED)


@get(
    "/sourceConfig", tags=["settings"], summary="What RudderStack's client reads before it sends",
    responses={401: PROBLEMS[401]}, sync_to_thread=False, opt=OPEN,
)  # fmt: skip
def rudderstack_settings(request: Request[Any, Any, Any]) -> Response[Json]:
    """The source's configuration as RudderStack's browser client asks for it: enabled, with no destinations."""
    key = writekeys.outside(request.headers) or writekeys.behind(request.scope["query_string"], request.headers)
    source = _known(request, key or "")
    document: Json = {"source": {"id": source, "enabled": True, "config": {}, "destinations": []}}
    return Response(document, headers=CACHED)


@get("/p.js", tags=["settings"], summary="Jitsu's bundle, the operator's copy", sync_to_thread=False, opt=OPEN)
def jitsu_bundle(request: Request[Any, Any, Any]) -> File:
    """The file `bundles/p.js` of the workspace, if it was put there."""
    return _bundle(request, "p.js")


@get(
    "/analytics.js/v1/{key:str}/analytics.min.js", tags=["settings"], summary="Segment's bundle, the operator's copy",
    sync_to_thread=False, opt=OPEN,
)  # fmt: skip
def segment_bundle(request: Request[Any, Any, Any], key: FromPath[str]) -> File:
    """The file `bundles/analytics.min.js` of the workspace, if it was put there."""
    return _bundle(request, "analytics.min.js")


def _known(request: Request[Any, Any, Any], key: str) -> str:
    source = parts_of(request).keys.source_of(key)
    if source is None:
        raise Refused(HTTPStatus.UNAUTHORIZED, "unknown_key", "no source has this write key")
    return source.id


def _bundle(request: Request[Any, Any, Any], name: str) -> File:
    file: Path = parts_of(request).workspace.folder / BUNDLES / name
    if not file.is_file():
        message = f"the operator can put a copy of this script into the workspace as {BUNDLES}/{name}"
        raise Refused(HTTPStatus.NOT_FOUND, "no_bundle", message)
    return File(file, media_type="text/javascript", content_disposition_type="inline", headers=CACHED)


ROUTES = (segment_settings, rudderstack_settings, jitsu_bundle, segment_bundle)
