"""What the torture test's jobs do in Python: they note in the witness when they begin and when they end."""

import asyncio
import os
import random
import sys
import time
from datetime import UTC

from schedrun import current_run


class Flaw(Exception):  # noqa: N818  what a job raises on purpose
    """a job failed on purpose."""


async def steady(milliseconds: int, fails: int = 0) -> str:
    """Take so long on the event loop; fail in so many of a hundred attempts."""
    say("begin")
    await asyncio.sleep(milliseconds / 1000)
    return _end(fails)


def blocking(milliseconds: int, other: int = 0, odds: int = 0, fails: int = 0) -> str:
    """Take so long on a thread, or the other in so many of a hundred runs; fail in so many of a hundred attempts."""
    say("begin")
    time.sleep((other if random.randrange(100) < odds else milliseconds) / 1000)
    return _end(fails)


def apart(milliseconds: int, other: int, odds: int, fails: int, code: int) -> str:
    """Do as `blocking` does; but of those that fail, every other ends its process with that code."""
    say("begin")
    time.sleep((other if random.randrange(100) < odds else milliseconds) / 1000)
    if random.randrange(200) < fails:
        say("end", str(code))
        os._exit(code)
    return _end(fails // 2)


def say(kind: str, detail: str = "-") -> None:
    """Append one line to the witness with one write."""
    run = current_run()
    fire_time = run.fire_time.astimezone(UTC).isoformat().replace("+00:00", "Z")
    identity = f"{run.job} {fire_time} {run.run_id} {run.attempt} {os.getpid()}"
    append(os.environ["TORTURE_WITNESS"], f"{kind} {identity} {time.time():.6f} {detail}")  # noqa: TID251  the real time


def append(path: str, line: str) -> None:
    """Append a line to a file with one write."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)


def _end(fails: int) -> str:
    if random.randrange(100) < fails:
        say("end", "raised")
        raise Flaw
    say("end", "0")
    return "done"


def main() -> None:
    """Do as `worker.sh` does in the common case, as a program: MILLISECONDS."""
    names = ("JOB", "FIRE_TIME", "RUN_ID", "ATTEMPT")
    identity = " ".join(os.environ[f"SCHEDRUN_{name}"] for name in names)
    for kind, detail in (("begin", "-"), ("end", "0")):
        append(os.environ["TORTURE_WITNESS"], f"{kind} {identity} {os.getpid()} {time.time():.6f} {detail}")  # noqa: TID251  the real time
        if kind == "begin":
            time.sleep(int(sys.argv[1]) / 1000)


if __name__ == "__main__":
    main()
