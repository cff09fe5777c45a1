"""Instants as a page shows them: on the clock of the zone that its reader has chosen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Request
from markupsafe import Markup

from schedrun.render.instants import length, relative, to_the_second, utc_text
from schedrun.web.charts.svg import element

COOKIE = "schedrun-zone"
"""The cookie that names the zone, an IANA key; UTC when it is missing or unknown."""

UTC = "UTC"
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class ClockFace:
    """The clock of `zone` at `now` (aware)."""

    zone: ZoneInfo
    now: datetime

    @property
    def name(self) -> str:
        """The zone's IANA key."""
        return self.zone.key

    def when(self, at: datetime) -> Markup:
        """Return an instant to the second, such as `Sat 28 Nov 17:09:03`; with the year where that is another."""
        return self._time(at, self.words(at), kind=None)

    def ago(self, at: datetime) -> Markup:
        """Return where an instant lies as seen from now, such as `in 5 min`: the page goes on counting."""
        return self._time(at, relative(at, now=self.now), kind="relative")

    def since(self, at: datetime) -> Markup:
        """Return how long ago an instant was, such as `3 min`: the page goes on counting."""
        return self._time(at, length(max(self.now - at, timedelta(0))), kind="since")

    def words(self, at: datetime) -> str:
        """Return `when` as plain text."""
        local = at.astimezone(self.zone)
        year = "" if local.year == self.now.astimezone(self.zone).year else f" {local.year}"
        return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M:%S}"

    def _time(self, at: datetime, words: str, *, kind: str | None) -> Markup:
        title = f"{to_the_second(at).astimezone(self.zone).isoformat(' ')} {self.name}"
        return element("time", words, datetime=utc_text(at), title=title, data_count=kind)


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
