"""The fires to come, for programs that draw calendars."""

from typing import Any

from schedrun.core.plan.agenda import Agenda
from schedrun.core.spec.instant import utc_text


def agenda_view(agenda: Agenda) -> dict[str, Any]:
    """Return the `fires` by time, and the `dense` jobs of which only the `count` is told."""
    return {
        "fires": [{"job": job, "at": utc_text(at)} for job, at in agenda.fires],
        "dense": [{"job": job, "count": count} for job, count in agenda.dense],
    }
