"""Time zones by their IANA keys."""

import re
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, WithJsonSchema

from schedrun.core.pattern import Pattern
from schedrun.core.spec.base import fault

_HINT = "write an IANA key such as Europe/Berlin or UTC"
_OFFSET_HINT = "write the zone of a city, such as Europe/Berlin, or Etc/UTC: an offset knows no clock changes"
_OFFSET = Pattern(r"(?:utc|gmt)?[+-]\d.*", re.IGNORECASE)
# Files of the zone database that are no zones, or mean something else on each machine.
_NO_ZONES = ("localtime", "posixrules", "Factory")
# The signs of Etc/GMT+2 mean the opposite of what people write.
_NO_SUGGESTIONS = (*_NO_ZONES, "Etc/GMT")
_NO_FOLDERS = ("posix/", "right/")
_LONGEST_GUESSED = 64


class ZoneError(ValueError):
    """This time zone is unknown: `message` names it, `hint` says what to write, `code` is SR304."""

    code = "SR304"

    def __init__(self, message: str, *, hint: str) -> None:
        self.message, self.hint = message, hint
        super().__init__(f"{message}: {hint}")


@lru_cache(maxsize=1024)
def zone_of(key: str) -> ZoneInfo:
    """Return the zone of an IANA key, the same object each time. Raises ZoneError for any other key."""
    if key in _NO_ZONES or key.startswith(_NO_FOLDERS):
        raise _unknown(key)
    try:
        return ZoneInfo(key)
    except (KeyError, ValueError, OSError) as error:  # unknown; no relative path; a folder such as `Europe`
        raise _unknown(key) from error


def _unknown(key: str) -> ZoneError:
    return ZoneError(f"unknown time zone {key!r}", hint=_suggestion(key))


@lru_cache(maxsize=1)
def _known() -> tuple[dict[str, str], dict[str, str]]:
    """Return the keys by their small letters, and those by the cities in them: a city alone is the commonest slip."""
    # Reading the folders of the zone database takes milliseconds.
    known = {name.lower(): name for name in available_timezones() if not name.startswith(_NO_SUGGESTIONS)}
    return known, {name.rpartition("/")[2]: name for name in known if "/" in name}


@lru_cache(maxsize=1024)
def _suggestion(key: str) -> str:
    if len(key) > _LONGEST_GUESSED:
        return _HINT
    if _OFFSET.fullmatch(key.strip()):
        return _OFFSET_HINT
    from difflib import get_close_matches  # noqa: PLC0415  for mistakes only

    known, cities = _known()
    wanted = key.strip().replace(" ", "_").lower()
    exact = known.get(wanted) or known.get(cities.get(wanted, ""))
    if exact:
        return f"did you mean {exact}?"
    # Of abbreviations none is near another: CEST is no slip of EST.
    close = [name for name in get_close_matches(wanted, known, n=3, cutoff=0.7) if "/" in name or name == "utc"]
    close_city = get_close_matches(wanted, cities, n=1, cutoff=0.8)
    if close:
        return f"did you mean {known[close[0]]}?"
    return f"did you mean {known[cities[close_city[0]]]}?" if close_city else _HINT


def _validate(key: str) -> str:
    try:
        zone_of(key)
    except ZoneError as error:
        raise fault("SR304", error.message, hint=error.hint) from error
    return key


ZoneKey = Annotated[
    str,
    AfterValidator(_validate),
    WithJsonSchema({"type": "string", "minLength": 1, "examples": ["Europe/Berlin", "UTC"]}),
]
"""The IANA key of a zone that exists here."""
