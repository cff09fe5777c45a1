"""What another process asks of the active one, and what it hears."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schedrun.core.run.recorded import Request
from schedrun.reconcile import requests
from schedrun.reconcile.requests import NoAnswerError, RequestRefusedError
from schedrun.stores.memory import MemoryStore
from tests.core.plan.builders import desired, job, row
from tests.reconcile.recording import Manifests, RecordingLive, reconciler
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
    verb = requests.apply_verb(reconciler(live, manifests, clock=clock), settled=at_once)
    assert 1 == await requests.answer_open(live.store, {"apply": verb}, clock=clock)
    answered = await live.store.read(lambda reader: reader.request(asked.id))
    assert answered is not None
    assert answered.result is not None
    assert clock.now() == answered.done_at
    return answered.result


async def test_a_bug_is_an_answer_too(clock: VirtualClock, caplog: pytest.LogCaptureFixture) -> None:
    """Who asks hears of it at once, and later requests are answered."""
    store = MemoryStore()
    asked = request(clock)
    await store.write(lambda tx: tx.put_request(asked))

    async def verb(_arguments: Mapping[str, object]) -> requests.Answer:
        raise ZeroDivisionError("a bug")

    assert 1 == await requests.answer_open(store, {"apply": verb}, clock=clock)
    answered = await store.read(lambda reader: reader.request(asked.id))
    assert answered is not None
    assert {"error": "it met a bug of its own, see its log (ZeroDivisionError)"} == answered.result
    assert ["request_failed"] == [record.event for record in caplog.records if hasattr(record, "event")]


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

        verb = requests.apply_verb(reconciler(live, manifests, clock=clock), settled=settled)
        asking = asyncio.ensure_future(verb({}))
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


class TestAnswering:
    """The active side."""

    async def test_names_a_verb_it_does_not_know(self, clock: VirtualClock) -> None:
        """A newer command may ask an older service."""
        result = await answer(RecordingLive(), Manifests(desired()), clock, request(clock, verb="dance"))
        assert {"error": "this service does not know 'dance'"} == result

    async def test_answers_each_request_once(self, clock: VirtualClock) -> None:
        """Oldest first; what has a result is done."""
        store, heard = MemoryStore(), []

        async def verb(arguments: Mapping[str, object]) -> dict[str, object]:
            heard.append(arguments["n"])
            return {}

        for number in (1, 2):
            asked = replace(request(clock, identity=f"{number}", n=number), at=clock.now())
            await store.write(lambda tx, asked=asked: tx.put_request(asked))  # type: ignore[misc]  # bound at once
            clock.step(1)
        assert 2 == await requests.answer_open(store, {"apply": verb}, clock=clock)
        assert 0 == await requests.answer_open(store, {"apply": verb}, clock=clock)
        assert [1, 2] == heard


class TestAsking:
    """The side of the command, on a store that both sides see."""

    async def test_returns_the_answer(self, clock: VirtualClock) -> None:
        """As soon as it is there."""
        store = MemoryStore()
        asking = asyncio.create_task(requests.ask(store, request(clock), clock=clock))

        async def verb(_arguments: Mapping[str, object]) -> dict[str, object]:
            return {"summary": 1}

        await clock.advance(1)
        await requests.answer_open(store, {"apply": verb}, clock=clock)
        await clock.advance(1)
        assert {"summary": 1} == await asking

    async def test_raises_what_the_service_refused(self, clock: VirtualClock) -> None:
        """With its reason."""
        store = MemoryStore()
        asking = asyncio.create_task(requests.ask(store, request(clock, verb="dance"), clock=clock))
        await clock.advance(1)
        await requests.answer_open(store, {}, clock=clock)
        await clock.advance(1)
        with pytest.raises(RequestRefusedError, match="does not know 'dance'"):
            await asking

    async def test_withdraws_after_five_seconds(self, clock: VirtualClock) -> None:
        """What the command gave up on never happens later."""
        store = MemoryStore()
        asking = asyncio.create_task(requests.ask(store, request(clock), clock=clock))
        await clock.advance(4.9)
        assert not asking.done()
        await clock.advance(0.2)
        with pytest.raises(NoAnswerError, match="`apply`, waited 5 s"):
            await asking
        assert [] == list(await store.read(lambda reader: reader.open_requests()))

    async def test_a_withdrawn_request_keeps_its_end(self, clock: VirtualClock) -> None:
        """The service finishes what it has begun; the command has told its user otherwise."""
        store = MemoryStore()
        began = asyncio.Event()
        finish = asyncio.Event()

        async def verb(_arguments: Mapping[str, object]) -> dict[str, object]:
            began.set()
            await finish.wait()
            return {"summary": 1}

        asking = asyncio.create_task(requests.ask(store, request(clock), clock=clock))
        await settle()
        answering = asyncio.create_task(requests.answer_open(store, {"apply": verb}, clock=clock))
        await began.wait()
        await clock.advance(5.1)
        finish.set()
        await answering
        with pytest.raises(NoAnswerError):
            await asking
        closed = await store.read(lambda reader: reader.request("q"))
        assert closed is not None
        assert {"error": "withdrawn: no answer in time"} == closed.result
