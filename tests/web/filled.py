"""A service as people have it: forty jobs of five teams, with days of history, for pages and pictures."""

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from schedrun.core.ids import scheduled_run_id
from schedrun.core.run.lateness import Lateness
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Override, RecordedJob, Session
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.schedule import fires
from schedrun.core.status import RunKind, RunStatus, SpanStatus
from schedrun.protocols import Store, Transaction
from tests.virtual import VirtualClock
from tests.web.backend import StoreBackend

NOW = datetime(2026, 11, 28, 14, 23, 42, tzinfo=UTC)
HISTORY = timedelta(days=3)
SHORT = timedelta(hours=36)
"""Enough for every page to have something of everything."""

_SETS = {
    "billing": ("Europe/Berlin", {"team": "payments"}, (
        ("close-day", '{cron: "17 4 * * mon-fri"}', "Close yesterday's invoices", 42, 0.02),
        ("fx-rates", "{every: 15m, spread: 30s}", "Refresh exchange rates from the bank", 3, 0.04),
        ("dunning", '{cron: "30 9 * * mon-fri"}', "Send reminders for what is overdue", 95, 0),
        ("ledger-export", '{cron: "0 2 * * *"}', "Export the ledger to the warehouse", 310, 0.2),
        ("invoice-numbers", "{every: 1h}", None, 1, 0),
        ("vat-report", '{cron: "0 6 1 * *"}', "VAT report of the month before", 900, 0),
        ("refunds", "{every: 10m}", "Work off the queue of refunds", 8, 0.01),
        ("price-cutover", '{at: "2027-01-01T00:00:00"}', "New prices", 5, 0),
    )),
    "data": ("UTC", {"team": "analytics", "tier": "2"}, (
        ("ingest-orders", "{every: 5m}", "Load orders into the warehouse", 21, 0.015),
        ("ingest-clicks", "{every: 5m}", "Load clicks into the warehouse", 48, 0.03),
        ("aggregate-hourly", '{cron: "7 * * * *"}', "Aggregates of the last hour", 130, 0.01),
        ("aggregate-daily", '{cron: "40 1 * * *"}', "Aggregates of yesterday", 1450, 0),
        ("quality-checks", '{cron: "15 */2 * * *"}', "Row counts, freshness, nulls", 64, 0.25),
        ("train-forecast", '{cron: "0 3 * * sun"}', "Retrain the demand forecast", 5400, 0),
        ("vacuum", '{cron: "20 4 * * *"}', None, 700, 0),
        ("export-partners", '{cron: "5 6,12,18 * * *"}', "Files for the partners' SFTP", 33, 0.1),
    )),
    "shop": ("Europe/London", {"team": "shop", "tier": "1"}, (
        ("warm-cache", "{every: 20m}", "Render the busiest pages", 12, 0),
        ("sitemap", '{cron: "25 3 * * *"}', "Sitemap of all products", 88, 0),
        ("abandoned-carts", '{cron: "45 * * * *"}', "Mails to who left a full cart", 6, 0.02),
        ("stock-sync", "{every: 2m}", "Stock levels from the depots", 4, 0.008),
        ("search-index", '{cron: "*/30 * * * *"}', "Rebuild the search index", 140, 0.01),
        ("price-watch", '{cron: "10 7 * * *"}', "Compare prices of competitors", 260, 0.1),
        ("newsletter", '{cron: "0 8 * * tue,fri"}', "The newsletter", 410, 0),
        ("clean-sessions", "{every: 1h}", None, 2, 0),
    )),
    "ops": ("UTC", {"team": "platform"}, (
        ("backup-db", '{cron: "0 */6 * * *"}', "Base backup of the main database", 830, 0.05),
        ("backup-verify", '{cron: "30 5 * * *"}', "Restore the backup and compare", 1900, 0.3),
        ("rotate-logs", '{cron: "0 0 * * *"}', None, 3, 0),
        ("cert-check", '{cron: "0 7 * * *"}', "Certificates that end within 30 days", 14, 0),
        ("disk-usage", "{every: 10m}", "Free space on all volumes", 1, 0),
        ("heartbeat", "{every: 1m}", "Tell the outside that we live", 0.3, 0.001),
        ("prune-images", '{cron: "0 4 * * sat"}', "Container images nobody uses", 75, 0),
        ("dns-audit", '{cron: "0 9 1,15 * *"}', None, 22, 0),
    )),
    "crm": ("America/New_York", {"team": "sales"}, (
        ("sync-contacts", "{every: 30m}", "Contacts from the old CRM", 18, 0.06),
        ("score-leads", '{cron: "0 */3 * * *"}', "Score new leads", 55, 0),
        ("weekly-digest", '{cron: "0 8 * * mon"}', "Digest for account managers", 12, 0),
        ("merge-duplicates", '{cron: "0 1 * * *"}', "Merge contacts that are the same person", 240, 0.05),
        ("territories", '{cron: "30 6 1 */3 *"}', "Deal out territories", 9, 0),
        ("enrich", "{every: 45m}", "Company data from the registry", 38, 0.02),
        ("birthday-mails", '{cron: "0 10 * * *"}', None, 4, 0),
        ("archive", '{cron: "0 5 * * sun"}', "Archive closed deals", 600, 0),
    )),
}  # fmt: skip

