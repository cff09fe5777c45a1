"""schedrun, which kills itself with SIGKILL at an exact moment: at the N-th time that it comes to a given place.

TORTURE_DIES is `PLACE:N`. The places lie between what is durable and what follows from it.
"""

import os
import signal
import subprocess
from collections.abc import Callable
from functools import wraps
from typing import Any

from schedrun.cli.main import main
from schedrun.scheduler.recorder import Recorder
from schedrun.scheduler.runner import Runner
from schedrun.stores.sqlite import SqliteStore

PLACES = ("before-commit", "after-commit", "before-start", "after-spawn", "before-verdict")


class _Fuse:
    """Kills this process when it has been lit so often."""

    def __init__(self, left: int) -> None:
        self._left = left

    def __call__(self) -> None:
        self._left -= 1
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _lay(place: str, fuse: Callable[[], None]) -> None:
    """Lay the fuse at the place."""
    match place:
        case "before-commit":
            _before(SqliteStore, "write", fuse)
        case "after-commit":
            _after(SqliteStore, "write", fuse)
        case "before-start":
            _before(Runner, "start", fuse, only=lambda args: bool(args[1]))
        case "after-spawn":
            _after_start_of_a_run(fuse)
        case "before-verdict":
            _before(Recorder, "put", fuse)
        case _:
            raise ValueError(f"no such place: {place}")


def _before(owner: Any, name: str, fuse: Callable[[], None], *, only: Callable[..., bool] = lambda _args: True) -> None:
    function = getattr(owner, name)

    @wraps(function)
    def with_fuse(*args: Any, **kwargs: Any) -> Any:
        if only(args):
            fuse()
        return function(*args, **kwargs)

    setattr(owner, name, with_fuse)


def _after(owner: Any, name: str, fuse: Callable[[], None]) -> None:
    function = getattr(owner, name)

    @wraps(function)
    async def with_fuse(*args: Any, **kwargs: Any) -> Any:
        result = await function(*args, **kwargs)
        fuse()
        return result

    setattr(owner, name, with_fuse)


def _after_start_of_a_run(fuse: Callable[[], None]) -> None:
    door: Any = subprocess.Popen  # every process goes through it
    begin = door.__init__

    @wraps(begin)
    def with_fuse(process: Any, *args: Any, **kwargs: Any) -> None:
        begin(process, *args, **kwargs)
        if kwargs.get("start_new_session"):  # not git, which is asked for the revision
            fuse()

    door.__init__ = with_fuse


if __name__ == "__main__":
    place, _, number = os.environ.pop("TORTURE_DIES").partition(":")
    _lay(place, _Fuse(int(number)))
    main()
