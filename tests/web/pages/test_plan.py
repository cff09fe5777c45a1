"""What the page of the plan says of runs."""

from typing import Any

import pytest

from schedrun.core.plan.plan import make_plan
from schedrun.web.pages import plan
from tests.core.plan.builders import NOON, desired, job, row


@pytest.mark.parametrize(
    ("schedule", "moves"),
    [
        pytest.param({"cron": "0 2 * * *", "spread": "10m"}, 7, id="spread"),
        pytest.param({"cron": "0 2 * * *"}, 0, id="no-spread"),
        pytest.param({"every": "1s"}, 0, id="more-than-are-compared"),
    ],
)
def test_a_rename_moves_the_runs_of_a_spread(schedule: dict[str, Any], moves: int) -> None:
    """The offset comes from the key; without one all runs stay, and none has to be looked at."""
    wanted = desired({"s/b": job(schedule=schedule, moved_from="a")})
    recorded = [row("s/a", job(schedule=schedule))]
    (changed,) = plan.changes(make_plan(wanted, recorded, now=NOON, uids=str), now=NOON)
    assert changed.runs is not None
    assert (0, 0, moves) == (len(changed.runs.appear), len(changed.runs.vanish), len(changed.runs.move))
