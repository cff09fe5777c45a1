"""Hosts, origins and peers as values."""

import pytest

from schedrun.web import hosts
from schedrun.web.hosts import Origin

PUBLIC = Origin("https", "jobs.example.com", 443)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("localhost", Origin("http", "localhost", 80)),
        ("LocalHost:8321", Origin("http", "localhost", 8321)),
        ("[::1]:8321", Origin("http", "::1", 8321)),
        ("127.0.0.1:80", Origin("http", "127.0.0.1", 80)),
        ("localhost:http", None),
        ("localhost:99999", None),
        ("user@localhost", None),
        ("localhost/x", None),
        ("localhost#x", None),
        ("evil.example\\@localhost", None),
        ("", None),
    ],
)
def test_reads_host_headers(header: str, expected: Origin | None) -> None:
    """Host and port, the scheme's own port where none is said; nothing for what is none."""
    assert expected == Origin.of_host("http", header)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://jobs.example.com", PUBLIC),
        ("https://jobs.example.com:443", PUBLIC),
        ("http://jobs.example.com:443", Origin("http", "jobs.example.com", 443)),
        ("null", None),
        ("file:///etc", None),
        ("https://", None),
    ],
)
def test_reads_origins(url: str, expected: Origin | None) -> None:
    """Scheme, host and port."""
    assert expected == Origin.parse(url)


@pytest.mark.parametrize(
    ("host", "known", "loopback"),
    [
        ("localhost", True, True),
        ("127.0.0.1", True, True),
        ("127.9.9.9:1", True, True),
        ("[::1]", True, True),
        ("[::ffff:127.0.0.1]", True, True),
        ("192.0.2.7", True, False),
        ("[2001:db8::1]", True, False),
        ("jobs.example.com", True, False),
        ("evil.example", False, False),
        ("localhost.evil.example", False, False),
        ("127.0.0.1.evil.example", False, False),
        ("localhost.", False, False),
    ],
)
def test_knows_its_hosts(host: str, known: bool, loopback: bool) -> None:
    """No name but localhost and that of the public URL: any other can be pointed at this machine."""
    origin = Origin.of_host("http", host)
    assert origin is not None
    assert (known, loopback) == (hosts.is_known(origin, PUBLIC), origin.is_loopback)


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        (("127.0.0.1", 1), True),
        (("::1", 1), True),
        (("::ffff:127.0.0.1", 1), True),
        (("192.0.2.7", 1), False),
        (("::ffff:192.0.2.7", 1), False),
        (("testclient", 1), False),
        (None, False),
    ],
)
def test_knows_peers_of_this_machine(client: tuple[str, int] | None, expected: bool) -> None:
    """By address; one without an address, such as that of a Unix socket, is none."""
    assert expected == hosts.is_loopback_peer(client)


@pytest.mark.parametrize(
    "name",
    [
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-anything",
        "forwarded",
        "via",
        "x-real-ip",
        "x-original-forwarded-for",
        "x-vercel-forwarded-for",
        "forwarded-for",
        "client-ip",
        "true-client-ip",
        "fastly-client-ip",
        "x-azure-clientip",
        "x-original-host",
        "cdn-loop",
    ],
)
def test_knows_what_proxies_add(name: str) -> None:
    """Any of them makes a request one that was passed on."""
    assert hosts.is_forwarded([(b"host", b"localhost"), (name.encode(), b"")])
    assert not hosts.is_forwarded([(b"host", b"localhost"), (b"accept", name.encode())])
