"""Addresses of the web: the http and https URLs to which a request can be sent."""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import TypeVar

from schedrun.core.pattern import Pattern
from schedrun.core.spec.base import fault
from schedrun.core.spec.shape import Shape

_Value = TypeVar("_Value")

_LONGEST = 65_536
"""Characters of the longest URL that the HTTP client takes."""
_URL = Pattern(
    r"https?://(?:[^/?#]*@)?(?:\[(?P<number>[^\]/?#]*)\]|(?P<host>[^/?#:@\[\]]+))(?::(?P<port>[0-9]{0,5}))?(?:[/?#].*)?",
    re.IGNORECASE | re.ASCII,
)
_LAST_PORT = 65_535
_CONTROL = Pattern(r"[\x00-\x1f\x7f]")
# RFC 3986 (3.2.2) without percent-encoding, which no one decodes in a host, and the limits of RFC 1035 (2.3.4).
_LABEL = r"(?:[A-Za-z0-9_~!$&'()*+,;=-]|[^\x00-\x7f\s]){1,63}"
_HOST = Pattern(rf"(?:{_LABEL}\.)*{_LABEL}\.?")
_LONGEST_HOST = 254
"""Characters of a name with its last dot (RFC 1035); in ASCII an international one only grows."""
_FOUR_NUMBERS = Pattern(r"[0-9]+(?:\.[0-9]+){3}")
_PLACEHOLDER = Pattern(r"\$\{|\$\(|\{\{|\$[A-Z]")

HINT = 'write "https://..." or {from_env: NAME}'

SHAPE = Shape(
    r"^[Hh][Tt][Tt][Pp][Ss]?://(?:[^/?#\x00-\x1f\x7f]*@)?[^/?#@\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
    HINT,
)
"""Every address of the web has this shape."""


def is_web(text: str) -> bool:
    """Return whether a request can be sent to this URL: http or https, with a host that a name or number can be."""
    url = _URL.fullmatch(text) if len(text) <= _LONGEST and not _CONTROL.search(text) else None
    if url is None or (url["port"] and not 0 < int(url["port"]) <= _LAST_PORT):
        return False
    return _is_host(url["host"]) if url["number"] is None else _is_number(url["number"], IPv6Address)


def web_address(value: _Value) -> _Value:
    """Return the value; raises the fault SR102, which does not repeat it, for a text that is no address of the web."""
    if isinstance(value, str) and not is_web(value):
        hint = HINT
        if _PLACEHOLDER.search(value):
            hint = "nothing is filled into an address: write it whole, or {from_env: NAME} for all of it"
        elif _names_no_host(value):
            hint = "its host is no international name (IDNA 2008): write it as it is registered, or in ASCII (xn--...)"
        raise fault("SR102", "this is no http or https address", hint=hint)
    return value


def _names_no_host(text: str) -> bool:
    """Return whether the fault of this text is a host with letters beyond ASCII."""
    url = _URL.fullmatch(text) if len(text) <= _LONGEST else None
    return url is not None and not (url["host"] or "").isascii() and not _is_host(url["host"])


def _is_host(host: str) -> bool:
    if _FOUR_NUMBERS.fullmatch(host):
        return _is_number(host, IPv4Address)
    if not host.isascii():
        return len(host) <= _LONGEST_HOST and _is_international(host)
    return _HOST.fullmatch(host) is not None


def _is_international(host: str) -> bool:
    """Return whether the HTTP client finds an ASCII form of this name (RFC 5891)."""
    import idna  # noqa: PLC0415  its tables cost milliseconds that ASCII hosts need not pay

    try:
        idna.encode(host.lower())
    except UnicodeError:
        return False
    return True


def _is_number(text: str, kind: type[IPv4Address | IPv6Address]) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True
