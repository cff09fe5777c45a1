"""What commands and shell texts need on the machine where they run: folders, files and programs. Nothing is started."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from schedrun.core.source import Step
from schedrun.core.spec.target import CommandTarget, ShellTarget
from schedrun.targets.environment import Inheritable, LaunchError, read_env_file

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
    if not folder.is_dir():
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
    fault = _fault(program, path, folder=folder) if folder.is_dir() else None
    if fault is not None:
        yield Missing(_PLACES[type(spec)], fault)


def _fault(program: str, path: object, *, folder: Path) -> str | None:
    if not program or "\0" in program:
        return f"program not found: {program!r} is no name of a file"
    if "/" in program:
        file = folder / program
        if not file.is_file():
            return f"program not found: {file}"
        return None if os.access(file, os.X_OK) else f"program not executable: {file}"
    if not isinstance(path, str):
        return None
    found = [file for place in path.split(":") if (file := folder / place / program).is_file()]
    if any(os.access(file, os.X_OK) for file in found):
        return None
    return f"program not executable: {found[0]}" if found else f"program not found: {program} is in no folder of PATH"
