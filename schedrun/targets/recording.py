"""Following what a run prints: on the event loop while that is little, else on a thread and into a live file."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, Protocol

from schedrun.core.ids import log_name
from schedrun.protocols import RunContext
from schedrun.secret import Masker
from schedrun.targets.cap import OUTPUT_CAP
from schedrun.targets.live_file import Logs
from schedrun.targets.output import Output

log = logging.getLogger(__name__)

SPILL_AFTER_SECONDS = 0.5
"""How long after its first output a run that goes on gets a live file."""

FLUSH_SECONDS = 0.25
"""How long what was printed may be missing from the live file."""

_MOST_WAITING_BYTES = 1 << 20
_MASK_GROWS = 3
"""How many times longer than a secret of one byte its mask is."""


class Source(Protocol):
    """Where what is recorded comes from."""

    def pause(self) -> None:
        """Give nothing more for now; idempotent."""

    def resume(self) -> None:
        """Give more; idempotent."""


class Recorded(NamedTuple):
    """The text for the ledger, and what deletes the live file where the ledger has all of it."""

    text: str
    discard: Callable[[], None] | None


class Recording:
    """What one attempt prints. Without `logs` the first MiB of it is all that is kept."""

    def __init__(self, masker: Masker, context: RunContext, *, logs: Logs | None, source: Source | None = None) -> None:
        """Take what it needs; `source` is asked to pause while the disk is slower than what is printed."""
        self._source = source
        self._loop, self._logs, self._run_id = asyncio.get_running_loop(), logs, context.run_id
        open_file = None if logs is None else partial(logs.open, log_name(context.run_id, context.attempt))
        self._output = Output(masker, open_file=open_file)
        self._timer: asyncio.TimerHandle | None = None
        self._on_thread = False
        self._at_line_start = True
        self._waiting: list[bytes] = []
        self.waiting_bytes = 0
        """How much was taken and is on no thread yet, or just being written there."""
        self._working: asyncio.Future[None] | None = None
        self._flush_wanted = False

    def feed(self, data: bytes) -> None:
        """Take the next piece; call it on the event loop."""
        self._at_line_start = data.endswith(b"\n")
        if not self._on_thread:
            if self._logs is None:
                self._output.feed(data)
                return
            if self._output.size + _MASK_GROWS * len(data) < OUTPUT_CAP:
                self._output.feed(data)
                self._timer = self._timer or self._loop.call_later(SPILL_AFTER_SECONDS, self._tick)
                return
            self._on_thread = True
        self._waiting.append(data)
        self.waiting_bytes += len(data)
        if self.waiting_bytes > _MOST_WAITING_BYTES and self._source is not None:
            self._source.pause()
        self._timer = self._timer or self._loop.call_later(FLUSH_SECONDS, self._tick)
        self._work()

    async def room(self) -> None:
        """Return once there is room for more, where no source can be asked to pause."""
        while self.waiting_bytes > _MOST_WAITING_BYTES and self._working is not None:
            await asyncio.wait((self._working,))

    def feed_line(self, data: bytes) -> None:
        """Take a piece that begins a line."""
        self.feed(data if self._at_line_start else b"\n" + data)

    async def end(self) -> Recorded:
        """Return what was recorded: nothing more is fed."""
        if self._timer is not None:
            self._timer.cancel()
        while self._working is not None:
            await asyncio.wait((self._working,))
        if self._on_thread and self._logs is not None:
            await self._logs.do(self._output.end)
        else:
            self._output.end()
        file, whole = self._output.file, self._output.whole
        text = self._output.text(all_by=f"schedrun runs logs {self._run_id}")
        return Recorded(text, file.remove if file is not None and whole else None)

    def _tick(self) -> None:
        """Let readers of the live file see what came since the last time, and get one where there is none."""
        self._timer = None
        self._on_thread = True
        self._flush_wanted = True
        self._work()

    def _work(self) -> None:
        """Hand what waits to a thread; one at a time, for the pieces follow one another."""
        if self._working is not None or not (self._waiting or self._flush_wanted):
            return
        assert self._logs is not None  # without it nothing is handed on
        pieces, self._waiting = self._waiting, []
        flush, self._flush_wanted = self._flush_wanted, False
        self._working = self._logs.do(partial(_take, self._output, pieces, flush=flush))
        self._working.add_done_callback(partial(self._worked, sum(map(len, pieces))))

    def _worked(self, taken: int, working: asyncio.Future[None]) -> None:
        self._working = None
        self.waiting_bytes -= taken
        if not working.cancelled() and (error := working.exception()) is not None:
            facts = {"event": "output_lost", "run": self._run_id}
            log.error("Output was not recorded", exc_info=error, extra=facts)
        if self.waiting_bytes <= _MOST_WAITING_BYTES and self._source is not None:
            self._source.resume()
        self._work()


def _take(output: Output, pieces: list[bytes], *, flush: bool) -> None:
    for piece in pieces:
        output.feed(piece)
    if flush:
        output.spill()
        if output.file is not None:
            output.file.flush()
