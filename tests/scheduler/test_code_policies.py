"""Retries, overlap and limits of jobs that are declared in code."""

from datetime import timedelta
from typing import Any

import pytest

from schedrun import SchedulerConfig, TaskScheduler, current_run
from schedrun.core.status import RunStatus
from tests.scheduler.ledger import other, runs_of
from tests.virtual import VirtualClock

pytestmark = pytest.mark.anyio


async def test_a_function_that_raised_is_called_again(scheduler: TaskScheduler, clock: VirtualClock) -> None:
    """A number is how many attempts may follow the first; the run id stays, the attempt counts."""
    seen: list[tuple[str, int]] = []

    @scheduler.interval(hours=1, retries=2)
    async def flaky() -> str:
        seen.append((current_run().run_id, current_run().attempt))
        if len(seen) < 3:
            raise ConnectionResetError("gone")
        return "at last"

    await scheduler.start()
    await clock.advance(3600 + 60)
    (run,) = await runs_of(scheduler)
    assert (RunStatus.SUCCEEDED, 3, "'at last'") == (run.status, run.attempt, run.output)
    assert [(run.id, 1), (run.id, 2), (run.id, 3)] == seen


@pytest.mark.parametrize(
    ("retries", "expected"),
    [
        (3, {"max": 3}),
        ({"max": 1, "backoff": 2.5}, {"max": 1, "backoff": "2s500ms"}),
        (
            {"max": 1, "backoff": 0, "max_backoff": timedelta(minutes=5)},
            {"backoff": "0s", "max_backoff": "5m", "max": 1},
        ),
        ({"max": 1, "when": {"exceptions": ["OSError"]}}, {"max": 1, "when": {"exceptions": ["OSError"]}}),
    ],
)
async def test_retries_say_what_manifests_say(scheduler: TaskScheduler, retries: Any, expected: dict[str, Any]) -> None:
    """Waits are seconds or timedeltas, as all durations in code are."""
    scheduler.interval(seconds=1, retries=retries)(other)
    assert expected == scheduler._declared["other"].spec.to_record()["retries"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"retries": True}, "a number of attempts or a mapping"),
        ({"retries": -1}, "greater than or equal to 0"),
        ({"retries": {"backoff": "10s"}}, "backoff is a number of seconds"),
        ({"retries": {"tries": 3}}, "Extra inputs"),
        ({"overlap": "never"}, "'forbid', 'queue', 'replace' or 'allow'"),
        ({"overlap": "allow", "max_instances": 2}, "means nothing beside `overlap: allow`"),
        ({"group": "No Name"}, "no name"),
    ],
)
async def test_a_policy_that_makes_no_sense_is_refused_at_once(
    scheduler: TaskScheduler, options: dict[str, Any], words: str
) -> None:
    """Where it is said, not when the job fires."""
    with pytest.raises(ValueError, match=words):
        scheduler.interval(seconds=1, **options)


async def test_overlap_of_a_function(scheduler: TaskScheduler, clock: VirtualClock) -> None:
    """`allow` takes no heed of the default for max_instances."""
    begun: list[int] = []

    @scheduler.interval(seconds=10, overlap="allow")
    async def slow() -> None:
        begun.append(1)
        await clock.sleep(1000)

    await scheduler.start()
    await clock.advance(30)
    assert 3 == len(begun)


async def test_limits_of_the_configuration_hold(clock: VirtualClock) -> None:
    """Of a group, and of all."""
    config = SchedulerConfig(max_running=3, groups={"db": 1})
    scheduler = TaskScheduler(config, clock=clock, timer=clock.timer)

    async def slow() -> None:
        await clock.sleep(1000)

    for name in ("d1", "d2"):
        scheduler.interval(minutes=1, job_id=name, group="db")(slow)
    for name in ("f1", "f2", "f3"):
        scheduler.interval(minutes=1, job_id=name)(slow)
    await scheduler.start()
    await clock.advance(60)
    running = [run.job_uid for run in await runs_of(scheduler) if run.status is RunStatus.RUNNING]
    assert 3 == len(running)
    await scheduler.shutdown(wait=False)


@pytest.mark.parametrize("limits", [{"max_running": 0}, {"groups": {"db": 0}}, {"max_running": True}])
def test_a_limit_is_at_least_one(limits: dict[str, Any]) -> None:
    """None at all would let nothing run."""
    with pytest.raises(ValueError, match="a whole number from 1"):
        SchedulerConfig(**limits)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"groups": ["db"]}, r"groups is a mapping such as \{'db': 2\}, not \['db'\]"),
        ({"state": ""}, "state is the path of a file, not ''"),
    ],
)
def test_a_configuration_of_the_wrong_shape_names_its_option(said: dict[str, Any], words: str) -> None:
    """At once, and not where it is used."""
    with pytest.raises(ValueError, match=words):
        SchedulerConfig(**said)
