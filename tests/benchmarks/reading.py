"""Read and check 10,000 jobs in 100 files, beside CSafeLoader with the same models and no positions.

Also: one of those files changed, from the event to the plan. Figures are CPU time of this process; compare them
within one run only.
"""

import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import yaml

from schedrun.core.plan.change import Plan
from schedrun.core.plan.desired import Desired
from schedrun.core.plan.plan import make_plan
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.spec.job import Job
from schedrun.core.status import Origin
from schedrun.manifest.load import Loader
from schedrun.manifest.tree import FolderTree
from tests.benchmarks.promise import Promise, report

FILES = 100
JOBS_A_FILE = 100
ROUNDS = 5
NOW = datetime(2026, 6, 1, tzinfo=UTC)

_HEAD = """\
# yaml-language-server: $schema=../schemas/manifest.schema.json
schedrun: v1
name: team-{file:03d}
labels: {{team: payments, tier: "2"}}
defaults:
  timezone: Europe/Berlin
  timeout: 10m
  misfire: {{grace: 5m}}
  target: {{env: {{LOG_LEVEL: info}}}}
jobs:
"""
_KINDS = (
    """\
  close-day-{job:03d}:
    description: Close yesterday's invoices
    owner: payments-oncall
    schedule: {{cron: "{minute} {hour} * * mon-fri"}}
    target: {{python: "billing.tasks:close_day", kwargs: {{region: eu, batch: {job}}}}}
""",
    """\
  fx-rates-{job:03d}:
    schedule: {{every: 15m, anchor: "2026-01-01T00:07:00Z", spread: 30s}}
    target:
      http:
        method: POST
        url: "https://fx.internal/refresh/{job}"
        headers: {{Authorization: {{from_env: FX_TOKEN}}}}
    timeout: 2m
    overlap: forbid
    misfire: {{grace: 5m, catch_up: latest}}
""",
    """\
  export-{job:03d}:
    # Runs after the close of business.
    schedule:
      cron: "{minute} {hour} 1,15 * *"
    timezone: America/New_York
    target:
      command: ["./bin/export", "--table", "t{job}"]
      env:
        TARGET: warehouse
        PASSWORD: {{from_file: /run/secrets/warehouse}}
      workdir: /srv/billing
    max_instances: 2
""",
    """\
  backup-{job:03d}:
    schedule: {{cron: "{minute} {hour} * * *"}}
    target: {{shell: "pg_dump app | gzip > /backup/app-{job}.gz", interpreter: [bash, -o, pipefail, -ec]}}
    labels: {{tier: "1"}}
    remove: confirm
""",
)


def manifest(file: int, *, jobs: int = JOBS_A_FILE, hour: int = 4) -> str:
    """Return the text of one realistic manifest: crons, intervals, requests, environments, defaults."""
    text = [_HEAD.format(file=file)]
    for job in range(jobs):
        kind = _KINDS[job % len(_KINDS)]
        text.append(kind.format(job=job, minute=(7 * job + file) % 60, hour=(hour + job) % 24))
    return "".join(text)


def write_tree(folder: Path) -> list[Path]:
    """Write the manifests below `folder` and return their paths."""
    paths = [folder / f"team-{file:03d}.yaml" for file in range(FILES)]
    for file, path in enumerate(paths):
        path.write_text(manifest(file))
    return paths


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that `work` takes once, with nothing left over from before to collect."""
    gc.collect()
    begun = time.process_time()
    work()
    return time.process_time() - begun


def median_of(measure: Callable[[], float], *, rounds: int = ROUNDS) -> float:
    """Return the median of several measurements."""
    return statistics.median(measure() for _ in range(rounds))


def without_positions(paths: Sequence[Path]) -> Mapping[str, Job]:
    """Return the jobs as the peer reads them: no places, no strictness, no defaults."""
    jobs = {}
    for path in paths:
        document = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        for job_id, job in document["jobs"].items():
            jobs[f"{document['name']}/{job_id}"] = Job.model_validate(job)
    return jobs


def _change_seconds(loader: Loader, path: Path, text: str) -> float:
    """Measure what follows an event: load what changed and plan the whole tree against the rows."""
    recorded = _rows(loader.load())

    def plan_edit() -> Plan:
        path.write_text(text)
        return make_plan(loader.load(), recorded, now=NOW, uids=str)

    seconds = cpu_seconds(plan_edit)
    assert plan_edit().effective
    return seconds


def _rows(desired: Desired) -> list[RecordedJob]:
    """Return the rows as the reconcile before the edit left them."""
    return [
        RecordedJob(key, key, Origin.MANIFEST, job.spec, NOW, job.position.file, job.position.line)
        for key, job in desired.jobs.items()
    ]


def main() -> list[Promise]:
    """Print the table and return what it promises."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = write_tree(folder)
        without_positions(paths[:1])
        Loader(FolderTree(paths[:1])).load()
        peers, fulls, changes = [], [], []
        for round_number in range(ROUNDS):
            peers.append(cpu_seconds(lambda: without_positions(paths)))
            loader = Loader(FolderTree([folder]))
            fulls.append(cpu_seconds(loader.load))
            text = manifest(50, hour=5 + round_number)
            changes.append(_change_seconds(loader, paths[50], text))
            write_tree(folder)
        assert len(loader.load().jobs) == FILES * JOBS_A_FILE
    return _table(statistics.median(peers), statistics.median(fulls), statistics.median(changes))


def _table(peer: float, full: float, change: float) -> list[Promise]:
    rows = [
        ("CSafeLoader + models, no positions", peer),
        ("read and check, with positions", full),
        ("one of 100 files changed, to the plan", change),
    ]
    sys.stdout.write(f"{FILES * JOBS_A_FILE:,} jobs in {FILES} files, CPU\n")
    for what, seconds in rows:
        sys.stdout.write(f"  {what:<36} {seconds * 1000:9.1f} ms  {seconds / peer:6.3f} x the first\n")
    return [
        Promise("read and check, CPU, times CSafeLoader and models", full / peer, at_most=1.0),
        Promise("one file changed, event to plan, CPU, times the full load", change / full, at_most=0.05),
    ]


if __name__ == "__main__":
    report(main())
