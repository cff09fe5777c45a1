"""Notices on their way: tried five times, over restarts, and never in the way of a run."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from schedrun.core.ids import log_name
from schedrun.core.run.notice import Notice, NoticeKind
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Event
from schedrun.core.spec.job import Job
from schedrun.scheduler import deliverer
from schedrun.scheduler.surroundings import Surroundings
from tests.scheduler.notifiers import NotedNotifiers
from tests.scheduler.rig import Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio

DEADLINE = 60.0
"""Real seconds after which what must happen has not."""

HOOK = {"webhook": "https://hooks.example/x"}
OTHER = {"email": ["oncall@example.com"]}


@pytest.fixture
def notifiers() -> NotedNotifiers:
    return NotedNotifiers()


@pytest.fixture
async def rig(
    clock: VirtualClock, notifiers: NotedNotifiers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Rig]:
    monkeypatch.setattr(deliverer, "STOP_SECONDS", 0.01)
    rig = Rig(clock, around=Surroundings(notifiers=notifiers, logs=tmp_path))
    yield rig
    notifiers.hangs = False
    await rig.end()


async def fail_once(rig: Rig, clock: VirtualClock, **spec: Any) -> str:
    """Let the one run of a job fail; return its id."""
    at = (clock.now() + timedelta(seconds=60)).isoformat()
    await rig.begin(a_job(clock, schedule={"at": at}, **({"on_failure": [HOOK]} | spec)))
    await clock.advance(60)
    run_id = rig.work.begun[-1].run_id
    rig.work.finish(run_id, Outcome(exit_code=3, error="exit code 3", output="one\ntwo\n"))
    await settle()
    return run_id


def failing_after(notifiers: NotedNotifiers, rig: Rig) -> None:
    """Let the store fail as soon as a notice was sent."""
    original = notifiers.send

    async def send(channel: Any, message: Any) -> None:
        await original(channel, message)
        rig.store.failing = True

    notifiers.send = send  # type: ignore[method-assign]  # it fails between the two


async def open_deliveries(rig: Rig) -> int:
    return len(await rig.store.read(lambda reader: reader.deliveries(limit=1_000)))


async def test_a_failure_is_delivered_with_its_facts(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """Once the verdict is written, to every channel, with run, owner and the end of the output; then it is done."""
    run_id = await fail_once(rig, clock, on_failure=[HOOK, OTHER], owner="ann", labels={"team": "pay"})
    assert [HOOK, OTHER] == [channel.model_dump() for channel, _ in notifiers.sent]
    message = notifiers.sent[0][1]
    assert ("set/a", "ann", {"team": "pay"}, "one\ntwo") == (
        message.job,
        message.owner,
        message.labels,
        message.log_tail,
    )
    assert message.run is not None
    assert (run_id, 3, None) == (message.run.id, message.run.exit_code, message.run.output)
    assert 0 == await open_deliveries(rig)


async def test_the_end_of_a_long_output_comes_from_its_file(
    rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers, tmp_path: Path
) -> None:
    """What the ledger keeps of it is the beginning."""
    await rig.begin(a_job(clock, on_failure=[HOOK]))
    await clock.advance(60)
    run_id = rig.work.begun[-1].run_id
    (tmp_path / log_name(run_id, 1)).write_bytes(gzip.compress(b"beginning\n" + b"x" * 100 + b"\nthe end\n"))
    rig.work.finish(run_id, Outcome(error="no", output="beginning\n"))
    async with asyncio.timeout(DEADLINE):
        while not notifiers.sent:
            await asyncio.to_thread(int)  # the file is read on another thread
    assert notifiers.sent[0][1].log_tail.endswith("\nthe end")


async def test_it_is_tried_five_times_and_given_up(
    rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers, caplog: pytest.LogCaptureFixture
) -> None:
    """After 10 s, 1 min, 10 min and 1 h; then an event and a line in the log say so, without an address."""
    notifiers.refusals = 9
    await fail_once(rig, clock)
    tries = [notifiers.tried]
    for wait in (10, 60, 600, 3600):
        await clock.advance(wait - 1)
        tries.append(notifiers.tried)
        await clock.advance(1)
        tries.append(notifiers.tried)
    assert [1, 1, 2, 2, 3, 3, 4, 4, 5] == tries
    assert 0 == await open_deliveries(rig)
    (event,) = [event for event in await rig.events() if event.name == "notice_given_up"]
    assert {"job": "set/a", "way": "webhook", "reason": "no answer"}.items() <= event.facts.items()
    assert "Notice given up" in caplog.messages
    assert "hooks.example" not in caplog.text + str(event)


async def test_tries_go_on_over_restarts(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """The next process goes on where this one was, with the same id."""
    notifiers.refusals = 2
    await fail_once(rig, clock)
    await rig.engine.shut_down(drain=timedelta(0))
    assert 1 == notifiers.tried
    clock.stall(30)
    engine = rig.another()
    await engine.take_over()
    await engine.begin()
    await settle()
    assert 2 == notifiers.tried
    await clock.advance(60)
    assert 1 == len(notifiers.told)
    notice = await rig.store.read(lambda reader: reader.notices()[0])
    assert [f"failure {notice.id}"] == notifiers.told


async def test_what_was_sent_and_not_noted_is_sent_again(
    rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers
) -> None:
    """At least once: where a process is gone between the two, the next one sends the same notice again."""
    await rig.begin(a_job(clock, on_failure=[HOOK]))
    await clock.advance(60)
    rig.work.fail(rig.work.begun[-1].run_id)
    failing_after(notifiers, rig)
    await settle()
    await rig.engine.shut_down(drain=timedelta(0))
    rig.store.failing = False
    engine = rig.another()
    await engine.take_over()
    await engine.begin()
    await settle()
    assert 2 == len(notifiers.told)
    assert 1 == len(set(notifiers.told))


async def test_runs_do_not_wait_for_deliveries(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """While a server hangs, runs begin and end as ever, and at most so many deliveries are tried at once."""
    notifiers.hangs = True
    jobs = [a_job(clock, f"j{number}", on_failure=[HOOK, OTHER]) for number in range(30)]
    await rig.begin(*jobs)
    await clock.advance(60)
    for context in list(rig.work.begun):
        rig.work.fail(context.run_id)
    await clock.advance(60)
    assert 60 == len(rig.work.begun)
    assert deliverer.AT_ONCE == notifiers.most_going


async def test_one_channel_does_not_take_all_room(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """While one server does not answer, others are told."""
    notifiers.hangs = True
    await rig.begin(*(a_job(clock, f"j{number}", on_failure=[HOOK]) for number in range(30)))
    await clock.advance(60)
    for context in list(rig.work.begun):
        rig.work.fail(context.run_id)
    await settle()
    assert deliverer.OF_ONE_CHANNEL == notifiers.going


async def test_a_backlog_that_hangs_holds_up_no_other_channel(
    rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither more notices to one server than are looked at at once, nor servers enough to take all room."""
    monkeypatch.setattr(deliverer, "LOOKED_AT", 10)
    notifiers.hangs_for = "hooks.example"
    await rig.begin(
        *(a_job(clock, f"j{number:03}", on_failure=[HOOK]) for number in range(30)),
        a_job(clock, "z", on_failure=[OTHER]),
    )
    await clock.advance(60)
    for context in list(rig.work.begun):
        rig.work.fail(context.run_id)
    await settle()
    assert [OTHER] == [channel.model_dump() for channel, _ in notifiers.sent]
    assert deliverer.OF_ONE_CHANNEL == notifiers.going


