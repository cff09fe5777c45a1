"""`schedrun run`: the service in the foreground, until it is told to stop."""

import asyncio
import logging
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schedrun.cli import jobs, options, output
from schedrun.cli.control import login_name
from schedrun.cli.signals import Answered
from schedrun.clock import SystemClock
from schedrun.core.errors import SchedrunError, StoreError
from schedrun.render import jobs_table
from schedrun.render.escape import for_terminal
from schedrun.render.log_lines import JsonFormatter, PlainFormatter
from schedrun.render.people_lines import PeopleFormatter
from schedrun.service.service import NoTimer, Service
from schedrun.settings import LogFormat, Settings
from schedrun.targets.orphans import adopting
from schedrun.targets.process import install_child_watcher

if TYPE_CHECKING:
    from schedrun.web.serve import WebServer

log = logging.getLogger("schedrun.run")


@click.command("run")
@options.manifest_paths
@options.state_option
@click.option("--app-dir", type=click.Path(path_type=Path), metavar="DIR", help="Where jobs work and import from.")
@click.option("--allow-targets", metavar="KIND,...", help="Run only these kinds: command, shell, python, http.")
@click.option("--secrets-from", metavar="NAME,...", help="Variables (FX_*) and folders that secrets may come from.")
@click.option(
    "--group", metavar="NAME=N", multiple=True, help="At most N runs at once of the jobs of this group; repeat."
)
@click.option("--max-running", metavar="N", help="At most N runs at once of all jobs.  [default: no limit]")
@click.option("--keep-for", metavar="DURATION", help="Forget what is older; `off`: never.  [default: 90d]")
@click.option(
    "--keep-runs", metavar="N", help="Forget what is beyond a job's newest N; `off`: never.  [default: 10000]"
)
@click.option("--drain-timeout", metavar="DURATION", help="How long Ctrl-C lets running jobs end.  [default: 30s]")
@click.option("--listen", metavar="HOST:PORT", help="Where the API and the dashboard are.  [default: 127.0.0.1:8321]")
@click.option("--no-web", is_flag=True, help="Serve no API and no dashboard.")
@click.option("--public-url", metavar="URL", help="Where browsers reach them through a proxy.")
@click.option(
    "--log-format", type=click.Choice([one.value for one in LogFormat]), help="How lines look when not on a terminal."
)
@click.option("--once", is_flag=True, help="Apply, run what is due or queued, wait for it; exit 1 if a run failed.")
@click.pass_context
def command(ctx: click.Context, /, *, once: bool, **flags: object) -> None:
    """Run the scheduler: the manifests drive it, and every edit applies itself.

    Each PATH is a manifest or a folder of them (default: manifests/).

    Ctrl-C stops firing, lets running jobs end, and exits 0; a second Ctrl-C cuts them off. SIGHUP applies the
    manifests now.

    The first start makes a token beside the state, in state.db.token: who has it may act through the API.
    """
    settings = options.settings(**flags)
    _set_up_logging(settings.log_format)
    # Whoever started us may have told the kernel to forget how children end: every run would look lost.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    install_child_watcher()
    ctx.exit(asyncio.run(_run_once(settings) if once else _serve(settings)))


async def _run_once(settings: Settings) -> int:
    with adopting() as orphans:
        service = Service(settings, clock=SystemClock(), environ=os.environ, timer=NoTimer(), orphans=orphans)
        with Answered({signal.SIGINT: service.cut_short, signal.SIGTERM: service.cut_short}):
            try:
                unsuccessful = await service.run_once()
            finally:
                await service.stop()
    return 1 if unsuccessful else 0


async def _serve(settings: Settings) -> int:
    web = None if settings.no_web else _prepared(settings)
    try:
        with adopting() as orphans:
            service = Service(settings, clock=SystemClock(), environ=os.environ, orphans=orphans)
            return await _serve_until_told(service, web)
    finally:
        if web is not None:
            await web.stop()


def _prepared(settings: Settings) -> "WebServer":
    """Listen, and refuse what cannot be served, before anything fires."""
    from schedrun.web import serve  # noqa: PLC0415  `--no-web` loads nothing of it

    web = serve.prepare(settings)
    serve.refuse_bad_tokens(settings)
    return web


async def _serve_until_told(service: Service, web: "WebServer | None") -> int:
    asked_to_stop = asyncio.Event()

    def stop() -> None:
        if asked_to_stop.is_set():
            service.cut_short()
        asked_to_stop.set()

    handlers = {signal.SIGINT: stop, signal.SIGTERM: stop, signal.SIGHUP: service.ask_to_reconcile}
    with Answered(handlers):
        await service.start()
        await _greet(service)
        if web is not None:
            await _open_web(web, service)
        failure = await _wait(service, asked_to_stop)
        if waiting_for := ", ".join(claim.job.key for claim in service.active_runs):
            log.info("Stopping: waiting for running jobs", extra={"event": "stopping", "waiting_for": waiting_for})
        else:
            log.info("Stopping: nothing runs", extra={"event": "stopping"})
        await service.stop()
        if web is not None:
            await web.stop()
        log.info("Stopped", extra={"event": "stopped"})
    if failure is not None:
        raise failure
    return 0


async def _wait(service: Service, asked_to_stop: asyncio.Event) -> StoreError | None:
    """Return when the service is to stop: None because somebody asked for it, else why it cannot go on."""
    asked, failed = asyncio.create_task(asked_to_stop.wait()), asyncio.create_task(service.wait_failed())
    await asyncio.wait({asked, failed}, return_when=asyncio.FIRST_COMPLETED)
    for task in (asked, failed):
        task.cancel()
    return failed.result() if failed.done() and not failed.cancelled() else None


async def _open_web(web: "WebServer", service: Service) -> None:
    """Serve, and tell people at a terminal where to log in; the token goes nowhere else."""
    try:
        link = await web.start(service, user=login_name())
    except Exception as error:
        # The jobs fire already, and do so without an API.
        facts = {"event": "web_not_served", "error": str(error)}
        log.error("No API and no dashboard", extra=facts, exc_info=not isinstance(error, SchedrunError))  # noqa: TRY400  what we refuse says it whole
        return
    if link is not None and sys.stderr.isatty():
        click.echo(f"Dashboard: {for_terminal(link)}", err=True)


async def _greet(service: Service) -> None:
    """Say what runs: a table for people, one line for everybody else."""
    now = SystemClock().now()
    views = await service.read(partial(jobs.views, now=now))
    if sys.stderr.isatty():
        medium = output.medium(sys.stderr)
        click.echo(jobs_table.text(views, now=now, width=medium.width, paint=medium.paint), err=True)
    else:
        for view in views:
            log.info(
                "Job is live",
                extra={
                    "event": "job_live",
                    "job": view.job,
                    "schedule": view.schedule,
                    "next_fire": view.next_fire,
                },
            )
    paths = " ".join(str(path) for path in service.settings.paths)
    log.info(
        "Following manifests; Ctrl-C stops",
        extra={
            "event": "started",
            "jobs": len(views),
            "manifests": paths,
            "state": str(service.settings.state),
        },
    )


def _set_up_logging(log_format: LogFormat) -> None:
    handler = logging.StreamHandler(sys.stderr)
    if sys.stderr.isatty():
        handler.setFormatter(PeopleFormatter(paint=output.medium(sys.stderr).paint))
    else:
        handler.setFormatter(JsonFormatter() if log_format is LogFormat.JSON else PlainFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("schedrun").setLevel(logging.INFO)
