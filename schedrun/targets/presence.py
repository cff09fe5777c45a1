"""What commands and shell texts need on the machine where they run: folders, files and programs. Nothing is started."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from schedrun.core.source import Step
from schedrun.core.spec.target import CommandTarget, ShellTarget
from schedrun.targets.environment import Inheritable, LaunchError, read_env_file

_HEAD = 256
"""So many bytes of a file say to Linux how to start it."""

_PLACES: Mapping[type, tuple[Step, ...]] = {
    CommandTarget: ("command", 0),
    ShellTarget: ("interpreter", 0),
}


@dataclass(frozen=True, slots=True)
class Missing:
    """What the target does not find: the path from the target to the value that names it, and why, in words."""

    path: tuple[Step, ...]
    message: str


def missing(spec: CommandTarget | ShellTarget, *, service: Inheritable, app_dir: Path) -> Iterator[Missing]:
    """Yield what a process of this target would not find; `service` is what it inherits.

    A program that is searched on a PATH that is a secret is passed over: secrets are not read.
    """
    folder = app_dir if spec.workdir is None else app_dir / spec.workdir
    there = _is_folder(folder)
    if not there:
        yield Missing(("workdir",), f"working folder not found: {folder}")
    variables: Mapping[str, object] = service.everything if spec.inherit_env else service.bare
    if spec.env_file is not None:
        try:
            variables = {**variables, **read_env_file(app_dir / spec.env_file)}
        except LaunchError as error:
            yield Missing(("env_file",), str(error))
            return
    path = {**variables, **spec.env}.get("PATH", os.defpath)
    program = (spec.command if isinstance(spec, CommandTarget) else spec.interpreter)[0]
    fault = _fault(program, path, folder=folder) if there else None
    if fault is not None:
        yield Missing(_PLACES[type(spec)], fault)


def _fault(program: str, path: object, *, folder: Path) -> str | None:
    if "/" in program:
        file = folder / program
        return _unusable(file, path, folder=folder) if _is_file(file) else f"program not found: {file}"
    if not isinstance(path, str):
        return None
    found = _on_path(program, path, folder=folder)
    if not found:
        return f"program not found: {program} is in no folder of PATH"
    return _unusable(next((file for file in found if os.access(file, os.X_OK)), found[0]), path, folder=folder)


def _on_path(program: str, path: str, *, folder: Path) -> list[Path]:
    return [file for place in path.split(":") if _is_file(file := folder / place / program)]


def _unusable(file: Path, path: object, *, folder: Path) -> str | None:
    """Return why the system would not start a file that is there."""
    if not os.access(file, os.X_OK):
        return f"program not executable: {file}"
    try:
        with file.open("rb") as opened:
            head = opened.read(_HEAD)
    except OSError:  # who may start a program need not be allowed to read it
        return None
    if head.startswith(b"#!"):
        return _without_interpreter(file, head[2:].partition(b"\n")[0], path, folder=folder)
    # Of what is no text the system may know more than we do.
    return None if b"\0" in head else f"program has no known format: {file} (a script begins with a #! line)"


def _without_interpreter(file: Path, line: bytes, path: object, *, folder: Path) -> str | None:
    """Return why the `#!` line of a script leads to no program; `line` is what stands behind these two letters."""
    if line.endswith(b"\r"):
        return f"program's interpreter not found: the #! line of {file} ends in a carriage return, as on Windows"
    interpreter, *arguments = os.fsdecode(line).split() or [""]
    if not _is_file(folder / interpreter):
        return f"program's interpreter not found: {interpreter!r}, see the #! line of {file}"
    if not interpreter.endswith("/env") or len(arguments) != 1 or not isinstance(path, str):
        return None
    (name,) = arguments
    if "/" in name or "=" in name or name.startswith("-") or _on_path(name, path, folder=folder):
        return None
    return f"program's interpreter not found: {name} is in no folder of PATH, see the #! line of {file}"


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113  Path.is_file raises where the system does not let it look


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112  as above
