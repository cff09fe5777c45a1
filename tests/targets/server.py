"""A web server on loopback that answers as the path says."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Received:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """Where the server is, what it received, and the event that lets `/slow` answer."""

    url: str
    received: list[Received] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    server_of_test: Server
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server_of_test.received.append(Received(self.command, self.path, headers, body))
        verb, _, argument = self.path.partition("?")[0].removeprefix("/").partition("/")
        getattr(self, f"answer_{verb}")(argument, body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = answer  # noqa: N815  http.server names them

    def answer_status(self, argument: str, body: bytes) -> None:
        self.send(int(argument), b"status")

    def answer_later(self, argument: str, body: bytes) -> None:
        """Answer the status in the path, with the request's body as Retry-After."""
        self.send(int(argument), b"later", ("Retry-After", body.decode()))

    def answer_echo(self, argument: str, body: bytes) -> None:
        self.send(200, body)

    def answer_cookie(self, argument: str, body: bytes) -> None:
        self.send(200, b"", ("Set-Cookie", "session=1"))

    def answer_moved(self, argument: str, body: bytes) -> None:
        self.send(302, b"", ("Location", "/status/200"))

    def answer_latin1(self, argument: str, body: bytes) -> None:
        self.send(200, "käse".encode("latin-1"), ("Content-Type", "text/plain; charset=iso-8859-1"))

    def answer_big(self, argument: str, body: bytes) -> None:
        self.send(200, b"x" * int(argument))

    def answer_gibberish(self, argument: str, body: bytes) -> None:
        self.send(200, b"this is no gzip", ("Content-Encoding", "gzip"))

    def answer_cut(self, argument: str, body: bytes) -> None:
        self.send(200, b"half of", ("X-Cut", "yes"), length=100)
        self.close_connection = True

    def answer_slow(self, argument: str, body: bytes) -> None:
        self.send(200, b"begun", ("X-Slow", "yes"), length=100)
        self.wfile.flush()
        self.server_of_test.arrived.set()
        self.server_of_test.release.wait()
        self.close_connection = True

    def answer_hangup(self, argument: str, body: bytes) -> None:
        self.close_connection = True

    def send(self, status: int, body: bytes, *headers: tuple[str, str], length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def web_server() -> Iterator[Server]:
    """Serve on a free port of loopback."""

    class Handler(_Handler):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server = Handler.server_of_test = Server(f"http://127.0.0.1:{listening.server_port}")
        serving = threading.Thread(target=lambda: listening.serve_forever(poll_interval=0.01))
        serving.start()
        try:
            yield server
        finally:
            server.release.set()
            listening.shutdown()
            serving.join()
