"""What each verb does and answers: on a live scheduler, and on rows alone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schedrun.core.errors import JobBusyError, JobNotFoundError, PausedByManifestError, RunEndedError, RunNotFoundError
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Override, Request
from schedrun.core.status import RunStatus
from schedrun.reconcile import apply_verb, requests, verbs
from schedrun.reconcile.requests import BadRequestError
from schedrun.scheduler.rows import Live, RowsOnly
from schedrun.stores.memory import MemoryStore
from tests.core.plan.builders import desired, job, row
from tests.reconcile.recording import Manifests, RecordingLive, reconciler
from tests.scheduler.rig import Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


def request(clock: VirtualClock, *, verb: str = "apply", identity: str = "q", **arguments: object) -> Request:
    """Return a request of ann's."""
    return Request(identity, verb, arguments, "ann", clock.now())


async def at_once() -> None:
    """Manifests that hold still already."""


async def answer(live: RecordingLive, manifests: Manifests, clock: VirtualClock, asked: Request) -> dict[str, Any]:
    """Put the request, let a service of `jobs` answer it, and return its result."""
    await live.store.write(lambda tx: tx.put_request(asked))
    verb = apply_verb.verb(reconciler(live, manifests, clock=clock), settled=at_once)
    assert 1 == await requests.answer_open(live.store, {"apply": verb}, clock=clock)
    answered = await live.store.read(lambda reader: reader.request(asked.id))
    assert answered is not None
    assert answered.result is not None
    assert clock.now() == answered.done_at
    return answered.result


