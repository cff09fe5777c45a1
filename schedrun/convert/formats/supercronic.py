"""supercronic's crontabs: up to seven fields, seconds first and years last; no % and no users."""

from schedrun.convert.entry import Reading, Source, Zone
from schedrun.convert.formats import crontab


def read(sources: list[Source], zone: Zone) -> Reading:
    """Return the jobs of the crontabs; supercronic starts no run while the one before goes on, as is our default."""
    return crontab.read(sources, zone, form=crontab.SUPERCRONIC)
