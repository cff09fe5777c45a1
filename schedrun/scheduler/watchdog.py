"""Notices that the event loop stands still, and names the run, or at least the line, that stands in its way."""

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from schedrun.core.ids import JobKey
from schedrun.core.run.recorded import Event
from schedrun.protocols import Clock
from schedrun.targets.call import run_of_thread
from schedrun.targets.current_run import CurrentRun, executing

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.25
"""How long the loop is left alone between two questions."""

PATIENCE_SECONDS = 1.0
"""How long the loop may leave a question unanswered."""

NAME = "schedrun watchdog"
"""What the thread is called."""

_SLICE_SECONDS = 0.1
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_STANDARD_LIBRARY = str(Path(os.__file__).parent) + os.sep
_THIRD_PARTY = ("site-packages", "dist-packages")
_ASYNCIO = str(Path(asyncio.__file__).parent) + os.sep
_OURS = (_ASYNCIO, str(Path(__file__).parents[1]) + os.sep)
_CALLBACK = ("_run", f"{_ASYNCIO}events.py")


@dataclass(frozen=True, slots=True)
class Blocked:
    """What stands in the loop's way: a line of code, and the run it belongs to when it is one's."""

    place: str
    job: JobKey | None = None
    run: str | None = None

    @property
    def facts(self) -> dict[str, str]:
        """What is known, for a log line or an event."""
        known = {"job": self.job, "run": self.run, "place": self.place}
        return {name: value for name, value in known.items() if value is not None}


class Watchdog:
    """A thread that asks the event loop for a sign of life, four times a second.

    A loop that gives none for a second is blocked: one warning says by what, one line says when it goes on, and
    that becomes an event `loop_blocked` with `seconds`, `place`, and `job` and `run` when it was one. Nothing is
    done for a run that blocks nothing. Code that holds the interpreter itself, such as one long call of a C
    function, is named when it lets go. A process that is stopped is not blocked, whatever it was doing.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stopped = threading.Event()
        self._job_of: Callable[[str], JobKey | None]
        self._on_over: Callable[[Event], None]

    def start(self, *, job_of: Callable[[str], JobKey | None], on_over: Callable[[Event], None]) -> None:
        """Watch the running loop, in whose thread this is called.

        `job_of(run id)` names the job of a run that is executed, from another thread; `on_over` is told on the loop
        when a blockage is over.
        """
        self._job_of, self._on_over = job_of, on_over
        loop, thread = asyncio.get_running_loop(), _LoopThread()
        threading.Thread(target=self._watch, args=(loop, thread), name=NAME, daemon=True).start()

    def stop(self) -> None:
        """Watch no more; idempotent."""
        self._stopped.set()

    def _watch(self, loop: asyncio.AbstractEventLoop, thread: "_LoopThread") -> None:
        while True:
            stretch = _Stretch(self._clock, thread)
            if stretch.wait(self._stopped, PAUSE_SECONDS):
                return
            try:
                if self._is_blocked(loop, stretch):
                    self._tell(self._look(loop, stretch), loop, stretch)
            except RuntimeError:
                # The loop was closed: nobody is left to be watched.
                return

    def _is_blocked(self, loop: asyncio.AbstractEventLoop, stretch: "_Stretch") -> bool:
        """Whether the loop gives no sign of life for a second in which it could, or could not run for a second."""
        alive = threading.Event()
        if not stretch.held:
            loop.call_soon_threadsafe(alive.set)
        while not stretch.held and stretch.stood < PAUSE_SECONDS + PATIENCE_SECONDS:
            if stretch.wait(alive, _SLICE_SECONDS) and not stretch.held:
                return False
            if self._stopped.is_set():
                return False
        # What held the interpreter is about to go on: look at it before anything else.
        return True

    def _tell(self, blocked: "Blocked", loop: asyncio.AbstractEventLoop, stretch: "_Stretch") -> None:
        """Say that the loop is blocked, and once it goes on for how long it was."""
        log.warning("Event loop blocked", extra={"event": "loop_blocked", **blocked.facts})
        alive = threading.Event()
        loop.call_soon_threadsafe(alive.set)
        while not alive.wait(_SLICE_SECONDS):
            if self._stopped.is_set():
                return
        seconds = round(self._clock.monotonic() - stretch.begin, 3)
        log.info("Event loop goes on", extra={"event": "loop_goes_on", "seconds": seconds, **blocked.facts})
        over = Event(self._clock.now(), "loop_blocked", {"seconds": seconds, **blocked.facts})
        loop.call_soon_threadsafe(self._on_over, over)

    def _look(self, loop: asyncio.AbstractEventLoop, stretch: "_Stretch") -> Blocked:
        """Return what the loop executes, or the thread that kept the interpreter from it."""
        # First of all and without a pause: the interpreter is about to go on.
        task, stacks = asyncio.current_task(loop), sys._current_frames()
        name = "" if task is None else task.get_name()
        job = self._job_of(name)
        if stretch.held_elsewhere:
            others = [one for one in threading.enumerate() if one.ident != stretch.thread.ident and one.name != NAME]
            known = [(self._in_thread(one, stacks), _cpu_seconds_of(one)) for one in others]
            return max(known, key=lambda one: one[1])[0] if known else Blocked("unknown")
        frames, run = _executed(stacks.get(stretch.thread.ident))
        if job is not None:
            return Blocked(_place(frames), job, name)
        # Else it may be a task or a callback that a run's function left to the loop.
        return Blocked(_place(frames)) if run is None else Blocked(_place(frames), run.job, run.run_id)

    def _in_thread(self, thread: threading.Thread, stacks: Mapping[int, FrameType]) -> Blocked:
        frames, _ = _executed(stacks.get(thread.ident or 0))
        run_id = run_of_thread(thread.name)
        job = self._job_of(run_id)
        return Blocked(_place(frames)) if job is None else Blocked(_place(frames), job, run_id)


class _LoopThread:
    """The thread that this is made in, and the CPU time it has used, which any thread may ask."""

    def __init__(self) -> None:
        self.ident = threading.get_ident()
        self._cpu_clock = time.pthread_getcpuclockid(self.ident)

    def cpu_seconds(self) -> float:
        """Return the CPU time that the thread has used; 0 when it has ended."""
        try:
            return time.clock_gettime(self._cpu_clock)
        except OSError:
            return 0.0


class _Stretch:
    """A stretch of waiting for a sign of life.

    `stood` is for how long nothing kept the loop from giving one but what runs in this process; `held` says that
    something kept the interpreter from everybody for a second. A wait that takes far longer than asked for means
    one of two things: nothing of the process ran, and the loop could not go on; or something ran that did not let
    go of the interpreter, and that costs CPU.
    """

    def __init__(self, clock: Clock, thread: _LoopThread) -> None:
        self._clock, self.thread = clock, thread
        self._loop_worked = thread.cpu_seconds()
        self.begin = self._mark = clock.monotonic()
        self._worked = _cpu_seconds()
        self.stood = 0.0
        self.held = False

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait for `event`, at most `seconds`; whether it came."""
        came = event.wait(seconds)
        # From the end of the last wait: whatever this thread does in between may take long, too.
        begin, self._mark = self._mark, self._clock.monotonic()
        before, self._worked = self._worked, _cpu_seconds()
        took, worked = self._mark - begin, self._worked - before
        self.stood += min(took, max(seconds, worked))
        self.held = min(took - seconds, worked) >= PATIENCE_SECONDS
        return came

    @property
    def held_elsewhere(self) -> bool:
        """Whether the interpreter was held by another thread than the loop's."""
        return self.held and self.thread.cpu_seconds() - self._loop_worked < PATIENCE_SECONDS / 2


