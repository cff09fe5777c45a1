"""Where the settings of checks are found: `schedrun.toml` or `pyproject.toml`, the nearest from here upwards."""

from pathlib import Path

import click

from schedrun.lint import settings
from schedrun.lint.settings import LintSettings, LintSettingsError
from schedrun.render.escape import for_terminal

_OWN, _SHARED = "schedrun.toml", "pyproject.toml"
_LARGEST = 1024 * 1024


def load(config: Path | None, *, start: Path) -> LintSettings:
    """Return the settings of `config`, or of the nearest file from `start` upwards; the defaults when there is none.

    A `pyproject.toml` without `[tool.schedrun]` is passed over. Raises click.UsageError for a file that cannot be used.
    """
    try:
        if config is not None:
            shared = config.name == _SHARED
            return settings.read(_text(config), file=str(config), table=shared) or LintSettings()
        for folder in (start, *start.parents):
            for name in (_OWN, _SHARED):
                path = folder / name
                if not path.is_file():
                    continue
                found = settings.read(_text(path, within=folder), file=_shown(path, start), table=name == _SHARED)
                if found is not None:
                    return found
    except LintSettingsError as error:
        raise click.UsageError(for_terminal(str(error))) from error
    return LintSettings()


def _text(path: Path, *, within: Path | None = None) -> str:
    """Return the text of a file; one that was found must not be a link that leads out of its folder."""
    try:
        if within is not None and not path.resolve().is_relative_to(within.resolve()):
            raise LintSettingsError(f"{path}: this link leads out of its folder; put the file itself there")
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise LintSettingsError(f"{path}: this file is larger than 1 MiB")
        return data.decode("utf-8-sig")  # some editors begin a file with a mark of its byte order
    except UnicodeDecodeError as error:
        raise LintSettingsError(f"{path}: this is no UTF-8") from error
    except OSError as error:
        raise LintSettingsError(f"{path}: cannot be read: {error.strerror}") from error


def _shown(path: Path, start: Path) -> str:
    return str(path.relative_to(start) if path.is_relative_to(start) else path)
