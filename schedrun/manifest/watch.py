"""Says that the manifests changed, once what changed holds still. The only file that imports watchfiles."""

import asyncio
import logging
import os
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from contextlib import aclosing
from typing import Any, Protocol

from watchfiles._rust_notify import RustNotify

from schedrun.manifest.settle import ROUND, FileState, Reading, Settling, View
from schedrun.manifest.tree import FolderTree, Places, TreeFile, digest
from schedrun.protocols import Clock

BACKSTOP = 15.0
"""Seconds between two comparisons of everything the files hold, for what the kernel did not tell."""

POLL = 1.0
"""Seconds between two listings while the kernel tells nothing, or a file is withheld."""

_STEP_MS = 10
_DEBOUNCE_MS = 50

log = logging.getLogger(__name__)


class Source(Protocol):
    """Where readings come from."""

    async def read(self, known: View, *, whole: bool) -> Reading:
        """Read the tree; without `whole`, a file with a known fingerprint holds what it is known to hold."""

    def withhold(self, names: frozenset[str]) -> None:
        """Keep these names, and only these, from those who load the tree."""


class Listener(Protocol):
    """An ear on some places. What it hears is a hint; it may miss things, and says so where it knows."""

    heard: asyncio.Event
    """Set whenever something may have changed; whoever reads the tree clears it first."""

    @property
    def deaf(self) -> bool:
        """Whether some of what happens now would not be heard."""

    @property
    def refused(self) -> bool:
        """Whether the system refused to let us listen, so that asking again at once is vain."""

    def doubt(self) -> None:
        """Count as deaf until the next `listen`: something happened that was not heard."""

    async def listen(self, places: Places) -> None:
        """Hear from now on what happens in `places` and nowhere else."""

    async def close(self) -> None:
        """Hear nothing more; idempotent."""


async def changes(tree: FolderTree, *, clock: Clock, stop: asyncio.Event) -> AsyncGenerator[None]:
    """Yield once the tree is watched, then each time it changed and holds still again, until `stop` is set.

    A yield is a bare hint: load `tree` then. Whoever loads at the first hint misses no change. Two readings
    100 ms apart must agree; a file that goes on changing for 2 s is withheld from `tree`, where it is listed
    as a fault, and the rest is passed on. Every 15 s the contents of all files are compared, whatever the
    kernel told. Close the generator to release the watch at once.
    """
    listener = FolderListener()
    watcher = Watcher(TreeSource(tree), listener, clock=clock, stop=stop)
    try:
        async with aclosing(watcher.hints()) as hints:
            async for hint in hints:
                yield hint
    finally:
        await listener.close()


async def settled(tree: FolderTree, *, clock: Clock) -> None:
    """Return once the tree holds still, after 100 ms to 2 s; withholds the files that do not.

    For who must load `tree` now, without a hint from `changes`.
    """
    source = TreeSource(tree)
    nothing = View({})
    settling = Settling(nothing, began=clock.monotonic())
    view = settling.observe(await source.read(nothing, whole=True), at=clock.monotonic())
    while view is None:
        await clock.sleep(ROUND)
        view = settling.observe(await source.read(nothing, whole=True), at=clock.monotonic())
    source.withhold(view.withheld)


