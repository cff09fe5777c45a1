"""The same sample values for every renderer: ordinary ones, and hostile ones that try to move the cursor."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.plan.change import Action, Change, FieldChange, Plan
from schedrun.core.run.attempt import Attempt
from schedrun.core.run.recorded import BlockedRemoval, Override, RecordedJob, Session, SyncRecord
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.source import Position
from schedrun.core.spec.job import Job
from schedrun.core.status import JobStatus, Origin, RunKind, RunStatus, SpanStatus
from schedrun.render.history import History
from schedrun.render.job_view import JobView
from schedrun.render.run_details import RunDetails
from schedrun.render.upcoming_fire import UpcomingFire

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOSTILE = "red \x1b[31m\r\n\u202eevil\x9b2J"
ESCAPED = r"red \x1b[31m\r\n\u202eevil\x9b2J"

FINDINGS = (
    Diagnostic(
        code="SR101",
        severity=Severity.ERROR,
        position=Position("jobs/billing.yaml", 14, 5),
        message="unknown field `timout` in job `close-day`",
        hint="did you mean `timeout`?",
    ),
    Diagnostic(
        code="SR105",
        severity=Severity.ERROR,
        position=Position("jobs/more.yaml", 3, 3),
        message="job `billing/close-day` is declared twice",
        related=Position("jobs/billing.yaml", 9, 3),
        related_note="first declared here",
    ),
    Diagnostic("SR203", Severity.WARNING, Position("jobs/more.yaml", 8, 22), "fires rarely"),
)

JOBS = (
    JobView(
        job="billing/close-day",
        status=JobStatus.PENDING,
        schedule="at 04:17 on Monday to Friday, Europe/Berlin",
        zone="Europe/Berlin",
        next_fire=datetime(2026, 11, 24, 3, 17, tzinfo=UTC),
        paused=False,
        file="manifests/billing.yaml",
        line=9,
    ),
    JobView(
        job="billing/ledger-export",
        status=JobStatus.PAUSED,
        schedule="at 02:00 every day, UTC",
        zone=None,
        next_fire=None,
        paused=True,
        file="manifests/billing.yaml",
        line=31,
    ),
    JobView(
        job="heartbeat",
        status=JobStatus.RUNNING,
        schedule="every 15 minutes",
        zone="UTC",
        next_fire=NOW + timedelta(minutes=5, microseconds=250_000),
        paused=False,
        file=None,
        line=None,
    ),
)


def run(**changes: object) -> Run:
    """Return a run that succeeded after 1.25 s, with the changes."""
    facts: dict[str, object] = {
        "id": "9f2c4e81d07b5a63c1e8",
        "job_uid": "uid-1",
        "fire_time": NOW - timedelta(hours=1),
        "kind": RunKind.SCHEDULED,
        "status": RunStatus.SUCCEEDED,
        "queued_at": NOW - timedelta(hours=1),
        "attempt": 1,
        "started_at": NOW - timedelta(hours=1),
        "finished_at": NOW - timedelta(hours=1) + timedelta(seconds=1, milliseconds=250),
        "exit_code": 0,
        "output": "done\n",
    }
    return Run(**(facts | changes))  # type: ignore[arg-type]  # a table of facts, each of its field's type


HISTORY = History(
    runs=(
        run(
            id="77aa01b2c3d4e5f60718",
            job_uid="uid-2",
            status=RunStatus.FAILED,
            exit_code=3,
            error="exit code 3: the upstream ledger refused the connection",
            fire_time=NOW - timedelta(minutes=15),
            started_at=NOW - timedelta(minutes=15),
            finished_at=NOW - timedelta(minutes=12),
        ),
        run(status=RunStatus.QUEUED, attempt=0, started_at=None, finished_at=None, exit_code=None, output=None),
        run(
            status=RunStatus.QUEUED,
            finished_at=None,
            exit_code=75,
            error="exit code 75",
            retry_at=NOW + timedelta(minutes=2),
        ),
        run(),
    ),
    spans=(
        Span(
            job_uid="uid-2",
            first=NOW - timedelta(hours=9),
            last=NOW - timedelta(hours=2),
            count=8,
            status=SpanStatus.MISSED,
            reason="later than its grace of 1h",
        ),
    ),
    keys={"uid-1": "billing/close-day", "uid-2": "billing/fx-rates"},
)

TRIED_JOB = RecordedJob(
    uid="uid-2",
    key="billing/fx-rates",
    origin=Origin.MANIFEST,
    spec=Job.model_validate(
        {
            "schedule": {"every": "15m", "spread": "2m"},
            "timezone": "Europe/Berlin",
            "target": {"shell": "true"},
            "retries": {"max": 3},
        }
    ),
    cursor=NOW,
)
TRIED = RunDetails(
    run=run(
        id="77aa01b2c3d4e5f60718",
        job_uid="uid-2",
        status=RunStatus.RUNNING,
        attempt=3,
        fire_time=NOW - timedelta(minutes=15),
        queued_at=NOW - timedelta(minutes=14, microseconds=-1500),
        started_at=NOW - timedelta(minutes=1),
        finished_at=None,
        exit_code=None,
        output=None,
    ),
    job=TRIED_JOB,
    due=NOW - timedelta(minutes=14),
    attempts=(
        Attempt(
            number=1,
            status=RunStatus.FAILED,
            started_at=NOW - timedelta(minutes=14),
            finished_at=NOW - timedelta(minutes=12),
            exit_code=3,
            error=f"exit code 3: the upstream ledger refused the connection, {HOSTILE}",
            output="one\ntwo",
        ),
        Attempt(
            number=2,
            status=RunStatus.TIMED_OUT,
            started_at=NOW - timedelta(minutes=10),
            finished_at=NOW - timedelta(minutes=9),
            error="timed out after 1m",
        ),
    ),
    logs={3: Path(".schedrun/state.db.logs/77aa01b2c3d4e5f60718-3.gz")},
)
WAITING = RunDetails(
    run=run(
        status=RunStatus.QUEUED,
        attempt=1,
        error="exit code 3",
        exit_code=3,
        finished_at=None,
        retry_at=NOW + timedelta(minutes=5),
    ),
    job=TRIED_JOB._replace(uid="uid-1", key="billing/close-day"),
    due=NOW - timedelta(hours=1),
    attempts=(
        Attempt(1, RunStatus.FAILED, NOW - timedelta(hours=1), NOW - timedelta(minutes=59), 3, "exit code 3", "done\n"),
    ),
)

FIRES = (
    UpcomingFire("billing/close-day", datetime(2026, 11, 24, 3, 17, tzinfo=UTC), "Europe/Berlin"),
    UpcomingFire("billing/close-day", datetime(2026, 11, 25, 3, 17, 4, 500_000, tzinfo=UTC), "Europe/Berlin"),
)


def change(action: Action, job: str, reason: str, *fields: FieldChange, blocked: str | None = None) -> Change:
    """Return a change as a renderer meets it: it shows neither row nor declaration."""
    before, after = None, None
    return Change(action, job, uid="", reason=reason, before=before, after=after, fields=fields, blocked=blocked)


PLAN = Plan(
    changes=(
        change(Action.CREATE, "billing/close-day", "new in manifests/billing.yaml:9"),
        change(
            Action.UPDATE,
            "billing/fx-rates",
            "schedule.every and target.http.headers.Authorization changed",
            FieldChange("schedule.every", "15m", "30m"),
            FieldChange("target.http.headers.Authorization", "(value hidden)", "(value hidden)"),
            FieldChange("target.env.TOKEN", None, "(value hidden)"),
            FieldChange("target.shell", "pg_dump app | gzip > /backup/app.gz", "pg_dump app | zstd > /backup/app.zst"),
            FieldChange("timeout", "2m", None),
        ),
        change(Action.REMOVE, "billing/old", "no manifest declares it", blocked="it says `remove: confirm`"),
        change(Action.NOOP, "billing/same", "unchanged"),
    ),
    revision="0123456789ab",
    overrides=(("billing/ledger-export", Override("vendor outage", "ana", NOW, datetime(2026, 12, 15, tzinfo=UTC))),),
)

SYNC = SyncRecord(
    paths=("manifests",),
    revision_attempted="89abcdef0123",
    revision_applied="0123456789ab+dirty",
    at=NOW - timedelta(minutes=3),
    broken=FINDINGS[:2],
    blocked=(BlockedRemoval("billing/old", "it says `remove: confirm`"),),
)
CLEAN_SYNC = SyncRecord(("manifests",), "0123456789ab", "0123456789ab", NOW - timedelta(minutes=3))
SESSION = Session("session-1", 4711, NOW - timedelta(hours=5), NOW - timedelta(seconds=4))


def golden(name: str) -> str:
    """Return the expected text kept under `golden/`, without the file's last line break."""
    return (Path(__file__).parent / "golden" / f"{name}.txt").read_text(encoding="utf-8").removesuffix("\n")
