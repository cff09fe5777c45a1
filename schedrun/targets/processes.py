"""Running a program as a run: from its start until nothing of what it started lives."""

import asyncio
from collections.abc import Callable, Mapping

from schedrun.core.run.outcome import Outcome
from schedrun.protocols import RunContext
from schedrun.secret import Masker
from schedrun.targets.child import Child
from schedrun.targets.ending import ended
from schedrun.targets.leftovers import end_leftovers
from schedrun.targets.live_file import Logs
from schedrun.targets.orphans import Orphans
from schedrun.targets.pipe import Pipe
from schedrun.targets.process import Program, exit_words, start
from schedrun.targets.recording import Recording
from schedrun.targets.roll import Roll
from schedrun.targets.roundup import Quarry, Roundup

GRACE_SECONDS = 0.2
"""How long what a leader leaves behind may take to end by itself: `> >(tee log)` ends a moment later than its shell."""


class Processes:
    """The processes of runs. Without `orphans` those that leave their group are ended only where a run is stopped.

    Without `logs` no output is kept but the first MiB; without `roll` nobody finds after a crash what bears no mark.
    """

    def __init__(self, *, orphans: Orphans | None = None, logs: Logs | None = None, roll: Roll | None = None) -> None:
        self._orphans, self._logs, self._roll = orphans, logs, roll
        self._roundup = Roundup() if orphans is None else Roundup(on_look=orphans.reap)

    async def run(
        self,
        program: Program,
        context: RunContext,
        *,
        masker: Masker,
        last_line: Callable[[], str | None] = lambda: None,
    ) -> Outcome:
        """Run the program to its end, or end all of the run once `context.stop` is set.

        `last_line` is asked when the program has ended: what it says ends the output, as a line of its own.
        The program's variables bear the run's mark. What it leaves behind when it ends by itself is ended in the
        background: `still_running` is done when that is gone. Raises LaunchError when it does not start, OSError
        without a pipe.
        """
        before = self._roundup.of(context.run_id)
        if before is not None and not await ended(before.gone, stop=context.stop):
            # An earlier attempt left something behind that does not go, and this one bears the same mark.
            return Outcome()
        with Pipe() as pipe:
            child = start(program, output=pipe)
            strike: Callable[[], None] = _nothing
            recording: Recording | None = None
            try:
                # Where many are due, others start first: listening can wait, they cannot. Until a run is on the roll,
                # its mark alone leads to it.
                await asyncio.sleep(0)
                strike = self._enter(child, context, pipe)
                recording = Recording(masker, context, logs=self._logs, source=pipe)
                pipe.listen(recording.feed)
                child.watch()
                quarry = await self._until_ended(child, context, pipe)
            except asyncio.CancelledError:
                await self._end_at_once(child, context, pipe)
                strike()
                if recording is not None:
                    await recording.end()
                raise
            ending = asyncio.get_running_loop().time()
            await pipe.finish(grace=GRACE_SECONDS)
            if quarry is None:
                grace = ending + GRACE_SECONDS - asyncio.get_running_loop().time()
                quarry = self._clear_up(child, context, after=max(grace, 0.0))
            staying = None if quarry is None or quarry.gone.done() else quarry.gone
            if staying is None:
                strike()
            else:
                pipe.ignore_until(staying)
                staying.add_done_callback(lambda _: strike())
        line = last_line()
        if line is not None:
            recording.feed_line(line.encode("utf-8", "replace"))
        recorded = await recording.end()
        exit_code = child.exited.result()
        return Outcome(
            exit_code=exit_code,
            error=exit_words(exit_code),
            output=recorded.text,
            still_running=staying,
            discard=recorded.discard,
        )

    async def end_leftovers(self, kill_after: Mapping[str, float]) -> Mapping[str, asyncio.Future[None]]:
        """End what still lives of runs that nobody attends to any more; see `leftovers.end_leftovers`."""
        return await end_leftovers(kill_after, roundup=self._roundup, roll=self._roll)

    async def close(self) -> None:
        """Return when everything that is being ended is gone, or does not go; idempotent."""
        await self._roundup.close()

    def _enter(self, child: Child, context: RunContext, pipe: Pipe) -> Callable[[], None]:
        """Write down who leads the run; return what strikes it again."""
        if self._roll is None:
            return _nothing
        return self._roll.enter(context.run_id, pid=child.pid, pipe=pipe.inode)

    async def _until_ended(self, child: Child, context: RunContext, pipe: Pipe) -> Quarry | None:
        """Return when the leader has ended; where it was told to, the end of the whole run, as far as that goes."""
        if await ended(child.exited, stop=context.stop):
            return None
        quarry = self._roundup.stop(child, context.run_id, kill_after=context.kill_after, pipe=pipe.inode)
        await asyncio.wait((child.exited, quarry.settled))
        return quarry

    async def _end_at_once(self, child: Child, context: RunContext, pipe: Pipe) -> None:
        """Leave nothing behind: somebody has cancelled the very task of the run."""
        child.watch()
        child.kill_group()
        quarry = self._roundup.stop(child, context.run_id, kill_after=0.0, pipe=pipe.inode)
        await asyncio.wait((child.exited, quarry.settled))

    def _clear_up(self, child: Child, context: RunContext, *, after: float) -> Quarry | None:
        """Begin to end what a leader that ended by itself has left behind; None when that is nothing."""
        left = child.left_group() if self._orphans is None else self._orphans.left_by(context.run_id, session=child.pid)
        if not left:
            return None
        return self._roundup.clear(context.run_id, session=child.pid, after=after, kill_after=context.kill_after)


def _nothing() -> None:
    """Strike nothing: the run is on no roll."""
