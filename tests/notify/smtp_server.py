"""A mail server on loopback: it speaks SMTP on a real socket, and takes or refuses as it is told."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""Of `localhost`, signed by itself, with its key; for tests alone."""


@dataclass
class Taken:
    """A mail as it arrived."""

    sender: str
    recipients: list[str]
    mail: EmailMessage
    encrypted: bool
    login: str | None


@dataclass
class MailServer:
    """Where it is, how it behaves, and what it took. `refuses` are recipients, `silent` never greets anybody."""

    port: int = 0
    tls: bool = False
    starttls: bool = False
    login: str = "ann:hunter2"
    refuses: set[str] = field(default_factory=set)
    refuses_sender: bool = False
    silent: threading.Event | None = None
    taken: list[Taken] = field(default_factory=list)


class _Conversation(socketserver.StreamRequestHandler):
    behaviour: MailServer

    def handle(self) -> None:
        how = self.behaviour
        if how.silent is not None:
            how.silent.wait()
            return
        self.encrypted = False
        self.user: str | None = None
        try:
            if how.tls:
                self.encrypt()
            self.say("220 loopback")
            self.converse()
        except OSError:  # a client that hangs up, or does not like the certificate
            return
        finally:
            self.connection.close()

    def encrypt(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
        self.encrypted = True

    def say(self, *lines: str) -> None:
        for line in lines:
            self.wfile.write(f"{line}\r\n".encode())
        self.wfile.flush()

    def converse(self) -> None:
        how, sender, recipients = self.behaviour, "", list[str]()
        while line := self.rfile.readline().decode().strip():
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "EHLO":
                    offered = ["STARTTLS"] if how.starttls and not self.encrypted else []
                    lines = ["loopback", *offered, "8BITMIME", "SMTPUTF8", "AUTH PLAIN"]
                    self.say(*(f"250-{each}" for each in lines[:-1]), f"250 {lines[-1]}")
                case "STARTTLS":
                    self.say("220 go on")
                    self.encrypt()
                case "AUTH":
                    said = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")
                    self.user = ":".join(said[1:])
                    self.say("235 welcome" if self.user == how.login else "535 no")
                case "MAIL":
                    sender, recipients = rest.partition("<")[2].partition(">")[0], []
                    self.say("553 not from there" if how.refuses_sender else "250 ok")
                case "RCPT":
                    recipient = rest.partition("<")[2].partition(">")[0]
                    if recipient in how.refuses:
                        self.say("550 nobody of that name")
                    else:
                        recipients.append(recipient)
                        self.say("250 ok")
                case "DATA":
                    self.say("354 go on")
                    mail = message_from_bytes(self.content(), policy=default)
                    taken = Taken(sender, recipients, mail, self.encrypted, self.user)
                    how.taken.append(taken)
                    self.say("250 taken")
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 ok")

    def content(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".").rstrip(b"\r\n") if line.startswith(b"..") else line.rstrip(b"\r\n"))
        return b"\n".join(lines)


@contextmanager
def mail_server(**behaviour: object) -> Iterator[MailServer]:
    """Serve mail on a port of loopback while the block runs."""
    how = MailServer(**behaviour)  # type: ignore[arg-type]  # what a test says of it
    handler = type("_Handler", (_Conversation,), {"behaviour": how})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        how.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield how
        finally:
            if how.silent is not None:
                how.silent.set()
            server.shutdown()
            thread.join()