def _executed(frame: FrameType | None) -> tuple[list[FrameType], CurrentRun | None]:
    """Return the frames of what a loop executes, the innermost first, and the run that it does so for.

    Who runs the loop is left out, and a run is known also where it left a task or a callback to the loop.
    """
    frames: list[FrameType] = []
    while frame is not None:
        if (frame.f_code.co_name, frame.f_code.co_filename) == _CALLBACK:
            # No task tells its context before Python 3.12, and a callback never does; its handle has it.
            context = getattr(frame.f_locals.get("self"), "_context", None)
            return frames, None if context is None else context.get(executing)
        frames.append(frame)
        frame = frame.f_back
    return frames, None


def _place(frames: Sequence[FrameType]) -> str:
    """Return file, line and function of the innermost frame that is the application's.

    Where no code of an application is involved it is the innermost outside of asyncio and schedrun, else the
    innermost of all.
    """
    foreign = [one for one in frames if not one.f_code.co_filename.startswith(_OURS)]
    application = [one for one in foreign if not _is_standard(one.f_code.co_filename)]
    for one in (*application, *foreign, *frames):
        return f"{one.f_code.co_filename}:{one.f_lineno} in {one.f_code.co_name}"
    return "unknown"


def _is_standard(file: str) -> bool:
    return file.startswith("<") or (
        file.startswith(_STANDARD_LIBRARY) and not any(part in file for part in _THIRD_PARTY)
    )


def _cpu_seconds() -> float:
    """Return the CPU time that this process has used."""
    used = os.times()
    return used.user + used.system


def _cpu_seconds_of(thread: threading.Thread) -> float:
    """Return the CPU time that a thread has used; 0 when it has ended."""
    try:
        stat = Path(f"/proc/self/task/{thread.native_id}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    # The thread's name may hold anything; behind its last parenthesis, user and system time are fields 12 and 13.
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND
