"""The program that calls one function in a process of its own: `isolation` starts it, nobody imports it.

It reads what to call from the descriptor in its first argument, up to the end, and writes there how that ended. It is
started for every run, so it loads next to nothing before the function's own module.
"""

import errno
import faulthandler
import io
import json
import os
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from types import CoroutineType
from typing import Any

_HERE = __file__.rpartition(os.sep)[0]
_STANDARD_LIBRARY = str(os.__file__).rpartition(os.sep)[0]
_MACHINERY = (f"{_HERE}{os.sep}", f"{_STANDARD_LIBRARY}/asyncio/", f"{_STANDARD_LIBRARY}/importlib/", "<frozen ")
_RESERVE_BYTES = 1 << 20
_RESULT_CAP = (1 << 20) - (1 << 10)
"""So much of a result is told: with the line that says what is cut, the ledger has room for it."""

_NO_ROOM = ("failed to map segment", "annot allocate memory", "can't start new thread")
_NO_MEMORY = b'{"error": "MemoryError", "exceptions": ["MemoryError", "Exception", "BaseException"], "memory": true}'
"""What is answered when there is no memory left to say more with."""


def main() -> None:
    """Do what is asked, then end as every program does: exit functions are called, threads are waited for."""
    channel, process = int(sys.argv[1]), os.getpid()
    del sys.argv[1:]
    os.set_inheritable(channel, False)
    identity = _identity(channel)
    faulthandler.enable()
    _print_as_it_comes()
    request = json.loads(_read(channel))
    reserve = [bytes(_RESERVE_BYTES)]
    try:
        answer = json.dumps(_call(request, process, reserve), ensure_ascii=False).encode("utf-8", "replace")
    except MemoryError:
        answer = _NO_MEMORY
    # A function that forks comes back twice; one that closes what it did not open may open another file in its place.
    if os.getpid() == process and _identity(channel) == identity:
        _write(channel, answer)


def _call(request: dict[str, Any], process: int, reserve: list[bytes]) -> dict[str, Any]:
    sys.path[:] = request["path"]
    # Only now they are sure to be found, and to be those of the service.
    from datetime import datetime  # noqa: PLC0415  see above

    from schedrun.targets import raised, returned  # noqa: PLC0415  see above
    from schedrun.targets.current_run import CurrentRun, executing  # noqa: PLC0415  see above
    from schedrun.targets.reference import FunctionNotFoundError, resolve  # noqa: PLC0415  see above

    job, run_id, attempt, fire_time = request["run"]
    executing.set(CurrentRun(job, run_id, attempt, datetime.fromisoformat(fire_time)))
    sys.path.insert(0, request["app_dir"])
    if request["memory_limit"] is not None:
        _limit_memory(request["memory_limit"])
    try:
        value = resolve(request["function"])(*request["args"], **request["kwargs"])
        if isinstance(value, CoroutineType):
            value = _run(value)
        if returned.never_ran(value):
            return {"error": returned.NEVER_RAN}
        return {"returned": returned.text(value, cap=_RESULT_CAP)}
    except BaseException as error:
        if os.getpid() != process:
            raise  # a fork of the function's: it ends as it would anywhere
        reserve.clear()
        memory = request["memory_limit"] is not None and _lacks_memory(error)
        if isinstance(error, FunctionNotFoundError):
            if error.__cause__ is not None:
                _show(error.__cause__)
            return {"error": error.reason, "exceptions": error.exceptions, "memory": memory}
        _show(error)
        names = raised.names(error, asked=request["retried"])
        return {"error": raised.line(error), "exceptions": names, "memory": memory}


def _run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run the coroutine. SIGTERM cancels it, so that it can clean up, and ends the process after that."""
    import asyncio  # noqa: PLC0415  only coroutine functions pay for it

    from schedrun.targets.forked import OwnSignals  # noqa: PLC0415  as above

    told: list[int] = []

    async def cancellable() -> Any:
        task = asyncio.current_task()
        assert task is not None  # asyncio runs coroutines in tasks only

        def terminate() -> None:
            told.append(signal.SIGTERM)
            task.cancel()

        OwnSignals([signal.SIGTERM]).begin()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminate)
        return await coroutine

    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        if told:
            _flush()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)
        raise


def _limit_memory(limit: int) -> None:
    import resource  # noqa: PLC0415  only limited functions pay for it

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _lacks_memory(error: BaseException) -> bool:
    """Whether a lack of memory is behind `error`; then what its frames hold is let go, so that there is some again."""
    family: dict[int, BaseException] = {}
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in family:
            family[id(one)] = one
            waiting += (one.__cause__, one.__context__)
            if isinstance(one, BaseExceptionGroup):
                waiting += one.exceptions
    if not any(_is_lack_of_memory(one) for one in family.values()):
        return False
    for one in family.values():
        place = one.__traceback__
        while place is not None:
            with suppress(RuntimeError):  # those that are being executed are ours
                place.tb_frame.clear()
            place = place.tb_next
    return True


def _is_lack_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    # Libraries that find no room, and threads whose stacks find none, are told by words alone.
    return isinstance(error, ImportError | RuntimeError) and any(words in str(error) for words in _NO_ROOM)


def _show(error: BaseException) -> None:
    """Print the traceback as Python would, without the frames that lead to the function."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None and _is_machinery(place.tb_frame.f_code.co_filename):
        place = place.tb_next
    error.__traceback__ = place
    sys.__excepthook__(type(error), error, place)


def _is_machinery(file: str) -> bool:
    return file.startswith(_MACHINERY)


def _print_as_it_comes() -> None:
    """Let every line out when it ends, in the encoding in which output is read."""
    for stream, errors in ((sys.stdout, "surrogateescape"), (sys.stderr, "backslashreplace")):
        assert isinstance(stream, io.TextIOWrapper)  # nobody had a chance to replace them
        stream.reconfigure(encoding="utf-8", errors=errors, line_buffering=True)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # the function may have closed it
            stream.flush()


def _identity(descriptor: int) -> tuple[int, int] | None:
    try:
        found = os.fstat(descriptor)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _read(descriptor: int) -> bytes:
    pieces = []
    while piece := os.read(descriptor, 1 << 16):
        pieces.append(piece)
    return b"".join(pieces)


def _write(descriptor: int, data: bytes) -> None:
    with suppress(BrokenPipeError):  # the service is gone, and nobody is left who could want to know
        while data:
            data = data[os.write(descriptor, data) :]


if __name__ == "__main__":
    main()
