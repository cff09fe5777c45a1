"""Jobs of an application tell people and ping monitors as those of manifests do."""

from typing import Any

import pytest

from schedrun import TaskScheduler
from tests.scheduler.notifiers import NotedNotifiers
from tests.targets.contexts import until
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio

HOOK = {"webhook": {"from_env": "HOOK"}}


async def test_a_function_that_raises_is_told(scheduler: TaskScheduler, clock: VirtualClock) -> None:
    """By the id of the job, with its exception; its monitor knows start and failure."""
    notifiers = NotedNotifiers()
    scheduler.live._notifiers = notifiers

    @scheduler.interval(minutes=1, on_failure=[HOOK], on_recovery=(HOOK,), monitor={"url": "https://hc.example/x"})
    def tidy_up() -> None:
        if clock.now().minute % 2:
            raise ValueError("no room")

    await scheduler.start()
    for number in (1, 2):
        await clock.advance(60)
        told = (number, 2 * number)  # functions run on threads
        await until(lambda: told == (len(notifiers.sent), len(notifiers.pings)))  # noqa: B023  called at once
        await settle()
    assert {"failure", "recovery"} == {str(message.notice.kind) for _, message in notifiers.sent}
    assert {"tidy_up"} == {message.job for _, message in notifiers.sent}
    assert {"start", "fail", ""} == set(notifiers.signals)
    await scheduler.shutdown()
    assert notifiers.closed


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"on_failure": "https://hooks.example/x"}, "on_failure is a list of mappings"),
        ({"on_failure": [{"teams": "https://hooks.example/x"}]}, "each with one of webhook, slack, email, apprise"),
        ({"on_late": [{"webhook": "hooks.example/x"}]}, "no http or https address"),
        ({"on_missed": ["https://hooks.example/x"]}, "on_missed is a list of mappings"),
        ({"monitor": "https://hooks.example/x"}, "monitor is a mapping"),
        ({"monitor": {"url": "hooks.example/x"}}, "no http or https address"),
    ],
)
async def test_a_fault_is_said_without_the_address(
    scheduler: TaskScheduler, options: dict[str, Any], words: str
) -> None:
    """When the job is declared, as ValueError."""
    with pytest.raises(ValueError, match=words) as caught:
        scheduler.interval(minutes=1, **options)(lambda: None)
    assert "hooks.example" not in str(caught.value)