async def test_channels_that_fail_take_half_of_the_room(
    rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it is known of them: what is tried first is told to others however many wait for another try."""
    monkeypatch.setattr(deliverer, "LOOKED_AT", 10)
    notifiers.refusals = 30
    hooks = [{"webhook": f"https://hooks.example/{number}"} for number in range(30)]
    await rig.begin(
        *(a_job(clock, f"j{number:03}", on_failure=[hook]) for number, hook in enumerate(hooks)),
        a_job(clock, "z", schedule={"every": "75s"}, on_failure=[OTHER]),
    )
    await clock.advance(60)
    for context in [each for each in rig.work.begun if each.job != "set/z"]:
        rig.work.fail(context.run_id)
    while notifiers.tried < len(hooks):
        await settle()
    notifiers.hangs_for = "hooks.example"
    await clock.advance(12)
    assert deliverer.OF_FAILING_ONES == notifiers.going
    assert [] == notifiers.sent
    await clock.advance(120)
    rig.work.fail(next(each.run_id for each in rig.work.begun if each.job == "set/z"))
    await settle()
    assert [OTHER] == [channel.model_dump() for channel, _ in notifiers.sent]


async def test_every_job_is_told_of(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """More notices than are looked at at once are all delivered."""
    number = deliverer.LOOKED_AT + 50
    await rig.begin(*(a_job(clock, f"j{each:03}", on_failure=[HOOK]) for each in range(number)))
    await clock.advance(60)
    for context in list(rig.work.begun):
        rig.work.fail(context.run_id)
    for _ in range(60):
        await settle()
    assert number == len(set(notifiers.told))


async def test_a_bug_of_a_notifier_is_a_try_that_failed(
    rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers
) -> None:
    """Nothing that a notifier raises ends the deliverer, and what it raises is not raised again and again."""
    notifiers.raises = RuntimeError("https://hooks.example/x")
    await fail_once(rig, clock)
    assert 1 == notifiers.tried
    notifiers.raises = None
    await clock.advance(10)
    assert 1 == len(notifiers.sent)


async def test_an_address_that_is_gone_is_told_nothing(
    rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers
) -> None:
    """What waits for a channel that the manifest names no more is dropped; a renamed job is told by its new name."""
    notifiers.refusals = 2
    await fail_once(rig, clock, on_failure=[HOOK, OTHER])
    row = await rig.row()
    spec = Job.model_validate(row.spec.to_record() | {"on_failure": [OTHER]})
    await rig.put(row._replace(spec=spec, key="set/renamed"))
    await clock.advance(10)
    ((channel, message),) = notifiers.sent
    assert (OTHER, "set/renamed") == (channel.model_dump(), message.job)
    assert 0 == await open_deliveries(rig)


async def test_a_removed_job_is_told_of(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """Its tombstone knows whom to tell."""
    notifiers.refusals = 1
    await fail_once(rig, clock)
    await rig.put((await rig.row())._replace(removed_at=clock.now()))
    await clock.advance(10)
    assert 1 == len(notifiers.sent)


async def test_an_end_delivers_what_is_due(
    rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the shutdown itself interrupts is told before the store is closed."""
    monkeypatch.setattr(deliverer, "STOP_SECONDS", DEADLINE)
    await rig.begin(a_job(clock, on_failure=[HOOK]))
    await clock.advance(60)
    await rig.engine.shut_down(drain=timedelta(0))
    assert ["interrupted"] == await rig.statuses()
    assert 1 == len(notifiers.sent)


async def test_an_end_waits_for_no_server_that_hangs(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """Its time is bounded, and what is left is due at the next start."""
    notifiers.hangs = True
    await fail_once(rig, clock)
    await rig.engine.shut_down(drain=timedelta(0))
    assert (0, 1) == (notifiers.going, await open_deliveries(rig))


async def test_a_store_that_fails_makes_no_try_count(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """What was delivered is noted once the store takes it, and not sent again meanwhile."""
    await rig.begin(a_job(clock, on_failure=[HOOK]))
    await clock.advance(60)
    rig.work.fail(rig.work.begun[-1].run_id)
    failing_after(notifiers, rig)
    await settle()
    await clock.advance(3)
    assert (1, 1) == (len(notifiers.sent), await open_deliveries(rig))
    rig.store.failing = False
    await clock.advance(3)
    assert (1, 0) == (len(notifiers.sent), await open_deliveries(rig))


async def test_what_was_queued_before_the_start_is_delivered(
    rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers
) -> None:
    """A command may have queued it while no service was there."""
    job = a_job(clock, on_late=[HOOK])
    await rig.put(job)
    notice = Notice("n1", "a", NoticeKind.LATE, clock.now(), facts={"expectation": "must_finish_by"})
    await rig.store.write(lambda tx: rig.engine.planner.telling.tell(tx, job, notice))
    await rig.begin()
    assert ["late n1"] == notifiers.told


async def test_events_are_not_written_twice(rig: Rig, clock: VirtualClock, notifiers: NotedNotifiers) -> None:
    """What was given up once is not given up again."""
    notifiers.refusals = 99
    await fail_once(rig, clock)
    await clock.advance(5_000)
    given_up: list[Event] = [event for event in await rig.events() if event.name == "notice_given_up"]
    assert (1, 5) == (len(given_up), notifiers.tried)
