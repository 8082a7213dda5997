"""The portal's web as a process that can be killed: what it does not answer waits at the same port for the next one."""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from tests.soak.deaths import Say, die_at
from tests.soak.keepers import Child

THREADS = 3


class _Silent(WSGIRequestHandler):
    timeout = 10

    def log_message(self, *_: object) -> None:
        pass


class _Server(WSGIServer):
    """Answers on a socket that is bound and listening already."""

    def __init__(self, listening: socket.socket, application: Callable[..., Any]) -> None:
        super().__init__(listening.getsockname(), _Silent, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.server_name, self.server_port = "127.0.0.1", listening.getsockname()[1]
        self.setup_environ()
        self.set_app(application)


def web(listening: socket.socket, application: Callable[..., Any]) -> Child:
    """What a keeper runs: a few threads, each with its own connection to the database, until the process is killed."""

    def serve(order: Mapping[str, Any], say: Say) -> None:
        if order["death"]:
            die_at(order["death"], say)
        for _ in range(THREADS):
            server = _Server(listening.dup(), application)
            threading.Thread(target=_answer, args=(server,), daemon=True).start()
        while True:
            time.sleep(3600)

    return serve


def _answer(server: _Server) -> None:
    while True:
        server.handle_request()
