"""Fires to come, for programs."""

from collections.abc import Sequence
from typing import Any

from schedrun.core.spec.instant import utc_text
from schedrun.render.instants import local_text
from schedrun.render.upcoming_fire import UpcomingFire


def next_view(fires: Sequence[UpcomingFire]) -> dict[str, Any]:
    """Return `{"fires": [...]}` in the order given; `local` carries the zone's offset, `utc` a `Z`."""
    return {
        "fires": [
            {"job": fire.job, "local": local_text(fire.at, fire.zone), "utc": utc_text(fire.at)} for fire in fires
        ]
    }
