"""Names of servers: what is looked up, and where."""

import asyncio
import socket

import pytest

from schedrun.blocking import look_up


def looking_up(monkeypatch: pytest.MonkeyPatch, url: str) -> list[object]:
    """Return the names that are looked up for a URL."""
    names: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_arguments, **_named: names.append(host))
    asyncio.run(look_up(url))
    return names


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("https://fx.example:8443/x", ["fx.example"]),
        ("http://127.0.0.1:1/x", []),
        ("http://[::1]:1/x", []),
        ("http://", []),
        ("http://[x", []),
        ("http://fx.example:port/", []),
    ],
)
def test_names_are_looked_up(monkeypatch: pytest.MonkeyPatch, url: str, names: list[object]) -> None:
    """And nothing else; what is no URL is said by the request."""
    for variable in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    assert names == looking_up(monkeypatch, url)


@pytest.mark.parametrize(("bypassed", "names"), [("other.example", []), ("fx.example", ["fx.example"])])
def test_a_proxy_looks_the_name_up(monkeypatch: pytest.MonkeyPatch, bypassed: str, names: list[object]) -> None:
    """Unless it is gone past."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", bypassed)
    assert names == looking_up(monkeypatch, "https://fx.example/")
