"""Arguments and options that several commands share."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from schedrun.render.escape import for_terminal

if TYPE_CHECKING:
    from schedrun.settings import Settings

Function = TypeVar("Function", bound=Callable[..., Any])

DEFAULT_MANIFESTS = Path("manifests")
"""Where manifests are looked for when no path is given."""

DEFAULT_STATE = Path(".schedrun/state.db")
"""Where the recorded state is kept when nothing else is said."""


def _existing(_context: click.Context, _parameter: click.Parameter, given: tuple[Path, ...]) -> tuple[Path, ...]:
    return existing_paths(given)


def _missing(path: Path, *, is_default: bool) -> str:
    if is_default:
        return f"there is no folder {path}/ here: name the manifests, or write a first one with `schedrun init`"
    return f"there is no file or folder {str(path)!r}"


class _ManifestPath(click.Path):
    """A path that says something: an empty one, such as of a variable that is not set, is not the current folder."""

    def __init__(self) -> None:
        """Make paths of what is given."""
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; fails for an empty text."""
        if value == "":
            self.fail("a path is empty: name a file or folder, or leave it out", param, ctx)
        return super().convert(value, param, ctx)


def manifest_paths(function: Function) -> Function:
    """Add `[PATH]...`: existing files and folders, else those of SCHEDRUN_PATHS (split at `:`), else `manifests/`."""
    return click.argument(
        "paths",
        metavar="[PATH]...",
        nargs=-1,
        type=_ManifestPath(),
        envvar="SCHEDRUN_PATHS",
        callback=_existing,
    )(function)


def given_paths(function: Function) -> Function:
    """Add `[PATH]...` as `manifest_paths` does, but leave what is given as it is: it need not exist."""
    return click.argument("paths", metavar="[PATH]...", nargs=-1, type=_ManifestPath(), envvar="SCHEDRUN_PATHS")(
        function
    )


def manifests_option(function: Function) -> Function:
    """Add `--manifests PATH`, as often as wanted: what `[PATH]...` is where the argument names a job."""
    return click.option(
        "--manifests",
        "paths",
        metavar="PATH",
        multiple=True,
        type=_ManifestPath(),
        help="Folder or file of manifests; may be repeated.  [default: manifests/]",
    )(function)


def existing_paths(given: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the paths given, `manifests/` for none; raises click.UsageError when one does not exist."""
    for path in given or (DEFAULT_MANIFESTS,):
        if not path.exists():
            raise click.UsageError(_missing(path, is_default=not given))
    return given or (DEFAULT_MANIFESTS,)


def settings(**flags: object) -> "Settings":
    """Return the settings of `flags` and the environment; raises click.UsageError when one cannot be used."""
    from schedrun.settings import SettingError, Settings  # noqa: PLC0415  only commands that act need it

    try:
        return Settings.from_environ(os.environ, **flags)
    except SettingError as error:
        raise click.UsageError(for_terminal(str(error))) from error


def state_option(function: Function) -> Function:
    """Add `--state PATH`, the file of the recorded state."""
    return click.option(
        "--state",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="SCHEDRUN_STATE",
        default=DEFAULT_STATE,
        show_default=True,
        show_envvar=True,
        help="File of the recorded state.",
    )(function)


def format_option(*formats: str) -> Callable[[Function], Function]:
    """Add `--format`, one of `formats`; the first is the default."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How the answer is printed; JSON stands alone on stdout.",
    )
