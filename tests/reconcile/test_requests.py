"""What another process asks of the active one, and what it hears."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from schedrun.core.run.recorded import Request
from schedrun.protocols import Transaction
from schedrun.reconcile import requests
from schedrun.reconcile.requests import NoAnswerError, RequestRefusedError
from schedrun.stores.memory import MemoryStore
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio

T = TypeVar("T")


class Unheard(MemoryStore):
    """A store that never says that its first transaction was committed."""

    def __init__(self) -> None:
        super().__init__()
        self._hears = False

    async def write(self, unit: Callable[[Transaction], T]) -> T:
        """Write, and return unless it is the first."""
        written = await super().write(unit)
        if not self._hears:
            self._hears = True
            await asyncio.Event().wait()
        return written


def request(clock: VirtualClock, *, verb: str = "apply", identity: str = "q", **arguments: object) -> Request:
    """Return a request of ann's."""
    return Request(identity, verb, arguments, "ann", clock.now())


async def result(store: MemoryStore) -> dict[str, Any] | None:
    """Return what was answered."""
    asked = await store.read(lambda reader: reader.request("q"))
    assert asked is not None
    return asked.result


async def test_a_bug_is_an_answer_too(clock: VirtualClock, caplog: pytest.LogCaptureFixture) -> None:
    """Who asks hears of it at once, and later requests are answered."""
    store = MemoryStore()
    asked = request(clock)
    await store.write(lambda tx: tx.put_request(asked))

    async def verb(_request: Request) -> requests.Answer:
        raise ZeroDivisionError("a bug")

    assert 1 == await requests.answer_open(store, {"apply": verb}, clock=clock)
    answered = await store.read(lambda reader: reader.request(asked.id))
    assert answered is not None
    told = "the running service met a bug of its own, see its log (ZeroDivisionError)"
    assert {"error": told, "code": "service_bug"} == answered.result
    assert ["request_failed"] == [record.event for record in caplog.records if hasattr(record, "event")]


class TestAnswering:
    """The active side."""

    async def test_names_a_verb_it_does_not_know(self, clock: VirtualClock) -> None:
        """A newer command may ask an older service."""
        store = MemoryStore()
        await store.write(lambda tx: tx.put_request(request(clock, verb="dance")))
        assert 1 == await requests.answer_open(store, {}, clock=clock)
        told = "the running service does not know 'dance': it is of another version"
        assert {"error": told, "code": "unknown_verb"} == await result(store)

    async def test_answers_each_request_once(self, clock: VirtualClock) -> None:
        """Oldest first; what has a result is done."""
        store, heard = MemoryStore(), []

        async def verb(request: Request) -> dict[str, object]:
            heard.append(request.arguments["n"])
            return {}

        for number in (1, 2):
            asked = replace(request(clock, identity=f"{number}", n=number), at=clock.now())
            await store.write(lambda tx, asked=asked: tx.put_request(asked))  # type: ignore[misc]  # bound at once
            clock.step(1)
        assert 2 == await requests.answer_open(store, {"apply": verb}, clock=clock)
        assert 0 == await requests.answer_open(store, {"apply": verb}, clock=clock)
        assert [1, 2] == heard

    async def test_what_nobody_waits_for_any_more_is_not_done(self, clock: VirtualClock) -> None:
        """A command that was killed withdraws nothing."""
        store = MemoryStore()
        await store.write(lambda tx: tx.put_request(request(clock)))
        clock.step(31)

        async def verb(_request: Request) -> dict[str, object]:
            raise AssertionError("it is done")

        assert 1 == await requests.answer_open(store, {"apply": verb}, clock=clock)
        told = "expired: nobody waits for the answer any more"
        assert {"error": told, "code": "expired"} == await result(store)

    async def test_does_not_do_what_was_withdrawn_while_another_was_done(self, clock: VirtualClock) -> None:
        """Who asked was told that nothing happens."""
        store, done = MemoryStore(), []

        async def verb(asked: Request) -> dict[str, object]:
            done.append(asked.id)
            if asked.id == "q":
                await clock.advance(6)
            return {}

        await store.write(lambda tx: tx.put_request(request(clock)))
        clock.step(1)
        asking = asyncio.create_task(requests.ask(store, request(clock, identity="later"), clock=clock))
        await settle()
        await requests.answer_open(store, {"apply": verb}, clock=clock)
        with pytest.raises(NoAnswerError):
            await asking
        assert ["q"] == done


class TestAsking:
    """The side of the command, on a store that both sides see."""

    async def test_returns_the_answer(self, clock: VirtualClock) -> None:
        """As soon as it is there."""
        store = MemoryStore()
        asking = asyncio.create_task(requests.ask(store, request(clock), clock=clock))

        async def verb(_request: Request) -> dict[str, object]:
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

    async def test_withdraws_what_was_asked_before_it_heard_so(self, clock: VirtualClock) -> None:
        """Ctrl-C between the commit and the news of it."""
        store = Unheard()
        asking = asyncio.create_task(requests.ask(store, request(clock), clock=clock))
        await settle()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert [] == list(await store.read(lambda reader: reader.open_requests()))

    async def test_a_withdrawn_request_keeps_its_end(self, clock: VirtualClock) -> None:
        """The service finishes what it has begun; the command has told its user otherwise."""
        store = MemoryStore()
        began = asyncio.Event()
        finish = asyncio.Event()

        async def verb(_request: Request) -> dict[str, object]:
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
        assert {"error": "withdrawn: no answer in time", "code": "withdrawn"} == closed.result

    async def test_hears_that_another_process_withdrew_it(self, clock: VirtualClock) -> None:
        """Several may ask with one id; whoever waited longest withdraws it, and nobody was refused anything."""
        store = MemoryStore()
        asking = asyncio.create_task(requests.ask(store, request(clock), clock=clock))
        await clock.advance(2)
        withdrawn: dict[str, object] = {"error": "withdrawn: no answer in time", "code": "withdrawn"}
        closed = replace(request(clock), result=withdrawn, done_at=clock.now())
        await store.write(lambda tx: tx.put_request(closed))
        await clock.advance(1)
        with pytest.raises(NoAnswerError):
            await asking
