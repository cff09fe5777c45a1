"""What a process starts with: its environment and its working folder."""

import re
from collections.abc import Mapping
from pathlib import Path

from schedrun.core.errors import SchedrunError
from schedrun.core.spec.instant import utc_text
from schedrun.core.spec.target import SERVICE_VARIABLES, Process
from schedrun.protocols import RunContext
from schedrun.secret import RunSecrets
from schedrun.targets import attendant, procfs

_BARE = ("PATH", "HOME", "LANG")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class LaunchError(SchedrunError):
    """the process could not be started."""


class Inheritable:
    """What processes may inherit of the service's environment, as it is now: all but the service's own settings."""

    def __init__(self, service: Mapping[str, str]) -> None:
        """Read it once: it is long, runs are many, and os.environ decodes all of it anew each time."""
        self.everything = {name: value for name, value in service.items() if not name.startswith(SERVICE_VARIABLES)}
        self.bare = {name: self.everything[name] for name in _BARE if name in self.everything}


def environment(
    spec: Process, context: RunContext, *, service: Inheritable, app_dir: Path, secrets: RunSecrets
) -> dict[str, str]:
    """Return a process's environment; the later wins.

    First what it inherits of the `service`'s (with `inherit_env: false` only PATH, HOME and LANG), then `env_file`,
    then `env`, then the names that tell the run what it is.
    Raises LaunchError for an env file that cannot be used, SecretError for a reference that cannot be read.
    """
    variables = dict(service.everything if spec.inherit_env else service.bare)
    if spec.env_file is not None:
        variables |= read_env_file(app_dir / spec.env_file)
    variables |= {name: secrets.text(value) for name, value in spec.env.items()}
    variables |= about_run(context)
    return variables


def inherited(context: RunContext, *, service: Inheritable) -> dict[str, str]:
    """Return the environment of a process whose job has nothing to say about it."""
    return service.everything | about_run(context)


def about_run(context: RunContext) -> dict[str, str]:
    """Return what every process is told about its run."""
    return {
        "SCHEDRUN_JOB": context.job,
        procfs.RUN_VARIABLE: context.run_id,
        attendant.VARIABLE: attendant.ours(),
        "SCHEDRUN_ATTEMPT": str(context.attempt),
        "SCHEDRUN_FIRE_TIME": utc_text(context.fire_time),
        **({} if context.traceparent is None else {"TRACEPARENT": context.traceparent}),
    }


def read_env_file(path: Path) -> dict[str, str]:
    """Return the variables of a file of `NAME=value` lines.

    A value is what stands behind the first `=`, to the end of the line: no quotes, escapes or expansions.
    Empty lines and lines that begin with `#` say nothing. Raises LaunchError with the line's number, never
    its text.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise LaunchError(f"env file {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        # From None: the exception carries the bytes, and env files hold passwords.
        raise LaunchError(f"env file {path}: not UTF-8 text") from None
    variables: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, equals, value = line.removesuffix("\r").partition("=")
        if not equals or not _NAME.fullmatch(name) or "\0" in value:
            raise LaunchError(f"env file {path}, line {number}: write NAME=value, without spaces before the =")
        variables[name] = value
    return variables
