"""`schedrun plan --base`: two trees of manifests compared, with no access to anything live."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click

from schedrun.cli import checkout, lint_settings, moment, options, output
from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.plan import comparison
from schedrun.core.plan.comparison import Comparison
from schedrun.core.plan.inspected import Inspected
from schedrun.core.spec import duration
from schedrun.lint.compared import counting, with_pauses
from schedrun.lint.settings import LintSettings
from schedrun.manifest.git_tree import GitTree, GitTreeError, not_checked_out
from schedrun.manifest.load import Contents, contents, inspect_contents
from schedrun.render.escape import for_terminal

_CHANGES = 2
_LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of a comparison, as it was written."""

    base: str
    head: str | None
    now: datetime | None
    runs: str
    fail_on: str | None
    select: tuple[tuple[str, ...], ...]
    ignore: tuple[tuple[str, ...], ...]
    config: Path | None
    output_format: str
    exit_code: bool


def show(paths: tuple[Path, ...], asked: Asked) -> int:
    """Print what changes from the base to the head below `paths`, and return the exit code."""
    now, horizon, settings = asked.now or moment.now(), _horizon(asked), _settings(asked)
    base, head = _trees(paths or (options.DEFAULT_MANIFESTS,), asked)
    compared = comparison.compare(base, head, now=now, horizon=horizon)
    compared = counting(with_pauses(compared, settings=settings), head, settings=settings)
    failed = _fails(compared.findings, settings.fail_on)
    _print(compared, asked, failed=failed)
    if failed:
        return 1
    return _CHANGES if asked.exit_code and compared.jobs else 0


def _refused(words: str) -> click.UsageError:
    return click.UsageError(for_terminal(words))


def _trees(paths: Sequence[Path], asked: Asked) -> tuple[Inspected, Inspected]:
    try:
        checkout.refuse_links_out(paths)
        base, base_lacks = _commit(paths, asked.base)
        if asked.head is not None:
            head, head_lacks = _commit(paths, asked.head)
        else:
            _refuse_sparse(paths)
            head_lacks = frozenset(path for path in paths if not path.exists())
            head = contents([path for path in paths if path not in head_lacks])
    except GitTreeError as error:
        raise _refused(str(error)) from error
    if nowhere := base_lacks & head_lacks:
        names = ", ".join(sorted(path.as_posix() for path in nowhere))
        raise _refused(f"neither side has {names}: name files or folders that the base or the head has")
    base_says, head_says = inspect_contents([base, head])
    return base_says, head_says


def _refuse_sparse(paths: Sequence[Path]) -> None:
    """Raise click.UsageError where the working tree lacks manifests that nobody deleted."""
    if absent := not_checked_out(paths):
        which = absent[0] if len(absent) == 1 else f"{absent[0]} and {len(absent) - 1} more"
        remedy = "compare the commit, with --head HEAD, or check them out"
        raise _refused(f"this checkout is sparse and leaves out {which}: {remedy}")


def _commit(paths: Sequence[Path], ref: str) -> tuple[Contents, frozenset[Path]]:
    read = GitTree(ref, paths).read()
    return Contents(read.files, read.faults), read.absent


def _horizon(asked: Asked) -> timedelta:
    try:
        horizon = duration.parse(asked.runs)
    except ValueError as error:
        raise _refused(f"--runs: {error}") from error
    if not timedelta() < horizon <= _LONGEST:
        raise _refused(f"--runs {asked.runs} must be longer than nothing, and at most 366d")
    return horizon


def _settings(asked: Asked) -> LintSettings:
    said = lint_settings.load(asked.config, start=Path.cwd())
    return said.with_options(select=sum(asked.select, ()), ignore=sum(asked.ignore, ()), fail_on=asked.fail_on)


def _fails(findings: Sequence[Diagnostic], fail_on: str) -> bool:
    if fail_on == "never":
        return False
    return any(fail_on == "warning" or finding.severity is Severity.ERROR for finding in findings)


def _print(compared: Comparison, asked: Asked, *, failed: bool) -> None:
    match asked.output_format:
        case "json":
            from schedrun.render import plan_base_json  # noqa: PLC0415  one format is printed

            refs = {"base": asked.base, "head": asked.head}
            output.print_json({**refs, **plan_base_json.comparison_view(compared, failed=failed)})
        case "markdown":
            from schedrun.render import plan_base_markdown  # noqa: PLC0415

            output.print_text(plan_base_markdown.text(compared, failed=failed))
        case _:
            from schedrun.render import plan_base_text  # noqa: PLC0415

            medium = output.medium()
            output.print_text(plan_base_text.text(compared, failed=failed, width=medium.width, paint=medium.paint))
    if compared.is_empty and asked.output_format != "json":
        click.echo("Nothing changes.", err=True)
