"""The watcher's steps in virtual time, and the real listener's answers to a system that refuses."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from schedrun.clock import SystemClock
from schedrun.manifest import watch
from schedrun.manifest.settle import PATIENCE, ROUND, FileState, Reading, View
from schedrun.manifest.tree import FolderTree, Places
from schedrun.manifest.watch import BACKSTOP, POLL, FolderListener, Watcher, settled
from tests import watched_loop
from tests.virtual import VirtualClock

HERE: Places = {"/m": None}


class PaperTree:
    """A tree on paper: `contents` by name, and `stale` names whose fingerprint lies about their content."""

    def __init__(self, **contents: str) -> None:
        self.contents = contents
        self.fingerprints = dict.fromkeys(contents, 0)
        self.places = HERE
        self.withheld: frozenset[str] = frozenset()
        self.whole_reads = 0

    def write(self, name: str, text: str, *, unnoticed: bool = False) -> None:
        self.contents[name] = text
        self.fingerprints[name] = self.fingerprints.get(name, 0) + (not unnoticed)

    async def read(self, known: View, *, whole: bool) -> Reading:
        self.whole_reads += whole
        states = {}
        for name, text in self.contents.items():
            fingerprint = (len(text), self.fingerprints[name], 0, 0)
            state = known.states.get(name)
            trusted = not whole and state is not None and state.fingerprint == fingerprint
            states[name] = state if trusted and state is not None else FileState(fingerprint, text)
        return Reading(states, self.places)

    def withhold(self, names: frozenset[str]) -> None:
        self.withheld = names


class PaperListener:
    """A listener that hears what a test shouts."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()
        self.deaf = False
        self.refused = False
        self.refuses = False
        self.listened: list[Places] = []

    def doubt(self) -> None:
        self.deaf = True

    async def listen(self, places: Places) -> None:
        self.listened.append(places)
        self.deaf = self.refused = self.refuses

    async def close(self) -> None:
        self.deaf = True


class Scene:
    """A watcher on paper; `told` are the moments of its hints, in seconds since the first."""

    def __init__(self, tree: PaperTree) -> None:
        self.tree = tree
        self.listener = PaperListener()
        self.clock = VirtualClock(datetime(2026, 1, 1, tzinfo=UTC))
        self.stop = asyncio.Event()
        self.told: list[float] = []
        self._start = ROUND

    async def follow(self) -> None:
        watcher = Watcher(self.tree, self.listener, clock=self.clock, stop=self.stop)
        async for _ in watcher.hints():
            self.told.append(round(self.clock.monotonic() - self._start, 3))

    async def shout(self) -> None:
        self.listener.heard.set()
        await self.clock.advance(0)


@asynccontextmanager
async def scene(tree: PaperTree) -> AsyncGenerator[Scene]:
    """Follow a tree that has been told once."""
    made = Scene(tree)
    task = asyncio.create_task(made.follow())
    await made.clock.advance(ROUND)
    assert [0.0] == made.told
    yield made
    made.stop.set()
    await asyncio.wait_for(task, 5)


