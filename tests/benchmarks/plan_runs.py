"""A plan between two trees in which 1,000 jobs change, with their runs of seven days, beside bare cronsim.

The plan is the whole of it: reading both trees with the place of every value, comparing, and printing JSON or markdown.
The peer computes the fires of both sides in their zones and nothing else. Figures are CPU time of this process; compare
them within one run only.
"""

import json
import statistics
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from schedrun.core.plan import comparison
from schedrun.core.plan.comparison import Comparison
from schedrun.core.schedule import clock_changes, readings
from schedrun.manifest.load import Contents, inspect_contents
from schedrun.render import plan_base_json, plan_base_markdown
from tests.benchmarks.promise import Promise, report
from tests.benchmarks.reading import cpu_seconds

FILES, JOBS_A_FILE = 20, 50
ROUNDS = 3
NOW = datetime(2026, 6, 1, 12, 7, tzinfo=UTC)
WEEK = timedelta(days=7)
ZONE = "Europe/Berlin"

# Of ten jobs five run once a day or less, three by the hour, and two several times an hour.
_SCHEDULES = (
    *("{m} 2 * * *", "{m} 4 * * mon-fri", "{m} 6 * * sat", "{m} 23 * * *", "{m} 1 1,15 * *"),
    *("{m} * * * *", "{m} */2 * * *", "{m} 8-18 * * mon-fri"),
    *("{m}-59/15 * * * *", "{m}-59/10 6-22 * * *"),
)


def expressions(*, later: int) -> Iterator[str]:
    """Yield the crontab expression of every job; `later` (minutes) is what the change does to it."""
    for number in range(FILES * JOBS_A_FILE):
        text = _SCHEDULES[number % len(_SCHEDULES)]
        yield text.format(m=(number // len(_SCHEDULES) + later) % (10 if "/" in text.split()[0] else 60))


def tree(*, later: int) -> Mapping[str, bytes]:
    """Return the manifests, by name."""
    texts = list(expressions(later=later))
    files = {}
    for file in range(FILES):
        head = f"schedrun: v1\nname: team-{file:02}\ndefaults: {{timezone: {ZONE}, timeout: 10m}}\njobs:\n"
        jobs = [
            f'  job-{job:02}:\n    owner: payments\n    schedule: {{cron: "{texts[file * JOBS_A_FILE + job]}"}}\n'
            f"    target: {{command: [./bin/export, --table, t{job}]}}\n"
            for job in range(JOBS_A_FILE)
        ]
        files[f"manifests/team-{file:02}.yaml"] = (head + "".join(jobs)).encode()
    return files


def compared(base: Mapping[str, bytes], head: Mapping[str, bytes]) -> Comparison:
    """Read both trees and compare them."""
    base_says, head_says = inspect_contents([Contents(base), Contents(head)])
    return comparison.compare(base_says, head_says, now=NOW, horizon=WEEK)


def bare_cronsim() -> int:
    """Compute the fires of both sides; return how many there are."""
    begin = NOW.astimezone(ZoneInfo(ZONE))
    count = 0
    for later in (0, 1):
        for text in expressions(later=later):
            for fire in CronSim(text, begin):
                if fire > begin + WEEK:
                    break
                count += 1
    return count


def _cold() -> None:
    """Forget what an earlier round computed: a process compares once."""
    readings.of.cache_clear()
    clock_changes._of_year.cache_clear()


def _plan_seconds(base: Mapping[str, bytes], head: Mapping[str, bytes], output: str) -> float:
    _cold()

    def plan() -> None:
        result = compared(base, head)
        if output == "json":
            json.dumps(plan_base_json.comparison_view(result, failed=False), indent=2)
        else:
            plan_base_markdown.text(result, failed=False)

    return cpu_seconds(plan)


def main() -> list[Promise]:
    """Print the table and return what it promises."""
    base, head = tree(later=0), tree(later=1)
    fires = bare_cronsim()
    assert len(compared(base, head).jobs) == FILES * JOBS_A_FILE
    peer = statistics.median(cpu_seconds(bare_cronsim) for _ in range(ROUNDS))
    plans = {
        output: statistics.median(_plan_seconds(base, head, output) for _ in range(ROUNDS))
        for output in ("json", "markdown")
    }
    sys.stdout.write(f"{FILES * JOBS_A_FILE:,} changed jobs, {fires:,} fires of seven days on both sides, CPU\n")
    rows = [("bare cronsim, the fires alone", peer), *((f"plan, {output}", cost) for output, cost in plans.items())]
    for what, seconds in rows:
        sys.stdout.write(f"  {what:<36} {seconds * 1000:9.1f} ms  {seconds / peer:6.3f} x the first\n")
    return [
        Promise(f"plan of 1,000 changed jobs, {output}, CPU, times bare cronsim", seconds / peer, at_most=5.0)
        for output, seconds in plans.items()
    ]


if __name__ == "__main__":
    report(main())
