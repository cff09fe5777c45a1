"""The runs to come, for programs."""

from typing import Any

from schedrun.core.spec.instant import utc_text
from schedrun.render.forecast_calendar import Calendar
from schedrun.render.instants import local_text, utc_text_or_none


def calendar_view(calendar: Calendar) -> dict[str, Any]:
    """Return `window` (`to` is outside), the `runs` by time, and the jobs that are `paused` in it."""
    return {
        "window": {"from": utc_text(calendar.begin), "to": utc_text(calendar.end)},
        "runs": [
            {"job": entry.job, "utc": utc_text(entry.at), "local": local_text(entry.at, entry.zone)}
            for entry in calendar.entries
        ],
        "paused": [
            {"job": rest.job, "reason": rest.reason, "until": utc_text_or_none(rest.until)} for rest in calendar.rests
        ],
    }