_FAILED_LAST = {"data/quality-checks", "ops/backup-verify", "billing/ledger-export"}

_LATE = "backup-verify"

_ERRORS = (
    'exit code 1: psycopg.OperationalError: connection to server at "db-2" failed: timeout expired',
    "exit code 2",
    "ConnectionError: 503 Service Unavailable from https://rates.example/latest",
    "exit code 137 (SIGKILL)",
    "AssertionError: 3 of 41 checks failed: orders.freshness, clicks.nulls, refunds.rows",
)


def write_manifests(folder: Path) -> None:
    """Write the manifests of all sets below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (zone, labels, jobs) in _SETS.items():
        (folder / f"{name}.yaml").write_text("".join(_manifest(name, zone, labels, jobs)), encoding="utf-8")


def _manifest(name: str, zone: str, labels: dict[str, str], jobs: Any) -> Iterator[str]:
    yield f"schedrun: v1\nname: {name}\nlabels: {{{', '.join(f'{key}: {value!r}' for key, value in labels.items())}}}\n"
    yield f"defaults:\n  timezone: {zone}\n  timeout: 2h\n  owner: {labels['team']}-oncall\njobs:\n"
    for job_id, schedule, description, _, _ in jobs:
        yield f"  {job_id}:\n"
        if description:
            yield f'    description: "{description}"\n'
        yield f"    schedule: {schedule}\n"
        if job_id == _LATE:
            yield '    must_finish_by: "09:00"\n'
        yield f"    target: {{command: [./bin/{job_id}, --all], env: {{LOG_LEVEL: info}}}}\n"


async def filled(folder: Path, store: Store | None = None, *, history: timedelta = HISTORY) -> StoreBackend:
    """Return a backend on manifests below `folder`, with a history of runs and what people did, as of NOW."""
    write_manifests(folder)
    clock = VirtualClock(NOW - history - timedelta(hours=1))
    backend = StoreBackend(store, clock=clock, manifests=folder, logs_dir=folder.parent / "logs")
    await backend.reconcile()
    clock.stall((history + timedelta(hours=1)).total_seconds())
    rows = await backend.read(lambda reader: reader.jobs())
    dice = random.Random(7)
    for row in rows:
        await backend.write(partial(_live_through, job=row, dice=dice, history=history))
    await backend.write(lambda tx: _people(tx, {row.key: row for row in rows}))
    await backend.reconcile()
    return backend


def break_a_file(folder: Path) -> None:
    """Make a slip in a manifest."""
    path = folder / "crm.yaml"
    path.write_text(path.read_text("utf-8").replace("schedule: {every: 45m}", "shedule: {every: 45m}"), "utf-8")


def edit(folder: Path) -> None:
    """Change, add, pause and take away jobs."""
    billing, shop, ops = folder / "billing.yaml", folder / "shop.yaml", folder / "ops.yaml"
    text = billing.read_text("utf-8").replace('"17 4 * * mon-fri"', '"45 5 * * mon-fri"')
    text = text.replace("{every: 15m, spread: 30s}", "{every: 30m, spread: 30s}")
    text += '  reconcile-bank:\n    schedule: {cron: "0 5 * * *"}\n    target: {shell: ./bank}\n'
    billing.write_text(text, "utf-8")
    every = "    schedule: {every: 20m}"
    shop.write_text(shop.read_text("utf-8").replace(every, f"{every}\n    paused: {{reason: new CDN}}"), "utf-8")
    head, _, rest = ops.read_text("utf-8").partition("  heartbeat:")
    kept = rest.split("  prune-images:", 1)[1].split("  dns-audit:", 1)[0]
    ops.write_text(f"{head}  prune-images:{kept}".replace("  cert-check:", "  certificates:"), "utf-8")


def _live_through(tx: Transaction, job: RecordedJob, dice: random.Random, history: timedelta) -> None:
    _, _, jobs = _SETS[job.key.partition("/")[0]]
    _, _, _, typical, fails = next(each for each in jobs if each[0] == job.key.partition("/")[2])
    compiled = fires.of(job.spec, key=job.key)
    times = fires.latest(compiled, after=NOW - history - compiled.offset, until=NOW - compiled.offset, limit=10_000)
    down = NOW - timedelta(hours=31), NOW - timedelta(hours=30, minutes=12)
    missed = [at for at in times if down[0] < at <= down[1]]
    for at in times:
        if at not in missed:
            surely = at == times[-1] and job.key in _FAILED_LAST
            _run(tx, job, at, at + compiled.offset, typical, 1.0 if surely else fails, dice)
    if missed:
        reason = "nothing could start it before 2026-11-27T08:11:42Z; its grace is 1h"
        tx.insert_span(Span(job.uid, missed[0], missed[-1], len(missed), SpanStatus.MISSED, reason, down[1]))
    tx.put_job(job.at_cursor(times[-1] if times else NOW))


def _run(  # what a run is made of
    tx: Transaction,
    job: RecordedJob,
    fire_time: datetime,
    due: datetime,
    typical: float,
    fails: float,
    dice: random.Random,
) -> None:
    late = timedelta(seconds=dice.expovariate(12) + (dice.random() < 0.02) * dice.uniform(1, 9))
    took = timedelta(seconds=typical * dice.lognormvariate(0, 0.25))
    run = Run(
        scheduled_run_id(job.uid, fire_time), job.uid, fire_time, RunKind.SCHEDULED, RunStatus.QUEUED, due
    ).started(due + late)
    tx.insert_run(run)
    ended = due + late + took
    if ended >= NOW:
        return  # it runs now
    roll = dice.random()
    status, error = RunStatus.SUCCEEDED, None
    if roll < fails:
        status = dice.choice([RunStatus.FAILED, RunStatus.FAILED, RunStatus.FAILED, RunStatus.TIMED_OUT])
        error = "timed out after 2h" if status is RunStatus.TIMED_OUT else dice.choice(_ERRORS)
    elif roll > 0.997:
        status, error = RunStatus.CANCELLED, "cancelled by ann"
    code = 0 if error is None else 1
    batches = "".join(f"batch {number}: {dice.randint(200, 900)} rows\n" for number in range(12))
    output = f"loading {job.key}\n{batches}"
    outcome = Outcome(exit_code=code, error=error, output=output + ("done\n" if error is None else f"{error}\n"))
    tx.finish_run(run.id, attempt=1, status=status, at=ended, outcome=outcome)


def _people(tx: Transaction, rows: dict[str, RecordedJob]) -> None:
    """Pause two jobs, run one by hand, let one wait for its second attempt, and have a service."""

    def row(key: str) -> RecordedJob:
        found = tx.job(rows[key].uid)
        assert found is not None
        return found

    paused = row("data/export-partners")
    since = NOW - timedelta(hours=5)
    moving = Override("partner moves its SFTP server", "ann", since, NOW + timedelta(days=2))
    tx.put_job(paused._replace(override=moving))
    newsletter = row("shop/newsletter")
    tx.put_job(newsletter._replace(override=Override("legal reads the new footer", "ben", since)))
    asked = NOW - timedelta(minutes=6)
    by_hand = Run("3f9ac1d27be0446a1c5e", rows["data/vacuum"].uid, asked, RunKind.MANUAL, RunStatus.QUEUED, asked)
    tx.insert_run(by_hand.started(asked + timedelta(seconds=0.2)))
    failed_at = NOW - timedelta(seconds=50)
    again = Run("a40b7d915ce2f3316d08", rows["crm/score-leads"].uid, asked, RunKind.MANUAL, RunStatus.QUEUED, asked)
    tx.insert_run(again.started(asked))
    tx.finish_run(
        again.id,
        attempt=1,
        status=RunStatus.FAILED,
        at=failed_at,
        outcome=Outcome(exit_code=1, error="exit code 1: model file is locked", output="loading model\n"),
        retry_at=NOW + timedelta(seconds=40),
    )
    due = NOW.replace(hour=9, minute=0, second=0)
    tx.put_lateness(Lateness(rows["ops/backup-verify"].uid, "09:00 UTC", None, due, due, unfinished_since=due))
    tx.put_session(Session(uuid.UUID(int=7).hex, 4211, NOW - timedelta(hours=30, minutes=12), NOW))
