"""Where a request says it goes, and where it comes from: hosts, origins and peers, as values."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple, Self
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_FORWARDING = frozenset(
    {
        *(b"via", b"cdn-loop", b"cf-ray", b"cf-connecting-ip", b"x-real-ip", b"x-azure-clientip", b"x-proxyuser-ip"),
        *(b"x-envoy-external-address", b"x-original-host", b"x-original-url"),
    }
)


class Origin(NamedTuple):
    """Scheme, host in lower case without brackets, and port: what RFC 6454 calls an origin."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, url: str) -> Self | None:
        """Return the origin of a URL with scheme http or https, None for anything else, such as `null`."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return None
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.username is not None:
            return None
        return cls(parts.scheme, parts.hostname, _DEFAULT_PORTS[parts.scheme] if port is None else port)

    @classmethod
    def of_host(cls, scheme: str, header: str) -> Self | None:
        """Return the origin that a Host header of a request with this scheme means, None when it is malformed."""
        if not header or set(header) & set("/?#@\\ \t"):
            return None
        return cls.parse(f"{scheme}://{header}")

    @property
    def address(self) -> IPv4Address | IPv6Address | None:
        """The host where it is an IP literal, else None."""
        return _address(self.host)

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this very machine, by its name or by address."""
        return self.host == "localhost" or _is_loopback(self.address)


def is_loopback_peer(client: tuple[str, int] | None) -> bool:
    """Whether the other end of the connection is on this machine; a peer without an address is not."""
    return client is not None and _is_loopback(_address(client[0]))


def is_forwarded(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a header, its name in lower case, says that a proxy passed the request on."""
    return any(name in _FORWARDING or b"forwarded" in name or name.endswith(b"client-ip") for name, _ in headers)


def is_known(host: Origin, public: Origin | None) -> bool:
    """Whether a request for this host is meant for this application.

    A name that anybody can point at this machine is not: a page of another site would be of the same origin then
    (DNS rebinding). That is why only `localhost`, IP literals and the name of the public URL are known.
    """
    return host.host == "localhost" or host.address is not None or (public is not None and host.host == public.host)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_loopback(address: IPv4Address | IPv6Address | None) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address is not None and address.is_loopback
