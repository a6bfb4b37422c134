"""The server process: Granian in this process, the loader beside it, an orderly end on SIGTERM and SIGINT."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from cherish.errors import QuestionError
from cherish.serve.app import app
from cherish.serve.parts import Parts
from cherish.serve.wakeful import Loop

log = logging.getLogger("cherish.serve")

DRAIN_SECONDS = 20.0
"""How long a stopping server goes on loading what waits; the rest stays in the journal for the next start."""

BACKLOG = 2048
"""Connections that the system holds until they are taken."""

CONNECTIONS = 8192
"""Connections at one time; whoever comes then waits until another ends."""

SPARE = 512
"""Files that are not connections: the journal, the log and its temporary files, sockets of commands."""

TURN_SECONDS = 0.001
"""For how long one thread of Python may go on while another waits. The threads that read connections and that write the
journal wait for the event loop's; with Python's own 5 milliseconds each answer waited for several such turns."""

HEADER_MILLISECONDS = 15_000
"""How long a connection may be silent, before its first request, between two, or inside the head of one; longer than
the 10 seconds after which clients send what they gathered."""


def run(parts: Parts, host: str, port: int, begun: Callable[[], None] = lambda: None) -> None:
    """Serve until a signal asks to stop: requests in flight are answered, then the journal is loaded.

    Raises:
        QuestionError: the address can't be listened at.
    """
    check_address(host, port)
    sys.setswitchinterval(TURN_SECONDS)
    parts.loading.start()
    try:
        with _offered(parts), _nightly(parts), asyncio.Runner(loop_factory=Loop) as runner:
            runner.run(_served(parts, host, port, begun))
    finally:
        began = time.monotonic()
        left = parts.loading.finish(DRAIN_SECONDS)
        fields = {"seconds": round(time.monotonic() - began, 3), "events_in_journal": left}
        log.info("stopped", extra={"fields": fields})


def _offered(parts: Parts) -> AbstractContextManager[None]:
    """The log, for commands; who only collects does not hold it, and does not even load what reads it."""
    if not parts.loading.loads:
        return nullcontext()
    from cherish.serve.listening import offered

    return offered(parts)


def _nightly(parts: Parts) -> AbstractContextManager[None]:
    """What goes by itself at night; whoever only collects has nothing to let go."""
    if not parts.loading.loads:
        return nullcontext()
    from cherish.serve.privacy import nightly

    return nightly(parts)


async def _served(parts: Parts, host: str, port: int, begun: Callable[[], None]) -> None:
    # HTTP/1 alone: to find out which of two versions is spoken, Granian (2.8) waits for the first bytes without an end,
    # and as many silent connections as it takes would keep everybody else out.
    # `embed` and not Granian's own runner: that one forks workers, and a second process can't share the log's file.
    server = Server(
        app(parts),
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        backpressure=connections(),
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, _stop, server, parts, each)
    # What was built until now stays for the server's life. Looked through for rubbish again and again, it would make
    # answers wait each time.
    gc.collect()
    gc.freeze()
    server.on_startup(lambda: loop.call_soon(begun))
    try:
        await server.serve()
    finally:
        gc.unfreeze()


def connections() -> int:
    """How many connections are taken at one time: never so many that no file is left for the journal and the log."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + SPARE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return CONNECTIONS if soft == resource.RLIM_INFINITY else min(CONNECTIONS, soft - min(SPARE, soft // 2))


def check_address(host: str, port: int) -> None:
    """Refuse an address that is taken: Granian (2.8) would share the port, and each server get half of the requests.

    Raises:
        QuestionError: the address can't be listened at.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise QuestionError(f"--host {host} --port {port}: can't listen there ({error.strerror or error})") from None


def _stop(server: Server, parts: Parts, number: signal.Signals) -> None:
    log.info("stopping", extra={"fields": {"signal": number.name}})
    # Whoever watches is answered for as long as it watches: the server would wait for it.
    parts.feed.close()
    parts.outgoing.close()
    server.stop()  # type: ignore[no-untyped-call]  # granian 2.8 has no annotations there
