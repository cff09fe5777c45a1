"""The program: commands that are imported when they run, and the one place where errors become words."""

import gc
import os
import sys
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import TextIOWrapper
from typing import NamedTuple

import click

from schedrun import __version__
from schedrun.cli import refusals, stderr, stdout
from schedrun.core.errors import SchedrunError


class _Entry(NamedTuple):
    module: str
    summary: str


_COMMANDS = {
    "init": _Entry("init", "Write a first, commented manifest; overwrite nothing."),
    "run": _Entry("run", "Run the scheduler: manifests drive it, edits apply themselves."),
    "validate": _Entry("validate", "Check manifests: every finding at once, with its place."),
    "explain": _Entry("explain", "Tell what the code of a finding stands for, with samples."),
    "plan": _Entry("plan", "Show what applying the manifests would change."),
    "apply": _Entry("apply", "Apply the manifests now and show what changed."),
    "status": _Entry("status", "Show what is applied, broken files and blocked removals."),
    "next": _Entry("next", "Show when jobs, or a crontab expression, fire next."),
    "forecast": _Entry("forecast", "Show all runs from one time to another, and when most start."),
    "jobs": _Entry("jobs", "List the jobs, how they stand and when they fire next."),
    "runs": _Entry("runs", "List what has run, and what never ran and why."),
    "why": _Entry("why", "Say why a fire ran, or why it did not."),
    "pause": _Entry("pause", "Pause a job until it is resumed, or for a while."),
    "resume": _Entry("resume", "Lift the pause that a person laid over a job."),
    "trigger": _Entry("trigger", "Run a job now, beside its schedule."),
    "cancel": _Entry("cancel", "End a run that waits or runs."),
    "state": _Entry("state", "Check, back up and prune the recorded state."),
    "import": _Entry("import_", "Write a manifest from another tool's files, and prove it."),
    "export": _Entry("export", "Write jobs as a crontab, CronJobs or systemd timers."),
    "render": _Entry("render", "Print the manifests with every default filled in."),
    "schema": _Entry("schema", "Print the JSON Schema of manifests, for editors."),
}

_WITHOUT_PLUGINS = "PYDANTIC_DISABLE_PLUGINS"


class LazyGroup(click.Group):
    """Commands by name and summary; a command's module, and the `command` in it, is imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  the signature is click's
        """Return the names in the order that help shows them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's
        """Import and return the command, None when there is none of that name."""
        entry = _COMMANDS.get(cmd_name)
        if entry is None:
            return None
        with _modules_kept(), _plugins_left_out():
            command: click.Command = import_module(f"schedrun.cli.{entry.module}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a name that is none is answered with the nearest that is."""
        name = args[0]
        if name not in _COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(_no_such_command(name), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's
        """Write names and summaries without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in _COMMANDS.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; help and version may be more than stdout takes."""
        with _refusals_said():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what schedrun or the system refuses becomes one line on stderr and exit code 1."""
        with _refusals_said():
            return super().invoke(ctx)


@contextmanager
def _refusals_said() -> Iterator[None]:
    try:
        yield
    except SchedrunError as error:
        raise click.ClickException(refusals.words(error)) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is None and not refusals.of_folder(error):
            raise
        raise click.ClickException(refusals.words(error)) from error


@contextmanager
def _modules_kept() -> Iterator[None]:
    """Spare the garbage collector what is imported here: it lives as long as the process."""
    # Searching the models again and again while they are built, and once more at exit, is an eighth of the CPU
    # that `validate` takes.
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def _plugins_left_out() -> Iterator[None]:
    """Ask no plugin of Pydantic about what is imported here; of the models of applications, later, they are asked."""
    # Looking through all that is installed for plugins is a fortieth of the CPU that `validate` takes.
    plugins = os.environ.get(_WITHOUT_PLUGINS)
    os.environ[_WITHOUT_PLUGINS] = "__all__"
    try:
        yield
    finally:
        if plugins is None:
            del os.environ[_WITHOUT_PLUGINS]
        else:
            os.environ[_WITHOUT_PLUGINS] = plugins


def _no_such_command(name: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  only a mistyped name pays for it

    near = get_close_matches(name, _COMMANDS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "see `schedrun --help`"
    return f"no such command {name!r}: {hint}"


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from importlib.metadata import version  # noqa: PLC0415  slow to import, and only this option needs it

    click.echo(f"schedrun {__version__} (tzdata {version('tzdata')})")
    ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the versions of schedrun and of its time zone data, and exit.",
)
def cli() -> None:
    """GitOps for scheduled jobs.

    A folder of YAML manifests is the truth; schedrun makes the live scheduler match it.
    """


def _open_what_is_closed() -> None:
    """Give a process that was started without one of its standard streams the null device for it."""
    # Else the next file to be opened would get the number, and what is printed.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def main() -> None:
    """Run the command line of this process and exit with its code."""
    # The system's zone data may be a year older than the tzdata package that we report.
    zoneinfo.reset_tzpath(to=[])
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A letter that the terminal's encoding lacks must not end the program.
            stream.reconfigure(errors="backslashreplace")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout = stdout.named(sys.stdout)
    if isinstance(sys.stderr, TextIOWrapper):
        sys.stderr = stderr.losing(sys.stderr)
    output = sys.stdout  # click puts another in its place once a pipe is closed, whose flush hides that
    try:
        cli(prog_name="schedrun")
    except SystemExit as end:
        sys.exit(stdout.ended(end.code, output))
