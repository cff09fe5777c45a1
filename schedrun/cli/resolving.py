"""`--resolve`: what targets name is looked for, and Python targets are imported. It runs code of the tree."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schedrun.cli.options import Function

if TYPE_CHECKING:
    from schedrun.core.diagnostics import Diagnostic
    from schedrun.core.plan.desired import DeclaredJob
    from schedrun.core.plan.inspected import Inspected
    from schedrun.targets.arguments import Fault

TIMEOUT = 30.0
"""Seconds that one module may take to be imported."""
_AT_ONCE = 4


def resolve_options(function: Function) -> Function:
    """Add `--resolve` and `--app-dir`."""
    function = click.option(
        "--app-dir",
        metavar="DIR",
        type=click.Path(path_type=Path),
        envvar="SCHEDRUN_APP_DIR",
        show_envvar=True,
        default=Path(),
        show_default=False,
        help="With --resolve: where jobs work and import from.  [default: the current folder]",
    )(function)
    return click.option(
        "--resolve",
        is_flag=True,
        help="Also import Python targets and look for programs and files. This runs code of the tree: never use it on"
        " what strangers may write.",
    )(function)


def findings(inspected: "Inspected", *, app_dir: Path, timeout: float = TIMEOUT) -> list["Diagnostic"]:
    """Return SR601 for each Python target that cannot be called as it says, SR602 for what is not there.

    SR601 is a warning where a decorator may give what is missing.
    Imports each module once, in a process of its own that has `timeout` seconds.
    """
    jobs = list(inspected.jobs.values())
    return [*_not_callable(jobs, app_dir=app_dir, timeout=timeout), *_not_there(jobs, app_dir)]


def _not_callable(jobs: Iterable["DeclaredJob"], *, app_dir: Path, timeout: float) -> Iterator["Diagnostic"]:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  only --resolve needs these

    from schedrun.clock import SystemClock  # noqa: PLC0415
    from schedrun.core.spec.target import PythonTarget  # noqa: PLC0415
    from schedrun.targets.probing import Prober  # noqa: PLC0415
    from schedrun.targets.subreaper import ending_orphans  # noqa: PLC0415

    modules: dict[str, list[tuple[DeclaredJob, PythonTarget]]] = defaultdict(list)
    for job in jobs:
        if isinstance(job.spec.target, PythonTarget):
            modules[job.spec.target.python.partition(":")[0]].append((job, job.spec.target))
    if not modules:
        return
    monotonic = SystemClock().monotonic
    prober = Prober(app_dir=app_dir, environ=os.environ, monotonic=monotonic, timeout=timeout)
    workers = ThreadPoolExecutor(max_workers=min(_AT_ONCE, os.cpu_count() or 1))
    with ending_orphans(monotonic=monotonic), workers:
        asked = workers.map(lambda module: prober.faults(module, [target for _, target in modules[module]]), modules)
        try:
            answers = list(asked)
        finally:  # who interrupts does not want to wait for the imports
            prober.end()
    for uses, answer in zip(modules.values(), answers, strict=True):
        for (job, _), faults in zip(uses, answer, strict=True):
            yield from (_not_as_written(job, fault) for fault in faults)


def _not_as_written(job: "DeclaredJob", fault: "Fault") -> "Diagnostic":
    from schedrun.core.diagnostics import Severity  # noqa: PLC0415  only --resolve needs these
    from schedrun.lint import target_resolved  # noqa: PLC0415

    hint = fault.hint or "mend the name, or say with --app-dir where the code is"
    severity = Severity.ERROR if fault.certain else Severity.WARNING
    return target_resolved.not_callable(job, _path(fault), message=fault.message, hint=hint, severity=severity)


def _path(fault: "Fault") -> tuple[str, ...]:
    name = () if fault.name is None else (fault.name,)
    return ("target", fault.at, *name)


def _not_there(jobs: Iterable["DeclaredJob"], app_dir: Path) -> Iterator["Diagnostic"]:
    from schedrun.core.spec.target import CommandTarget, ShellTarget  # noqa: PLC0415  only --resolve needs these
    from schedrun.lint import target_resolved  # noqa: PLC0415
    from schedrun.targets import presence  # noqa: PLC0415
    from schedrun.targets.environment import Inheritable  # noqa: PLC0415

    service = Inheritable(os.environ)
    for job in jobs:
        if isinstance(job.spec.target, CommandTarget | ShellTarget):
            for each in presence.missing(job.spec.target, service=service, app_dir=app_dir):
                yield target_resolved.not_there(job, ("target", *each.path), message=each.message)