class TestApply:
    """The verb `apply`."""

    async def test_answers_with_the_plan_it_applied(self, clock: VirtualClock) -> None:
        """For programs in the shape that `plan` prints, and for people."""
        live = RecordingLive()
        result = await answer(live, Manifests(desired({"a/one": job()})), clock, request(clock))
        summary = {"create": 1, "remove": 0, "move": 0, "update": 0, "pause": 0, "resume": 0, "noop": 0, "blocked": 0}
        assert {"plan", "text"} == result.keys()
        assert summary == result["plan"]["summary"]
        assert "Plan: 1 to create, 0 unchanged." in result["text"]
        assert ["a/one"] == [each.key for each in await live.store.read(lambda reader: reader.jobs())]

    async def test_waits_until_the_manifests_hold_still(self, clock: VirtualClock) -> None:
        """Who asks may do it in the middle of a save."""
        live, manifests, rest = RecordingLive(), Manifests(desired()), asyncio.Event()

        async def settled() -> None:
            await rest.wait()

        verb = apply_verb.verb(reconciler(live, manifests, clock=clock), settled=settled)
        asking = asyncio.ensure_future(verb(request(clock)))
        await settle()
        assert manifests.loads == 0
        rest.set()
        await asking
        assert manifests.loads == 1

    async def test_confirms_removals(self, clock: VirtualClock) -> None:
        """The number is handed on."""
        live = RecordingLive()
        await live.put(row("a/one"))
        await answer(live, Manifests(desired()), clock, request(clock, allow_remove=1))
        assert [] == list(await live.store.read(lambda reader: reader.jobs()))

    @pytest.mark.parametrize(
        ("expected", "arguments"),
        [
            pytest.param("the plan removes 1, not 2; confirm with --allow-remove 1", {"allow_remove": 2}, id="number"),
            pytest.param("it applies jobs, not /elsewhere", {"paths": ["/elsewhere"]}, id="other paths"),
            pytest.param("it applies jobs, not jobs, more", {"paths": ["jobs", "more"]}, id="more paths"),
            pytest.param("`paths` is a list of paths, not 'jobs'", {"paths": "jobs"}, id="no list"),
            pytest.param("`paths` is a list of paths, not []", {"paths": []}, id="empty list"),
            pytest.param("`allow_remove` is a number of removals, not True", {"allow_remove": True}, id="no number"),
            pytest.param("`allow_remove` is a number of removals, not -1", {"allow_remove": -1}, id="negative"),
        ],
    )
    async def test_refuses(self, expected: str, arguments: dict[str, Any], clock: VirtualClock) -> None:
        """The answer is an error, and nothing is applied."""
        live = RecordingLive()
        await live.put(row("a/one"))
        result = await answer(live, Manifests(desired()), clock, request(clock, **arguments))
        assert expected in str(result["error"])
        assert [row("a/one")] == list(await live.store.read(lambda reader: reader.jobs()))

    async def test_knows_its_paths_under_other_names(
        self, clock: VirtualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Absolute, through a symlink, in another order."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / "jobs").mkdir()
        (tmp_path / "link").symlink_to("jobs")
        for path in (str(tmp_path / "jobs"), "./jobs/", str(tmp_path / "link")):
            asked = request(clock, identity=path, paths=[path])
            assert "error" not in await answer(RecordingLive(), Manifests(desired()), clock, asked)


@pytest.fixture
async def rig(clock: VirtualClock) -> AsyncIterator[Rig]:
    """Give an engine with work that ends when it is told to, and end it after the test."""
    rig = Rig(clock)
    yield rig
    await rig.end()


class Asked:
    """A live side that is asked by ann."""

    def __init__(self, live: Live, clock: VirtualClock) -> None:
        self._verbs, self._clock = verbs.control_verbs(live, clock=clock), clock

    async def __call__(self, verb: str, *, identity: str = "q", **arguments: object) -> dict[str, object]:
        return await self._verbs[verb](request(self._clock, verb=verb, identity=identity, **arguments))


class TestControlOfALiveScheduler:
    """Timers and runs follow what is answered."""

    async def test_a_pause_holds_from_now_on(self, rig: Rig, clock: VirtualClock) -> None:
        """It says why, by whom and until when; the job fires again when it ends."""
        await rig.begin(a_job(clock))
        until = clock.now() + timedelta(minutes=2, seconds=30)
        answer = await Asked(rig.engine, clock)("pause", job="set/a", reason="vendor", until=until.isoformat())
        again = "2026-06-01T12:03:00Z"
        assert {
            "job": "set/a",
            "reason": "vendor",
            "by": "ann",
            "until": "2026-06-01T12:02:30Z",
            "next_fire": again,
        } == answer
        assert Override("vendor", "ann", clock.now(), until) == (await rig.row()).override
        await clock.advance(179)
        assert [] == rig.work.fires
        await clock.advance(2)
        assert [datetime.fromisoformat(again)] == rig.work.fires
        assert ["paused by ann: vendor"] == [span.reason for span in await rig.spans()]

    async def test_the_next_fire_is_none_that_ran_before_the_clock_was_set_back(
        self, rig: Rig, clock: VirtualClock
    ) -> None:
        """It says the one after it."""
        await rig.begin(a_job(clock, overlap="allow"))
        await clock.advance(60)
        clock.step(-60)
        answer = await Asked(rig.engine, clock)("resume", job="set/a")
        assert "2026-06-01T12:02:00Z" == answer["next_fire"]

    async def test_a_resume_lifts_it(self, rig: Rig, clock: VirtualClock) -> None:
        """Once: a second one finds nothing to lift."""
        await rig.begin(a_job(clock))
        asked = Asked(rig.engine, clock)
        await asked("pause", job="set/a")
        await clock.advance(150)
        upcoming = "2026-06-01T12:03:00Z"
        assert {"job": "set/a", "lifted": True, "next_fire": upcoming} == await asked("resume", job="set/a")
        assert {"job": "set/a", "lifted": False, "next_fire": upcoming} == await asked("resume", job="set/a")
        assert [2] == [span.count for span in await rig.spans()]
        await clock.advance(31)
        assert 1 == len(rig.work.fires)

    async def test_a_trigger_starts_a_run(self, rig: Rig, clock: VirtualClock) -> None:
        """The request's id is the idempotency key: asked again, it is the same run."""
        await rig.begin(a_job(clock))
        asked = Asked(rig.engine, clock)
        answer = await asked("trigger", job="set/a")
        (run,) = await rig.runs()
        assert {"job": "set/a", "run": run.id, "status": "running", "waits_for": None} == answer
        await settle()
        rig.work.finish(run.id)
        await settle()
        assert answer | {"status": "succeeded"} == await asked("trigger", job="set/a")
        assert 1 == len(await rig.runs())

    async def test_a_trigger_that_must_wait_says_for_what(self, rig: Rig, clock: VirtualClock) -> None:
        """Under `queue` it waits for its turn."""
        await rig.begin(a_job(clock, overlap="queue"))
        asked = Asked(rig.engine, clock)
        await asked("trigger", job="set/a", identity="1")
        answer = await asked("trigger", job="set/a", identity="2")
        assert ("queued", "its turn") == (answer["status"], answer["waits_for"])

    async def test_a_trigger_that_forbid_blocks_leaves_no_row(self, rig: Rig, clock: VirtualClock) -> None:
        """The run in its way is named."""
        await rig.begin(a_job(clock))
        asked = Asked(rig.engine, clock)
        first = await asked("trigger", job="set/a", identity="1")
        with pytest.raises(JobBusyError, match=f"run {first['run']} of 'set/a'"):
            await asked("trigger", job="set/a", identity="2")
        assert 1 == len(await rig.runs())

    async def test_a_trigger_replaces(self, rig: Rig, clock: VirtualClock) -> None:
        """The run that is active is asked to end, and the new one follows it."""
        await rig.begin(a_job(clock, overlap="replace"))
        asked = Asked(rig.engine, clock)
        await asked("trigger", job="set/a", identity="1")
        await settle()
        assert "queued" == (await asked("trigger", job="set/a", identity="2"))["status"]
        await settle()
        assert ["cancelled", "running"] == sorted(await rig.statuses())

    async def test_a_running_run_is_asked_to_end(self, rig: Rig, clock: VirtualClock) -> None:
        """It ends when its work has; until then it runs."""
        await rig.begin(a_job(clock, kill_after="7s"))
        asked = Asked(rig.engine, clock)
        run = (await asked("trigger", job="set/a"))["run"]
        await settle()
        answer = await asked("cancel", run=run)
        assert {"job": "set/a", "run": run, "status": "running", "attempt": 1, "kill_after": "7s"} == answer
        await settle()
        assert ["cancelled"] == await rig.statuses()

    async def test_a_queued_run_is_cancelled_at_once(self, rig: Rig, clock: VirtualClock) -> None:
        """What runs before it goes on, and nothing follows."""
        await rig.begin(a_job(clock, overlap="queue"))
        asked = Asked(rig.engine, clock)
        first = (await asked("trigger", job="set/a", identity="1"))["run"]
        second = (await asked("trigger", job="set/a", identity="2"))["run"]
        answer = await asked("cancel", run=second)
        assert {"job": "set/a", "run": second, "status": "cancelled", "attempt": 0, "kill_after": None} == answer
        assert {first: "running", second: "cancelled"} == {run.id: run.status for run in await rig.runs()}
        errors = {run.id: run.error for run in await rig.runs()}
        assert "cancelled by ann before it started" == errors[str(second)]

    async def test_a_run_that_waits_for_its_retry_is_cancelled_at_once(self, rig: Rig, clock: VirtualClock) -> None:
        """What waited behind it starts, nobody waits for its next attempt, and what the first one did stays."""
        await rig.begin(a_job(clock, overlap="queue", retries={"max": 3, "backoff": "1h", "jitter": False}))
        asked = Asked(rig.engine, clock)
        first = str((await asked("trigger", job="set/a", identity="1"))["run"])
        await settle()
        rig.work.finish(first, Outcome(exit_code=3, error="exit code 3"))
        await settle()
        second = str((await asked("trigger", job="set/a", identity="2"))["run"])
        assert {first: "queued", second: "queued"} == {run.id: run.status for run in await rig.runs()}
        answer = await asked("cancel", run=first)
        assert {"job": "set/a", "run": first, "status": "cancelled", "attempt": 1, "kill_after": None} == answer
        ended, follower = await rig.runs()
        assert ("cancelled by ann before its next attempt", 3) == (ended.error, ended.exit_code)
        assert (second, RunStatus.RUNNING) == (follower.id, follower.status)
        assert rig.engine.runner.retries.idle

    async def test_who_cancels_what_has_just_timed_out_wants_no_retry(self, rig: Rig, clock: VirtualClock) -> None:
        """The run is still ending when it is cancelled."""
        await rig.begin(a_job(clock, timeout="1ms", retries={"max": 3}))
        asked = Asked(rig.engine, clock)
        run = (await asked("trigger", job="set/a"))["run"]
        rig.engine.runner.cancel(str(run), status=RunStatus.TIMED_OUT)
        assert rig.engine.cancel(str(run), by="ann")
        await settle()
        assert [("cancelled", "cancelled by ann")] == [(each.status, each.error) for each in await rig.runs()]

    async def test_what_waits_starts_with_a_resume(self, rig: Rig, clock: VirtualClock) -> None:
        """The run that settling has claimed is not forgotten."""
        retries = {"max": 3, "backoff": "1m", "jitter": False}
        await rig.begin(a_job(clock, schedule={"every": "1h"}, retries=retries))
        asked = Asked(rig.engine, clock)
        run = str((await asked("trigger", job="set/a"))["run"])
        await settle()
        await asked("pause", job="set/a")
        rig.work.finish(run, Outcome(error="no"))
        await settle()
        clock.step(61)
        await asked("resume", job="set/a")
        await settle()
        assert [1, 2] == [context.attempt for context in rig.work.begun]

    async def test_a_run_that_has_ended_is_refused(self, rig: Rig, clock: VirtualClock) -> None:
        """With its status, also when that has not been written yet."""
        await rig.begin(a_job(clock))
        asked = Asked(rig.engine, clock)
        run = str((await asked("trigger", job="set/a"))["run"])
        await settle()
        rig.work.finish(run)
        for _ in range(3):  # as many turns as its end takes, and fewer than its verdict does
            await asyncio.sleep(0)
        assert () == rig.engine.runner.active
        assert ["running"] == await rig.statuses()
        with pytest.raises(RunEndedError, match=f"{run} succeeded"):
            await asked("cancel", run=run)

    @pytest.mark.parametrize(
        ("error", "words", "verb", "arguments"),
        [
            pytest.param(JobNotFoundError, "'set/b'", "pause", {"job": "set/b"}, id="pause an unknown job"),
            pytest.param(JobNotFoundError, "'set/b'", "trigger", {"job": "set/b"}, id="trigger an unknown job"),
            pytest.param(RunNotFoundError, "'none'", "cancel", {"run": "none"}, id="cancel an unknown run"),
            pytest.param(PausedByManifestError, "jobs.yaml:7", "resume", {"job": "set/p"}, id="resume in its file"),
            pytest.param(BadRequestError, "`job` is a text, not None", "pause", {}, id="no job"),
            pytest.param(BadRequestError, "`job` is a text, not 3", "trigger", {"job": 3}, id="no text"),
            pytest.param(BadRequestError, "no offset", "pause", {"job": "set/a", "until": "2027-01-01"}, id="naive"),
            pytest.param(BadRequestError, "an instant", "pause", {"job": "set/a", "until": "soon"}, id="no instant"),
            pytest.param(
                *(BadRequestError, "has passed", "pause"), {"job": "set/a", "until": "2026-06-01T12:00:00Z"}, id="past"
            ),
        ],
    )
    async def test_refuses(
        self, error: type[Exception], words: str, verb: str, arguments: dict[str, Any], rig: Rig, clock: VirtualClock
    ) -> None:
        """Nothing changes."""
        paused = a_job(clock, "p", row={"file": "jobs.yaml", "line": 7}, paused=True)
        await rig.begin(a_job(clock), paused)
        with pytest.raises(error, match=words):
            await Asked(rig.engine, clock)(verb, **arguments)
        assert (await rig.row("a"), await rig.row("p"), []) == (a_job(clock), paused, await rig.runs())


class TestControlOfRowsAlone:
    """Nothing starts; what is planned waits for the next start."""

    async def test_a_pause_gives_first_what_is_due_its_verdict(self, clock: VirtualClock) -> None:
        """The run that came due is queued, and the pause holds from now on."""
        store = MemoryStore()
        await store.write(lambda tx: tx.put_job(a_job(clock)))
        clock.step(61)
        await Asked(RowsOnly(store), clock)("pause", job="set/a")
        (run,) = await store.read(lambda reader: reader.active_runs())
        assert (RunStatus.QUEUED, 0) == (run.status, run.attempt)

    async def test_a_trigger_waits_for_the_next_start(self, clock: VirtualClock) -> None:
        """Also where the policy would let it start."""
        store = MemoryStore()
        await store.write(lambda tx: tx.put_job(a_job(clock)))
        asked = Asked(RowsOnly(store), clock)
        answer = await asked("trigger", job="set/a")
        assert ("queued", "the next start") == (answer["status"], answer["waits_for"])
        assert answer == await asked("trigger", job="set/a")
        assert "cancelled" == (await asked("cancel", run=answer["run"]))["status"]
        assert [] == list(await store.read(lambda reader: reader.active_runs()))
