"""An application whose functions run in processes of their own: tests copy it into a folder, and never import it."""

import os
import signal
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, NoReturn

import schedrun

HELD: list[object] = []


class OverdrawnError(Exception):
    """The account is overdrawn."""


class Unprintable:
    def __repr__(self) -> str:
        raise ValueError("no")


def give(value: object = None, *, times: int = 1) -> object:
    return value if times == 1 else [value] * times


def look_around() -> dict[str, object]:
    return {
        "run": schedrun.current_run(),
        "folder": str(Path.cwd()),
        "first on the path": sys.path[0],
        "arguments": sys.argv[1:],
        "heavy": sorted({"asyncio", "dataclasses", "pydantic", "schedrun.protocols"} & sys.modules.keys()),
    }


def say(*lines: str, end: str = "\n") -> str:
    for line in lines:
        print(line, file=sys.stderr if line.startswith("!") else sys.stdout, end=end)
    return "said"


def say_and_wait(line: str, path: str) -> None:
    import time

    say(line)
    while not Path(path).exists():
        time.sleep(0.01)


async def answer_later() -> tuple[str, str]:
    import asyncio

    await asyncio.sleep(0)
    return schedrun.current_run().run_id, await asyncio.to_thread(lambda: schedrun.current_run().job)


def hand_out() -> Coroutine[Any, Any, tuple[str, str]]:
    return answer_later()


def generate() -> Iterator[int]:
    yield 1


def unprintable() -> Unprintable:
    return Unprintable()


def fail(kind: str, *words: object) -> NoReturn:
    raise {"connection": ConnectionResetError, "own": OverdrawnError, "exit": SystemExit, "keys": KeyboardInterrupt}[
        kind
    ](*words)


async def fail_later() -> NoReturn:
    import asyncio

    await asyncio.sleep(0)
    raise OverdrawnError("by 3")


def crash() -> None:
    import ctypes

    say("about to crash")
    ctypes.string_at(0)


def abort() -> NoReturn:
    os.abort()


def leave(code: int) -> NoReturn:
    os._exit(code)


def leave_late(code: int) -> str:
    import atexit

    atexit.register(os._exit, code)
    return "done"


def fork_and_return() -> str:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    return "parent" if child else "child"


def fork_and_exit() -> int:
    child = os.fork()
    if not child:
        sys.exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def close_everything(path: str) -> None:
    """Close what daemons close, and open files in its place that nobody may write to but their owner."""
    taken = [int(entry.name) for entry in Path("/proc/self/fd").iterdir() if int(entry.name) > 2]
    os.closerange(3, max(taken) + 1)
    mine = os.open(path, os.O_WRONLY | os.O_CREAT)
    HELD.extend(os.dup2(mine, number) for number in taken)


def hoard(where: str) -> None:
    here: list[object] = []
    try:
        while True:
            (HELD if where == "module" else here).append(bytearray(1 << 20))
    except MemoryError as error:
        if where == "words":
            raise OverdrawnError("no room for the report") from error
        raise


async def hoard_later() -> None:
    hoard("module")


def take(size: int) -> int:
    return len(bytearray(size))


def start_threads() -> None:
    import threading

    stop = threading.Event()
    try:
        for _ in range(10_000):
            threading.Thread(target=stop.wait, daemon=True).start()
    finally:
        stop.set()


def note_pid(path: str) -> None:
    Path(path).write_text(str(os.getpid()))


def be_busy(path: str, *, on_sigterm: str = "dies") -> str:
    ended: list[int] = []
    match on_sigterm:
        case "ignores":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        case "tidies":
            signal.signal(signal.SIGTERM, lambda number, frame: ended.append(number))
    note_pid(path)
    while not ended:
        pass
    return "tidied"


async def wait_long(path: str, *, obeys: bool = True) -> str:
    import asyncio

    note_pid(path)
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        say("cleaned")
        if obeys:
            raise
    return "half"


def beget(path: str) -> None:
    import subprocess

    child = subprocess.Popen(["sleep", "300"], start_new_session=True, stdout=subprocess.DEVNULL)
    draft = Path(f"{path}.draft")
    draft.write_text(str(child.pid))
    draft.rename(path)
    child.wait()


def surroundings() -> dict[str, object]:
    """Return what the process has, and what everybody can see of it."""
    descriptors = {}
    for descriptor in sorted(Path("/proc/self/fd").iterdir(), key=lambda path: int(path.name)):
        if descriptor.is_symlink():  # that of the listing itself is gone
            descriptors[int(descriptor.name)] = str(descriptor.readlink()).partition(":")[0]
    return {
        "descriptors": list(descriptors.values()),
        "inheritable": [number for number in descriptors if os.get_inheritable(number)],
        "variables": sorted(name for name in os.environ if name.startswith(("SCHEDRUN_", "OURS_"))),
        "seen": Path("/proc/self/cmdline").read_text() + Path("/proc/self/environ").read_text(),
        "session": os.getsid(0) == os.getpid(),
    }
