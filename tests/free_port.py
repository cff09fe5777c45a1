"""Ports of loopback that can be let go of and taken again."""

import secrets
import socket
from pathlib import Path

_GIVEN_OUT = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """Return a port that nobody has and that Linux gives nobody who asks for any.

    One that it gave out may be another connection's a moment after it is let go. Who asks there before somebody
    listens may even be connected to itself.
    """
    first, last = map(int, _GIVEN_OUT.read_text(encoding="ascii").split())
    while True:
        port: int = secrets.choice([*range(10_000, first), *range(last + 1, 65_536)])
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
