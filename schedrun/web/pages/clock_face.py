"""Instants as a page shows them: on the clock of the zone that its reader has chosen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Request
from markupsafe import Markup

from schedrun.core.spec.instant import utc_text
from schedrun.render.instants import length, relative

COOKIE = "schedrun-zone"
"""The cookie that names the zone, an IANA key; UTC when it is missing or unknown."""

UTC = "UTC"
_LONGEST = 64
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class ClockFace:
    """The clock of `zone` at `now` (aware)."""

    zone: ZoneInfo
    now: datetime

    @property
    def name(self) -> str:
        """The zone's IANA key."""
        return self.zone.key

    @cached_property
    def _year(self) -> int:
        return self.now.astimezone(self.zone).year

    def when(self, at: datetime) -> Markup:
        """Return an instant to the second, such as `Sat 28 Nov 17:09:03`.

        It has its year where that is another, and its offset where the clocks show that time twice.
        """
        return _written(at, self.zone, self._year)

    def ago(self, at: datetime) -> Markup:
        """Return where an instant lies as seen from now, such as `in 5 min`: the page goes on counting."""
        return self._counting(at, relative(at, now=self.now), "relative")

    def since(self, at: datetime) -> Markup:
        """Return how long ago an instant was, such as `3 min`: the page goes on counting."""
        return self._counting(at, length(max(self.now - at, timedelta(0))), "since")

    def words(self, at: datetime) -> str:
        """Return `when` as plain text."""
        return _said(at, self.zone, self._year)

    def _counting(self, at: datetime, words: str, kind: str) -> Markup:
        # Digits, letters and the name of a zone that zoneinfo knows: there is nothing to escape.
        return Markup(f'<time{_facts(at, self.zone)} data-count="{kind}">{words}</time>')  # noqa: S704  see above


@lru_cache(maxsize=20_000)
def _written(at: datetime, zone: ZoneInfo, year: int) -> Markup:
    """Return the element of an instant, with its year where that is not `year`: a page shows the same ones again."""
    return Markup(f"<time{_facts(at, zone)}>{_words(at.astimezone(zone), year)}</time>")  # noqa: S704  as above


@lru_cache(maxsize=20_000)
def _said(at: datetime, zone: ZoneInfo, year: int) -> str:
    return _words(at.astimezone(zone), year)


def _facts(at: datetime, zone: ZoneInfo) -> str:
    return f' datetime="{utc_text(at)}" title="{at.astimezone(zone).isoformat(" ", "seconds")} {zone.key}"'


def _words(local: datetime, year: int) -> str:
    # Faster than strftime, and in English wherever the service runs.
    day = f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"
    shown = day if local.year == year else f"{day} {local.year}"
    return f"{shown} {local.hour:02}:{local.minute:02}:{local.second:02}{_which(local)}"


def _which(local: datetime) -> str:
    """Return the offset of a time that the clocks show twice, nothing for any other."""
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return ""
    return f" {local.isoformat()[-6:]}"


def chosen(request: Request, *, now: datetime) -> ClockFace:
    """Return the clock that the request's cookie chooses."""
    return ClockFace(zone_or_utc(request.cookies.get(COOKIE, UTC)), now)


def zone_or_utc(name: str) -> ZoneInfo:
    """Return the zone of an IANA key, UTC where there is none."""
    try:
        # The key becomes a path: zoneinfo itself refuses those that lead out of its folder.
        return ZoneInfo(name if len(name) <= _LONGEST else UTC)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(UTC)
