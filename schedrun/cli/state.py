"""`schedrun state`: check, back up and prune the recorded state."""

from pathlib import Path

import click

from schedrun.cli import options, output
from schedrun.render import check_json, check_text, prune_text


@click.group("state")
def command() -> None:
    """Check, back up and prune the recorded state, also beside a running service."""


@command.command("check", short_help="Look through file and ledger for damage.")
@options.state_option
@options.format_option("text", "json")
@click.pass_context
def check(ctx: click.Context, state: Path, output_format: str) -> None:
    """Look through the whole state: whether the file is sound and the ledger keeps its promises.

    Nothing is written, and a running service is not disturbed. Exit code 0: sound, 1: something is wrong, or there is
    no state yet.
    """
    from schedrun.stores import checking  # noqa: PLC0415  each command of the group loads what it needs

    checked = checking.check(state)
    if output_format == "json":
        output.print_json(check_json.check_view(checked, state=str(state)))
    else:
        output.print_text(check_text.text(checked, state=str(state), paint=output.medium().paint))
    if checked.flaws:
        ctx.exit(1)


@command.command("backup", short_help="Write a consistent copy to FILE.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@options.state_option
@options.format_option("text", "json")
def backup(file: Path, state: Path, output_format: str) -> None:
    """Copy the state to FILE, which must not exist: one consistent moment of it, also beside a running service.

    The copy is checked, and whole and on disk before it has its name; only its owner may read it. To restore it, stop
    the service, move the state away with the -wal and -shm files beside it, and put the copy in its place.
    """
    from schedrun.stores.backup import back_up  # noqa: PLC0415  each command of the group loads what it needs

    checked = back_up(state, file)
    size = file.stat().st_size
    if output_format == "json":
        view = check_json.check_view(checked, state=str(state))
        output.print_json({"file": str(file), "bytes": size, **view})
    else:
        output.print_text(check_text.backed_up(checked, file=str(file), size=size))
    if checked.flaws:
        found = check_text.text(checked, state=str(file))
        click.echo(f"Warning: the copy is as the state is:\n{found}", err=True)


@command.command("prune", short_help="Forget old history now.")
@options.state_option
@click.option("--keep-for", metavar="DURATION", help="Forget what is older; `off`: nothing is too old.")
@click.option("--keep-runs", metavar="N", help="Forget what is beyond a job's newest N; `off`: nothing is too much.")
@click.option("--dry-run", is_flag=True, help="Say what would be forgotten, and forget nothing.")
@options.format_option("text", "json")
def prune(state: Path, keep_for: str | None, keep_runs: str | None, output_format: str, *, dry_run: bool) -> None:
    """Forget old history: finished runs, spans, and the service's own records, as `schedrun run` does each hour.

    What is not said here is as the running service has it; without one, as SCHEDRUN_KEEP_FOR and SCHEDRUN_KEEP_RUNS
    say, else 90d and 10000. Runs that wait or run are never forgotten, and no fire that is forgotten can run again. The
    file keeps its size; the room is used for what comes.
    """
    from schedrun.cli import pruning  # noqa: PLC0415  each command of the group loads what it needs

    pruned = pruning.prune(state, keep_for=keep_for, keep_runs=keep_runs, dry_run=dry_run)
    if output_format == "json":
        output.print_json({"dry_run": dry_run, **pruned})
    else:
        output.print_text(prune_text.text(pruned, dry_run=dry_run))