class Watcher:
    """Orders the steps: listen, read, settle, tell, wait."""

    def __init__(self, source: Source, listener: Listener, *, clock: Clock, stop: asyncio.Event) -> None:
        self._source = source
        self._listener = listener
        self._clock = clock
        self._stop = stop
        self._places: Places = {}
        self._compared = 0.0

    async def hints(self) -> AsyncGenerator[None]:
        """Yield at the first view of the tree and at every one that differs from what was told before."""
        told: View | None = None
        whole = True
        while not self._stop.is_set():
            view = await self._settle(told or View({}), whole=whole)
            if whole:
                self._compared = self._clock.monotonic()
            if view is not None and view != told:
                if whole and told is not None:
                    self._listener.doubt()
                self._source.withhold(view.withheld)
                yield
            told = view or told
            await self._wait(uneasy=self._listener.deaf or (told is not None and bool(told.withheld)))
            whole = self._clock.monotonic() - self._compared >= BACKSTOP

    async def _settle(self, told: View, *, whole: bool) -> View | None:
        """Read until the tree holds still; None when stopped before."""
        settling = Settling(told, began=self._clock.monotonic())
        while not self._stop.is_set():
            began = self._clock.monotonic()
            reading = await self._read(told, whole=whole)
            now = self._clock.monotonic()
            view = settling.observe(reading, at=now)
            if view is not None:
                return view
            await self._first_of(self._clock.sleep(max(began + ROUND - now, 0.0)))
        return None

    async def _read(self, told: View, *, whole: bool) -> Reading:
        # Listen before reading: what happens in between is then heard, or read, or both.
        if self._listener.deaf and self._places and (whole or not self._listener.refused):
            await self._listener.listen(self._places)
        self._listener.heard.clear()
        reading = await self._source.read(told, whole=whole)
        if reading.places != self._places:
            self._places = reading.places
            await self._listener.listen(reading.places)
        return reading

    async def _wait(self, *, uneasy: bool) -> None:
        """Wait for a sound or the backstop; when `uneasy`, no longer than a poll.

        A withheld file may have come to rest between the last two readings, and then nothing more is heard of it.
        """
        rest = self._compared + BACKSTOP - self._clock.monotonic()
        if uneasy:
            rest = min(rest, POLL)
        await self._first_of(self._listener.heard.wait(), self._clock.sleep(max(rest, 0.0)))

    async def _first_of(self, *waits: Coroutine[Any, Any, Any]) -> None:
        """Wait for the first of `waits`, or for the stop."""
        tasks = [asyncio.ensure_future(wait) for wait in (*waits, self._stop.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


class TreeSource:
    """Reads a folder tree, off the event loop."""

    def __init__(self, tree: FolderTree) -> None:
        self._tree = tree
        self._all = FolderTree(tree.paths, confined=tree.confined)  # withholds nothing

    async def read(self, known: View, *, whole: bool) -> Reading:
        """Read the tree on a thread; see `Source.read`."""
        return await asyncio.to_thread(self._read, known, whole=whole)

    def withhold(self, names: frozenset[str]) -> None:
        """Let the watched tree list these names as faults."""
        if names:
            log.warning("Files change without a pause", extra={"event": "files_withheld", "files": sorted(names)})
        self._tree.withhold(names)

    def _read(self, known: View, *, whole: bool) -> Reading:
        listing = self._all.listing()
        states = {fault.position.file: FileState((), fault.message) for fault in listing.faults}
        for file in listing.files:
            state = known.states.get(file.name)
            if whole or state is None or state.fingerprint != file.fingerprint:
                state = FileState(file.fingerprint, self._content(file))
            states[file.name] = state
        return Reading(states, listing.places)

    def _content(self, file: TreeFile) -> str:
        try:
            return digest(self._all.read(file))
        except OSError as error:
            return str(error)


class FolderListener:
    """Hears through the kernel, folder by folder; a missing folder is heard by the one that would hold it."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()
        self.refused = False
        self._ear: _Ear | None = None

    @property
    def deaf(self) -> bool:
        """Whether some of what happens now would not be heard."""
        return self._ear is None or self._ear.deaf

    def doubt(self) -> None:
        """Count as deaf until the next `listen`."""
        if self._ear is not None:
            self._ear.deaf = True

    async def listen(self, places: Places) -> None:
        """Hear from now on what happens in `places`; deaf afterwards where the system does not let us."""
        loop = asyncio.get_running_loop()
        before = self._ear
        try:
            kernel = await asyncio.to_thread(_watched, places)
        except FileNotFoundError:  # removed since it was listed; the next reading says where to listen
            self.doubt()
            return
        except (OSError, RuntimeError) as error:
            self._refuse(error)
        else:
            self.refused = False
            self._ear = _Ear(kernel, places, tell=lambda: loop.call_soon_threadsafe(self.heard.set))
        if before is not None:
            await before.close()

    async def close(self) -> None:
        """Hear nothing more; returns when the thread has ended."""
        if self._ear is not None:
            await self._ear.close()
            self._ear = None

    def _refuse(self, error: Exception) -> None:
        if not self.refused:
            log.warning(_REFUSED, extra={"event": "watch_refused", "error": str(error)})
        self.refused = True
        self._ear = None


_REFUSED = (
    "The system lets us watch no more folders, so the manifests are listed every second instead; "
    "raise the sysctl fs.inotify.max_user_watches or fs.inotify.max_user_instances"
)

_NOTHING: frozenset[str] = frozenset()


def _watched(places: Places) -> RustNotify:
    """Return a watch on each folder alone, parents first.

    The kernel's watch on a whole tree misses what is written into a new folder at once; a folder's own watch,
    followed by a new listing, does not. Raises OSError or RuntimeError.
    """
    readable = [folder for folder in sorted(places) if os.access(folder, os.R_OK)]
    # Not `ignore_permission_denied`: it swallows the limit on watches, too.
    return RustNotify(
        readable,
        debug=False,
        force_polling=False,
        poll_delay_ms=0,
        recursive=False,
        ignore_permission_denied=False,
    )


class _Ear:
    """A thread that waits for the kernel."""

    def __init__(self, kernel: RustNotify, places: Places, *, tell: Callable[[], object]) -> None:
        self.deaf = False
        self._kernel = kernel
        self._places = places
        self._tell = tell
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedrun-watch", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """End the thread, within one step."""
        self._stop.set()
        await asyncio.to_thread(self._thread.join)
        self._kernel.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                news = self._kernel.watch(_DEBOUNCE_MS, _STEP_MS, 0, self._stop)
            except (OSError, RuntimeError) as error:
                log.warning("The watch on the manifests broke", extra={"event": "watch_broke", "error": str(error)})
                self.deaf = True
                self._tell()
                return
            if not isinstance(news, str) and self._matters(path for _, path in news):
                self._tell()

    def _matters(self, paths: Iterable[str]) -> bool:
        matters = False
        for path in paths:
            if path in self._places:  # the folder itself went or came: this watch may be on one that is gone
                self.deaf = True
                return True
            folder, name = os.path.split(path)
            names = self._places.get(folder, _NOTHING)
            matters = matters or names is None or name in names
        return matters
