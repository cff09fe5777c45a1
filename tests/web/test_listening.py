"""Sockets that listen: on every address of a name, and on none that is taken."""

import socket
from contextlib import closing

import pytest

from schedrun.settings import Address
from schedrun.web.listening import ListenError, listen
from tests.free_port import free_port


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_listens_on_a_free_port(host: str) -> None:
    """Port 0 is any; of a name each address has the same one; somebody can connect."""
    with closing(listen(Address(host, 0))) as listening:
        port = listening.address.port
        assert {port} == {one.getsockname()[1] for one in listening.sockets}
        assert listening.url in {f"http://127.0.0.1:{port}", f"http://localhost:{port}"}
        socket.create_connection(("127.0.0.1", port)).close()


def test_says_that_it_is_taken() -> None:
    """By whoever came first, also when neither has accepted anything; free again, it is taken."""
    with closing(listen(Address("127.0.0.1", free_port()))) as first:
        with pytest.raises(ListenError, match="another process listens there") as raised:
            listen(first.address)
        assert str(first.address) in str(raised.value)
        assert "--listen" in str(raised.value)
    listen(first.address).close()


@pytest.mark.parametrize(
    ("host", "words"), [("nowhere.invalid", "no such host"), ("192.0.2.7", "assign"), ("a" * 300, "no such host")]
)
def test_says_why_it_cannot(host: str, words: str) -> None:
    """A name that nobody knows, or an address that is not of this machine."""
    with pytest.raises(ListenError, match=words):
        listen(Address(host, 8321))


def test_shows_how_to_reach_it() -> None:
    """Brackets around an IPv6 literal."""
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        listening = listen(Address("::1", 0))
    except ListenError:
        pytest.skip("no IPv6 here")
    with closing(listening):
        assert f"http://[::1]:{listening.address.port}" == listening.url
