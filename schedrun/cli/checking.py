"""Looking at manifests with all rules, as the options say: settings, fixes, a baseline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schedrun.cli import lint_settings, resolving
from schedrun.cli.options import Function
from schedrun.core.diagnostics import Diagnostic
from schedrun.core.plan.inspected import Inspected
from schedrun.lint.check import check
from schedrun.lint.settings import LintSettings
from schedrun.manifest import emptiness
from schedrun.manifest.load import inspect
from schedrun.render.escape import for_terminal

if TYPE_CHECKING:
    from schedrun.lint.baseline import Entry


@dataclass(frozen=True, slots=True)
class Choices:
    """What the options of `checking_options` and `resolving.resolve_options` say."""

    config: Path | None = None
    baseline: Path | None = None
    write_baseline: bool = False
    fix: bool = False
    diff: bool = False
    resolve: bool = False
    app_dir: Path = Path()

    def __post_init__(self) -> None:
        """Refuse options that mean nothing by themselves; raises click.UsageError."""
        if self.write_baseline and self.baseline is None:
            raise click.UsageError("--write-baseline needs --baseline FILE")
        if self.diff and not self.fix:
            raise click.UsageError("--diff shows what --fix would write: give both")
        if self.write_baseline and self.fix:
            raise click.UsageError("--write-baseline and --fix go one after the other: fix first")
        if self.resolve and not self.app_dir.is_dir():
            raise click.UsageError(for_terminal(f"--app-dir: there is no folder {str(self.app_dir)!r}"))


def checking_options(function: Function) -> Function:
    """Add `--config`, `--baseline`, `--write-baseline`, `--fix` and `--diff`: the fields of `Choices`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


_FILE = click.Path(path_type=Path, dir_okay=False)
_OPTIONS = (
    click.option(
        "--config",
        metavar="FILE",
        type=_FILE,
        help="Settings; else the nearest schedrun.toml, or pyproject.toml with [tool.schedrun], from here upwards.",
    ),
    click.option("--baseline", metavar="FILE", type=_FILE, help="Findings that are recorded in FILE do not count."),
    click.option("--write-baseline", is_flag=True, help="Record the findings of now in the file of --baseline."),
    click.option("--fix", is_flag=True, help="Mend what can be mended without changing a run."),
    click.option("--diff", is_flag=True, help="With --fix: print what it would write, write nothing; exit 1 if any."),
)


def settings(
    choices: Choices, *, select: Sequence[str] = (), ignore: Sequence[str] = (), fail_on: str | None = None
) -> LintSettings:
    """Return the settings of the files, and over them what the command line says; raises click.UsageError."""
    said = lint_settings.load(choices.config, start=Path.cwd())
    return said.with_options(select=tuple(select), ignore=tuple(ignore), fail_on=fail_on)


def checked(
    paths: Sequence[Path], choices: Choices, *, settings: LintSettings, now: datetime
) -> tuple[Inspected, list[Diagnostic]]:
    """Return what the manifests below `paths` say, and the findings that count.

    With `--fix` files are written first, with `--diff` the changes are printed and the command ends. What was fixed,
    and which entries of a baseline are stale, is told on stderr. Raises click.ClickException when a file cannot be
    read or written.
    """
    inspected, findings = _seen(paths, choices, settings=settings, now=now)
    if choices.fix and any(finding.edits for finding in findings) and _fix(inspected, findings, diff=choices.diff):
        inspected, findings = _seen(paths, choices, settings=settings, now=now)
    elif choices.diff:
        raise click.exceptions.Exit(0)
    if choices.baseline is not None:
        findings = _beside_baseline(choices, inspected, findings=findings, settings=settings)
    return inspected, findings


def _seen(
    paths: Sequence[Path], choices: Choices, *, settings: LintSettings, now: datetime
) -> tuple[Inspected, list[Diagnostic]]:
    inspected = inspect(paths)
    empty = emptiness.findings(paths, read=(*inspected.files, *inspected.desired.broken))
    # What no rule can tell from manifests alone is selected and suppressed like all else.
    resolved = resolving.findings(inspected, app_dir=choices.app_dir) if choices.resolve else ()
    return inspected, check(inspected, settings=settings, now=now, more=[*empty, *resolved])


def _fix(inspected: Inspected, findings: Sequence[Diagnostic], *, diff: bool) -> bool:
    """Write the fixes, or print them and end; return whether there were any."""
    from schedrun.cli import fixing  # noqa: PLC0415  most checks mend nothing

    fixes = fixing.fixes(inspected, findings)
    if fixes and diff:
        click.echo(fixing.diff(fixes), nl=False)
        raise click.exceptions.Exit(1)
    fixing.write(fixes)
    if fixes:
        click.echo(fixing.summary(fixes), err=True)
    return bool(fixes)


def _beside_baseline(
    choices: Choices, inspected: Inspected, *, findings: list[Diagnostic], settings: LintSettings
) -> list[Diagnostic]:
    from schedrun.lint import baseline  # noqa: PLC0415  most checks have none

    path = choices.baseline
    assert path is not None
    files = inspected.files
    if choices.write_baseline:
        if path.resolve() in (Path(name).resolve() for name in inspected.desired.files):
            raise click.UsageError(for_terminal(f"--baseline {path}: that file is a manifest"))
        _write(path, baseline.written(findings, files))
    entries = _entries(path)
    broken = inspected.desired.broken

    def looked_at(entry: "Entry") -> bool:
        is_known = entry.file in files and entry.file not in broken
        return settings.selects(entry.code) and (is_known or _is_gone(Path(entry.file)))

    for entry in baseline.stale(findings, entries, files=files, looked_at=looked_at):
        click.echo(for_terminal(f"{path}: {entry.code} in {entry.file} is mended: write the baseline anew"), err=True)
    return baseline.without_known(findings, entries, files=files)


def _is_gone(path: Path) -> bool:
    """Return whether the file was removed; where its folder is not, the baseline was written from elsewhere."""
    return path.parent.is_dir() and not path.exists()


def _entries(path: Path) -> "tuple[Entry, ...]":
    from schedrun.lint import baseline  # noqa: PLC0415  most checks have none

    try:
        return baseline.read(path.read_text(encoding="utf-8"), file=str(path))
    except FileNotFoundError as error:
        message = f"there is no baseline {str(path)!r}: make it with --write-baseline"
        raise click.UsageError(for_terminal(message)) from error
    except UnicodeDecodeError as error:
        raise click.UsageError(for_terminal(f"{path}: this is no UTF-8")) from error
    except OSError as error:
        raise click.UsageError(for_terminal(f"{path}: cannot be read: {error.strerror}")) from error
    except baseline.BaselineError as error:
        raise click.UsageError(for_terminal(str(error))) from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(for_terminal(f"{path}: cannot be written: {error.strerror}")) from error
