"""The studio's server: on 127.0.0.1 only, on a port of its own, until Ctrl-C."""

import secrets
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from neocog.core.errors import StorageError
from neocog.studio.app import application
from neocog.studio.opened import Opened

DEFAULT_PORT = 8316
"""Where the studio listens unless that is taken: a fixed one, so that addresses stay good."""
HOST = "127.0.0.1"


def serve(opened: Opened, port: int | None, ready: Callable[[str], None]) -> None:
    """Answer until the process is interrupted; `ready` is told the address, its token in it, once it answers.

    Without a port it is `DEFAULT_PORT`, or any free one where that is taken; a port that was asked for and is taken
    raises `StorageError`.
    """
    listening = listen(port)
    chosen = listening.getsockname()[1]
    token = secrets.token_urlsafe(24)
    joined = "&" if "?" in opened.start else "?"
    address = f"http://{HOST}:{chosen}{opened.start}{joined}token={token}"
    config = uvicorn.Config(
        application(opened, token, chosen, lambda: ready(address)),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    with listening, suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


def listen(port: int | None) -> socket.socket:
    """A socket on this machine's own address: at a port, at the usual one or any, or for 0 at any."""
    for wanted in [port] if port is not None else [DEFAULT_PORT, 0]:
        # asyncio sends at once only on sockets that say they are TCP: else each answer waits 40 ms for the reader's nod
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, wanted))
            listening.listen()  # who comes before the server is up waits a moment, and is not refused
        except OSError:
            listening.close()
            continue
        return listening
    raise StorageError(f"port {port} is taken; choose another --port, or leave it out")
