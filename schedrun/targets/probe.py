"""The program that imports one module and looks at its functions: `probing` starts it, nobody imports it.

It reads from the descriptor in its first argument, up to the end, what to look for, and writes one line of JSON there.
What the module prints goes nowhere, and no exit function of it is called.
"""

import importlib
import json
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schedrun.targets.arguments import Fault


def main() -> None:
    """Answer, and end at once: no thread of the module is waited for."""
    channel, process = int(sys.argv[1]), os.getpid()
    del sys.argv[1:]
    os.set_inheritable(channel, False)
    identity = _identity(channel)
    request = json.loads(_read(channel))
    sys.path[:] = request["path"]
    # Only now they are sure to be found, and before the application's folder leads they are those of the service.
    from schedrun.targets import arguments, reference  # noqa: F401, PLC0415  see above; `_faults` finds them loaded

    sys.path.insert(0, request["app_dir"])
    answers = [_faults(**call, app_dir=request["app_dir"]) for call in request["calls"]]
    # A module that forks comes back twice; one that closes what it did not open may open another file in its place.
    if os.getpid() == process and _identity(channel) == identity:
        _write(channel, json.dumps(answers, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    os._exit(0)


def _faults(function: str, *, args: int, kwargs: list[str], app_dir: str) -> "list[Fault]":
    """Return what is wrong with calling `function` with so many positional and these keyword arguments."""
    from schedrun.targets import arguments, reference  # noqa: PLC0415  see `main`

    try:
        found = reference.resolve(function)
    except reference.FunctionNotFoundError as error:
        hint = _near(function) if error.__cause__ is None else _place(error.__cause__, app_dir=app_dir)
        return [arguments.Fault("python", error.reason, hint)]
    return arguments.faults(found, called=function, args=args, kwargs=kwargs)


def _near(function: str) -> str | None:
    """Return a hint at the name that may be meant where there is none, None when no name is like it."""
    from difflib import get_close_matches  # noqa: PLC0415  only a name that is not there pays for it

    module, _, path = function.partition(":")
    holder: object = sys.modules.get(module)
    try:
        for step in path.split("."):
            names = [name for name in dir(holder) if not name.startswith("_")]
            near = get_close_matches(step, names, n=1)
            if step not in names and near:
                return f"did you mean `{near[0]}`?"
            holder = getattr(holder, step)
    except BaseException:  # noqa: BLE001  what code says of its names may fail as it likes
        return None
    return None


def _place(error: BaseException, *, app_dir: str) -> str | None:
    """Return where code raised `error`, as a hint; in the application where that is on the way. None for no code."""
    from schedrun.targets import reference  # noqa: PLC0415  see `main`

    if isinstance(error, SyntaxError) and error.filename and not error.filename.startswith("<"):
        return f"see {_below(app_dir, error.filename)}:{error.lineno}"
    places: list[tuple[str, int]] = []
    step = error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if file not in (reference.__file__, importlib.__file__) and not file.startswith("<frozen "):
            places.append((file, step.tb_lineno))
        step = step.tb_next
    own = [place for place in places if place[0].startswith(f"{app_dir}/")]
    return next((f"raised at {_below(app_dir, file)}:{line}" for file, line in reversed(own or places)), None)


def _below(app_dir: str, file: str) -> str:
    return file.removeprefix(f"{app_dir}/")


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
    while data:
        data = data[os.write(descriptor, data) :]


if __name__ == "__main__":
    main()
