"""A collector of traces, on loopback."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import NamedTuple


class Received(NamedTuple):
    """One request: its path, and the bytes of its body."""

    path: str
    size: int


@contextmanager
def collector(*, answers: bool = True) -> Iterator[tuple[str, list[Received]]]:
    """Receive traces: yield the address and what came; without `answers`, nothing is answered until the end."""
    received: list[Received] = []
    go = threading.Event()
    if answers:
        go.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(Received(self.path, len(body)))
            go.wait()
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", received
    finally:
        go.set()
        server.shutdown()
        serving.join()
        server.server_close()
