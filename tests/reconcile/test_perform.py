"""A command acts through whoever is active on the state, else by itself, and never twice."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from schedrun.clock import SystemClock
from schedrun.core.errors import SchedrunError
from schedrun.core.run.recorded import Request
from schedrun.protocols import Store
from schedrun.reconcile import requests
from schedrun.reconcile.perform import perform
from schedrun.reconcile.requests import Answer, NoAnswerError, RequestRefusedError, Verb
from schedrun.scheduler.activation import Activation
from schedrun.scheduler.rows import Live
from tests.reconcile.recording import RecordingLive

pytestmark = pytest.mark.anyio


class Patient(SystemClock):
    """A clock on which a minute is a second: whoever waits for an answer does not give up because much else runs."""

    def monotonic(self) -> float:
        return super().monotonic() / 60


CLOCK = Patient()


class Impatient(SystemClock):
    """A clock on which a tenth of a second is one."""

    def monotonic(self) -> float:
        return super().monotonic() * 10


class Doing:
    """Verbs that count how often they do what is asked."""

    def __init__(self, error: SchedrunError | None = None) -> None:
        self.done, self.error = 0, error

    def __call__(self, live: Live) -> Mapping[str, Verb]:
        async def do(_request: Request) -> Answer:
            if self.error is not None:
                raise self.error
            self.done += 1
            return {"done": "here", "starts": live.planner.may_start}

        return {"do": do}


def asked(identity: str = "q") -> Request:
    """Return a request of ann's."""
    return Request(identity, "do", {}, "ann", CLOCK.now())


async def serve(store: Store, doing: Doing) -> None:
    """Answer what is asked until cancelled."""
    while True:
        await requests.answer_open(store, doing(RecordingLive(store)), clock=CLOCK)
        await asyncio.sleep(0.01)


async def is_asked(store: Store) -> None:
    """Return once something is asked."""
    for _ in range(3_000):
        if await store.read(lambda reader: reader.open_requests()):
            return
        await asyncio.sleep(0.01)
    pytest.fail("nothing was asked")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return where a state may be."""
    return tmp_path / "state" / "state.db"


async def test_without_a_service_it_is_done_here(state: Path) -> None:
    """Nothing may start, and the state is free again."""
    doing = Doing()
    performed = await perform(asked(), state=state, verbs=doing, clock=CLOCK)
    assert ({"done": "here", "starts": False}, False) == (performed.answer, performed.by_service)
    activation = Activation(state, CLOCK)
    await (await activation.acquire()).close()
    await activation.release()


async def test_what_is_refused_here_is_raised_and_the_state_is_free(state: Path) -> None:
    """As it would be by a service, in the same words."""
    with pytest.raises(SchedrunError, match="no, never"):
        await perform(asked(), state=state, verbs=Doing(SchedrunError("no, never")), clock=CLOCK)
    assert not (await perform(asked(), state=state, verbs=Doing(), clock=CLOCK)).by_service


@pytest.mark.parametrize("refuses", [False, True], ids=["answers", "refuses"])
async def test_an_active_service_does_it(state: Path, *, refuses: bool) -> None:
    """Its answer, or its refusal in its own words; the command does nothing itself."""
    service, doing = Doing(SchedrunError("no, never") if refuses else None), Doing()
    activation = Activation(state, CLOCK)
    store = await activation.acquire()
    serving = asyncio.create_task(serve(store, service))
    try:
        if refuses:
            with pytest.raises(RequestRefusedError, match=r"^no, never$"):
                await perform(asked(), state=state, verbs=doing, clock=CLOCK)
        else:
            performed = await perform(asked(), state=state, verbs=doing, clock=CLOCK)
            assert ({"done": "here", "starts": True}, True) == (performed.answer, performed.by_service)
            assert 1 == service.done
        assert 0 == doing.done
    finally:
        serving.cancel()
        await store.close()
        await activation.release()


async def test_a_service_that_does_not_answer_is_not_waited_for_without_end(state: Path) -> None:
    """And what was asked of it is withdrawn: it does nothing by surprise."""
    activation, doing = Activation(state, CLOCK), Doing()
    store = await activation.acquire()
    with pytest.raises(NoAnswerError, match="`do`, waited 5 s"):
        await perform(asked(), state=state, verbs=doing, clock=Impatient())
    assert (0, []) == (doing.done, list(await store.read(lambda reader: reader.open_requests())))
    await store.close()
    await activation.release()


@pytest.mark.parametrize("answered", [False, True], ids=["unanswered", "answered"])
async def test_when_the_service_ends_first_it_is_done_here_unless_it_was_done(state: Path, *, answered: bool) -> None:
    """A service that ends may have done it with its last breath."""
    activation, doing, service = Activation(state, CLOCK), Doing(), Doing()
    store = await activation.acquire()
    asking = asyncio.create_task(perform(asked(), state=state, verbs=doing, clock=CLOCK))
    await is_asked(store)
    if answered:
        await requests.answer_open(store, service(RecordingLive(store)), clock=CLOCK)
    await store.close()
    await activation.release()
    performed = await asking
    assert (answered, int(answered), int(not answered)) == (performed.by_service, service.done, doing.done)


async def test_two_commands_at_once_are_both_done(state: Path) -> None:
    """The one that is refused the lock does it once the other has ended."""
    doing = Doing()
    both = (perform(asked(name), state=state, verbs=doing, clock=CLOCK) for name in ("1", "2"))
    assert [False, False] == [performed.by_service for performed in await asyncio.gather(*both)]
    assert 2 == doing.done


async def test_who_stops_waiting_withdraws(state: Path) -> None:
    """Ctrl-C: nobody is there to hear that it was done."""
    activation = Activation(state, CLOCK)
    store = await activation.acquire()
    asking = asyncio.create_task(perform(asked(), state=state, verbs=Doing(), clock=CLOCK))
    await is_asked(store)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert [] == list(await store.read(lambda reader: reader.open_requests()))
    await store.close()
    await activation.release()