def case(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Run an asynchronous test on an event loop of its own."""

    def run() -> None:
        watched_loop.run(test())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@case
async def test_tells_an_edit_one_round_after_it_was_heard() -> None:
    """Two readings, 100 ms apart; nothing before, nothing after."""
    async with scene(PaperTree(a="old")) as it:
        await it.clock.advance(1)
        it.tree.write("a", "new")
        await it.shout()
        await it.clock.advance(ROUND / 2)
        assert [0.0] == it.told
        await it.clock.advance(BACKSTOP)
        assert [0.0, 1.1] == it.told


@case
async def test_a_sound_without_a_change_is_no_hint() -> None:
    """Any event means look again; only a difference is told."""
    async with scene(PaperTree(a="old")) as it:
        await it.shout()
        await it.clock.advance(2)
        assert [0.0] == it.told


@case
async def test_half_a_file_is_never_told() -> None:
    """A write that takes 250 ms in five steps settles one round after its last."""
    async with scene(PaperTree(a="old")) as it:
        for step in range(6):
            it.tree.write("a", "new" * step)
            await it.shout()
            await it.clock.advance(0.05)
        await it.clock.advance(1)
        assert 2 == len(it.told)
        assert it.told[1] >= 0.25 + ROUND


@case
async def test_a_tree_in_motion_is_told_when_patience_ends() -> None:
    """What rests is told, what does not is withheld, until it rests."""
    async with scene(PaperTree(a="old", busy="0")) as it:
        it.tree.write("a", "new")
        for step in range(round(PATIENCE / 0.05) + 4):
            it.tree.write("busy", str(step))
            await it.shout()
            await it.clock.advance(0.05)
        assert ([0.0, PATIENCE], frozenset({"busy"})) == (it.told, it.tree.withheld)
        await it.clock.advance(1)
        assert (3, frozenset()) == (len(it.told), it.tree.withheld)


@case
async def test_a_withheld_file_that_rests_between_two_readings_is_told() -> None:
    """Its last sound was heard with the reading that still saw it move; nothing more comes."""
    async with scene(PaperTree(busy="0")) as it:
        await it.shout()
        step = 0
        while it.tree.withheld == frozenset():
            step += 1
            it.tree.write("busy", str(step))
            await it.shout()
            await it.clock.advance(0.05)
        await it.shout()
        it.tree.write("busy", "at rest")
        await it.clock.advance(POLL + 2 * ROUND)
        assert (3, frozenset()) == (len(it.told), it.tree.withheld)


@case
async def test_the_backstop_finds_what_no_event_and_no_fingerprint_told() -> None:
    """Every 15 s all contents are compared; afterwards the watch is renewed, for it missed something."""
    async with scene(PaperTree(a="old")) as it:
        it.tree.write("a", "new", unnoticed=True)
        await it.shout()
        await it.clock.advance(BACKSTOP - 1)
        assert [0.0] == it.told
        await it.clock.advance(2)
        assert [0.0, BACKSTOP + ROUND] == it.told
        await it.clock.advance(POLL)
        assert [HERE, HERE] == it.listener.listened
        assert not it.listener.deaf


@case
async def test_contents_are_compared_no_oftener_than_the_backstop() -> None:
    """Events read what changed, and no more."""
    async with scene(PaperTree(a="old")) as it:
        before = it.tree.whole_reads
        for _ in range(10):
            await it.shout()
            await it.clock.advance(1)
        assert before == it.tree.whole_reads
        await it.clock.advance(2 * BACKSTOP)
        assert before + 2 == it.tree.whole_reads


@case
async def test_listens_where_the_tree_leads_now() -> None:
    """When links or folders move, the next reading comes after the new watch."""
    async with scene(PaperTree(a="old")) as it:
        it.tree.places = {"/m": None, "/m/new": None}
        await it.shout()
        await it.clock.advance(0)
        it.tree.write("b", "written before the new folder was watched")
        await it.clock.advance(1)
        assert [HERE, it.tree.places] == it.listener.listened
        assert 2 == len(it.told)


@case
async def test_a_watch_on_a_folder_that_is_gone_is_renewed() -> None:
    """The listener says that it may be deaf; it listens again before the next reading."""
    async with scene(PaperTree(a="old")) as it:
        it.listener.doubt()
        await it.shout()
        assert [HERE, HERE] == it.listener.listened


@case
async def test_lists_every_second_when_the_system_refuses() -> None:
    """An edit is then told within a poll and a round; asking for a watch again waits for the backstop."""
    async with scene(PaperTree(a="old")) as it:
        it.listener.refuses = True
        it.listener.doubt()
        await it.shout()
        it.tree.write("a", "new")
        await it.clock.advance(POLL + ROUND)
        assert [0.0, POLL + ROUND] == it.told
        await it.clock.advance(5)
        assert [HERE, HERE] == it.listener.listened
        it.listener.refuses = False
        await it.clock.advance(BACKSTOP)
        assert [HERE, HERE, HERE] == it.listener.listened


@case
async def test_stops_at_once_wherever_it_waits() -> None:
    """Also in the middle of settling."""
    async with scene(PaperTree(a="old")) as it:
        it.tree.write("a", "new")
        await it.shout()


def test_a_refusal_is_logged_once_and_names_the_sysctl(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The administrator reads what to raise."""

    def refuse(places: Places) -> None:
        raise OSError("OS file watch limit reached.")

    async def listen_twice() -> FolderListener:
        listener = FolderListener()
        await listener.listen(HERE)
        await listener.listen(HERE)
        return listener

    monkeypatch.setattr(watch, "_watched", refuse)
    with caplog.at_level(logging.WARNING):
        listener = asyncio.run(listen_twice())
    assert (True, True) == (listener.deaf, listener.refused)
    assert 1 == len(caplog.records)
    assert "fs.inotify.max_user_watches" in caplog.messages[0]


def test_a_folder_that_went_before_it_was_watched_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next reading says where to listen instead."""

    def gone(places: Places) -> None:
        raise FileNotFoundError(*places)

    async def listen() -> FolderListener:
        listener = FolderListener()
        await listener.listen(HERE)
        return listener

    monkeypatch.setattr(watch, "_watched", gone)
    listener = asyncio.run(listen())
    assert (True, False) == (listener.deaf, listener.refused)


@pytest.mark.real_time
def test_settled_waits_for_half_a_file_and_withholds_what_never_rests(tmp_path: Path) -> None:
    """For a load that no hint asked for."""
    tree = FolderTree([tmp_path])
    (tmp_path / "a.yaml").write_text("half")

    async def scribble(busy: asyncio.Event) -> None:
        number = 0
        while busy.is_set():
            number += 1
            (tmp_path / "busy.yaml").write_text(str(number))
            await asyncio.sleep(0.02)  # the writer's own pause

    async def run() -> None:
        busy = asyncio.Event()
        busy.set()
        writer = asyncio.create_task(scribble(busy))
        await settled(tree, clock=SystemClock())
        busy.clear()
        await writer

    asyncio.run(run())
    listing = tree.listing()
    assert ["a.yaml"] == [file.path.name for file in listing.files]
    assert [str(tmp_path / "busy.yaml")] == [fault.position.file for fault in listing.faults]
    asyncio.run(settled(tree, clock=SystemClock()))
    assert () == tree.listing().faults
