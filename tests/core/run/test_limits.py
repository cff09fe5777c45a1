"""How many runs may run at once."""

import pytest

from schedrun.core.run.limits import UNLIMITED, Limits


@pytest.mark.parametrize(
    ("limits", "group", "bound"),
    [
        (UNLIMITED, None, False),
        (UNLIMITED, "db", False),
        (Limits(groups={"db": 1}), None, False),
        (Limits(groups={"db": 1}), "api", False),
        (Limits(groups={"db": 1}), "db", True),
        (Limits(max_running=1), None, True),
    ],
)
def test_bound_is_who_has_a_limit(limits: Limits, group: str | None, bound: bool) -> None:
    """A group that nobody limits is bounded by the limit of all, if there is one."""
    assert bound == limits.bound(group)


@pytest.mark.parametrize(
    ("limits", "running", "in_group", "group", "room"),
    [
        (Limits(max_running=3), 1, 0, None, 2),
        (Limits(max_running=3), 5, 0, None, 0),
        (Limits(groups={"db": 2}), 50, 1, "db", 1),
        (Limits(3, {"db": 2}), 3, 0, "db", 0),
        (Limits(9, {"db": 2}), 3, 1, "db", 1),
        (Limits(9, {"db": 2}), 3, 2, "api", 6),
    ],
)
def test_the_smaller_room_counts(limits: Limits, running: int, in_group: int, group: str | None, room: int) -> None:
    """A run counts for all and for its group."""
    assert room == limits.room(running=running, in_group=in_group, group=group)


def test_room_without_a_limit_is_a_bug() -> None:
    """Ask `bound` first."""
    with pytest.raises(ValueError, match="not bounded"):
        UNLIMITED.room(running=0, in_group=0, group="db")
