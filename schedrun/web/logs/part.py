"""A part of an attempt's output, by bytes."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from schedrun.web import errors
from schedrun.web.backend import Backend
from schedrun.web.logs import output
from schedrun.web.logs.output import Output, Standing
from schedrun.web.logs.text import BeyondEnd, Stretch, stretch
from schedrun.web.problem import Problem

MOST_BYTES = 1 << 20
"""So much is told in one answer."""

_LOOKS = 3
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="schedrun-log-part")
"""What stands far behind in a long log takes seconds to be reached: nothing else waits for that."""


class Part(NamedTuple):
    """Some of the output: `complete` where the attempt has ended and nothing of it follows."""

    text: str
    offset: int
    next_offset: int
    complete: bool


async def part(backend: Backend, run_id: str, *, attempt: int | None, offset: int, limit: int) -> Part:
    """Return what stands at `offset`. Raises RunNotFoundError, StoreError, and Problem 422 beyond what there is."""
    looks = 0
    while True:
        looks += 1
        standing = await output.standing(backend, run_id, attempt=attempt)
        check_attempt(standing, latest=max(standing.run.attempt, 1))
        look = partial(_read, backend, standing, offset=offset, limit=limit)
        found, from_file = await asyncio.get_running_loop().run_in_executor(_THREADS, look)
        if isinstance(found, Stretch):
            return Part(found.text, found.offset, found.next_offset, standing.over and found.to_end)
        # The file may be gone because the attempt has just ended, and the ledger has what it held.
        if standing.over or from_file or looks == _LOOKS:
            raise _beyond_end(found.size)


def check_attempt(standing: Standing, *, latest: int) -> None:
    """Raise Problem 422 for an attempt behind the latest that may be asked for."""
    if standing.number > latest:
        raise errors.invalid([("attempt", f"this run has had {standing.run.attempt} so far")])


def _beyond_end(size: int) -> Problem:
    """Return the problem of an offset behind the end."""
    return errors.invalid([("offset", f"lies behind the end: there are {size} bytes")])


def _read(backend: Backend, standing: Standing, *, offset: int, limit: int) -> tuple[Stretch | BeyondEnd, bool]:
    with Output(backend.logs_dir, standing.run.id, attempt=standing.number) as printed:
        begin = printed.skip(standing, upto=offset, end=offset + limit)
        found = stretch(printed.new(standing), offset=offset, limit=limit, position=begin)
        printed.keep_point()
        return found, printed.from_file
