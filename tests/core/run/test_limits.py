"""How many runs may run at once."""

import pytest

from schedrun.core.run.limits import UNLIMITED, Limits, Room


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


class Ledger:
    """What runs, as a unit of work sees it: its own writes included. Each question is noted."""

    def __init__(self, *running: str | None) -> None:
        self.asked: list[str | None] = []
        self.running = list(running)

    def count(self, group: str | None) -> int:
        self.asked.append(group)
        return len(self.running) if group is None else self.running.count(group)


@pytest.mark.parametrize(
    ("limits", "running", "in_group", "group", "room"),
    [
        (UNLIMITED, 50, 50, "db", None),
        (Limits(max_running=3), 1, 0, None, 2),
        (Limits(max_running=3), 5, 0, None, 0),
        (Limits(groups={"db": 2}), 50, 1, "db", 1),
        (Limits(groups={"db": 2}), 50, 2, "api", None),
        (Limits(3, {"db": 2}), 3, 0, "db", 0),
        (Limits(9, {"db": 2}), 3, 1, "db", 1),
        (Limits(9, {"db": 2}), 3, 2, "api", 6),
    ],
)
def test_the_smaller_room_counts(
    limits: Limits, running: int, in_group: int, group: str | None, room: int | None
) -> None:
    """A run counts for all and for its group; without a bound there is always room."""
    left, started = Room(limits, Ledger(*[group] * in_group, *[None] * (running - in_group)).count), 0
    while left.is_left(group) and started < 20:
        left.started(group)
        started += 1
    assert started == (20 if room is None else room)


def test_what_ends_leaves_its_room_to_others() -> None:
    """To its group, and to all."""
    ledger = Ledger("db", "api")
    room = Room(Limits(2, {"db": 1}), ledger.count)

    def left() -> tuple[bool, bool]:
        return room.is_left("db"), room.is_left("api")

    def start(group: str) -> None:
        ledger.running.append(group)
        room.started(group)

    def end(group: str) -> None:
        ledger.running.remove(group)
        room.ended(group)

    assert (False, False) == left()
    end("db")
    assert (True, True) == left()
    start("api")
    assert (False, False) == left()
    end("api")
    assert (True, True) == left()
    start("db")
    assert (False, False) == left()
    end("api")
    assert (False, True) == left()


def test_the_ledger_is_asked_once_and_only_for_what_is_bounded() -> None:
    """The count is kept through the unit."""
    ledger = Ledger("db", "api")
    room = Room(Limits(5, {"db": 5}), ledger.count)
    for _ in range(3):
        assert room.is_left("db")
        assert room.is_left("api")
        room.started("db")
    assert [None, "db"] == ledger.asked
    unbounded = Ledger()
    assert Room(UNLIMITED, unbounded.count).is_left("db")
    assert [] == unbounded.asked
