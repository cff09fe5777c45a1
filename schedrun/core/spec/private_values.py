"""A job's record as others than its authors may see it: names stay, private values go."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from schedrun.core.spec import literal_secret, redaction
from schedrun.core.spec.private_parts import ADDRESSES, PRIVATE_KEYS

HIDDEN = "(value hidden)"
"""What stands for a value that must never appear."""

_WITH_NAMES = frozenset({"env", "headers"})
"""Of these mappings the names may be seen."""


def shown(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `Job.to_record` gives with every private value, and all that looks like a secret, hidden.

    Private are the values of `env`, `headers`, `body` and `json`, userinfo and query of a URL, and where notices go.
    """
    return {name: _field(name, value) for name, value in record.items()}


def without_credentials(url: str) -> str:
    """Return a URL with userinfo, query and fragment hidden; nothing of a text that is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    if not parts.scheme or not parts.netloc:
        return HIDDEN
    _, at, host = parts.netloc.rpartition("@")
    rest = parts._replace(
        netloc=f"{HIDDEN}@{host}" if at else host,
        query=HIDDEN if parts.query else "",
        fragment=HIDDEN if parts.fragment else "",
    )
    return rest.geturl()


def _field(name: str, value: Any) -> Any:
    if name in ADDRESSES:
        return _without_addresses(value)
    if name != "target" or not isinstance(value, Mapping):
        return _scrubbed(value)
    return {part: _part_of_target(part, child) for part, child in value.items()}


def _part_of_target(name: str, value: Any) -> Any:
    if name == "http" and isinstance(value, Mapping):
        return {part: _part_of_target(part, child) for part, child in value.items()}
    if name in _WITH_NAMES and isinstance(value, Mapping):
        return dict.fromkeys(value, HIDDEN)
    if name in PRIVATE_KEYS:
        return HIDDEN
    if name == "url" and isinstance(value, str):
        return without_credentials(value)
    if name == "command" and isinstance(value, list):
        return list(_arguments(value))
    return _scrubbed(value)


def _without_addresses(value: Any) -> Any:
    """Return which ways notices take, without where these lead."""
    if isinstance(value, list):
        return [_without_addresses(each) for each in value]
    return dict.fromkeys(value, HIDDEN) if isinstance(value, Mapping) else HIDDEN


def _arguments(arguments: list[Any]) -> Iterator[Any]:
    before: str | None = None
    for place, argument in enumerate(arguments):
        hidden = literal_secret.is_argument(argument, before=before) or literal_secret.is_of_program(
            argument, behind=arguments[:place]
        )
        yield HIDDEN if hidden else _scrubbed(argument)
        before = argument


def _scrubbed(value: Any, name: str = "") -> Any:
    """Return the value without what looks like a secret by its name or its form."""
    match value:
        case str():
            hidden = bool(name) and literal_secret.is_secret(name, value)
            return HIDDEN if hidden else _masked(value)
        case list():
            return [_scrubbed(each, name) for each in value]
        case dict():
            return {key: _scrubbed(each, key) for key, each in value.items()}
        case _:
            return value


@lru_cache(maxsize=4096)  # the same specs are shown again and again
def _masked(text: str) -> str:
    return "\n".join(redaction.shown(line) for line in text.split("\n"))
