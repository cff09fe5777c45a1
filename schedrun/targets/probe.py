"""The program that imports one module and looks at its functions: `probing` starts it, nobody imports it.

It reads from the descriptor in its first argument, up to the end, what to look for, and writes one line of JSON there.
What the module prints goes nowhere, and what it leaves running ends with the process.
"""

import inspect
import json
import os
import sys
from typing import Any

_LONGEST_SIGNATURE = 200
_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def main() -> None:
    """Answer, and end at once: no exit function of the module is called, and no thread waited for."""
    channel = int(sys.argv[1])
    del sys.argv[1:]
    os.set_inheritable(channel, False)
    request = json.loads(_read(channel))
    sys.path[:] = request["path"]
    sys.path.insert(0, request["app_dir"])
    answers = [_faults(**call) for call in request["calls"]]
    data = json.dumps(answers).encode() + b"\n"
    while data:
        data = data[os.write(channel, data) :]
    os._exit(0)


def _faults(function: str, *, args: int, kwargs: list[str]) -> list[dict[str, Any]]:
    """Return what is wrong with calling `function` with so many positional and these keyword arguments.

    Each fault has the fields of `probing.Fault`.
    """
    # Only now it is sure to be found, and to be that of the service.
    from schedrun.targets.reference import FunctionNotFoundError, resolve  # noqa: PLC0415  see above

    try:
        found = resolve(function)
    except FunctionNotFoundError as error:
        return [{"at": "python", "message": error.reason}]
    try:
        signature = inspect.signature(found)
    except Exception:  # noqa: BLE001  builtins have none, and what else code says of itself may fail as it likes
        return []
    hint = f"it is {function.rpartition('.')[2].rpartition(':')[2]}{signature}"[:_LONGEST_SIGNATURE]
    return [
        {**fault, "message": f"{function} {fault['message']}", "hint": hint}
        for fault in _mismatches(signature, args=args, kwargs=kwargs)
    ]


def _mismatches(signature: inspect.Signature, *, args: int, kwargs: list[str]) -> list[dict[str, Any]]:
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    by_place = [each.name for each in signature.parameters.values() if each.kind in _BY_PLACE]
    by_name = {each.name for each in signature.parameters.values() if each.kind in _BY_NAME}
    faults: list[dict[str, Any]] = []
    if args > len(by_place) and inspect.Parameter.VAR_POSITIONAL not in kinds:
        faults.append({"at": "args", "message": f"takes at most {len(by_place)} `args`, not {args}"})
        args = len(by_place)
    taken = [name for name in by_place[:args] if name in by_name]
    known: list[str] = []
    for name in kwargs:
        if name in taken:
            faults.append({"at": "kwargs", "name": name, "message": f"is given {name!r} by `args` already"})
        elif name in by_name or inspect.Parameter.VAR_KEYWORD in kinds:
            known.append(name)
        else:
            faults.append({"at": "kwargs", "name": name, "message": f"takes no argument {name!r}"})
    try:
        signature.bind(*[None] * args, **dict.fromkeys(known))
    except TypeError as error:
        faults.append({"at": "python", "message": f"cannot be called so: {error}"})
    return faults


def _read(descriptor: int) -> bytes:
    pieces = []
    while piece := os.read(descriptor, 1 << 16):
        pieces.append(piece)
    return b"".join(pieces)


if __name__ == "__main__":
    main()
