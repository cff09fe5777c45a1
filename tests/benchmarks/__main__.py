"""Every benchmark in turn, then all promises; exit code 1 when one is not kept. `make bench` runs it."""

import os
import platform
import sys

from tests.benchmarks import (
    api_pages,
    beside_hogs,
    commands_at_once,
    dashboard_pages,
    due_at_once,
    durable_runs,
    edit_to_live,
    lint_speed,
    memory,
    noop_cpu,
    plan_runs,
    reading,
    spawn_rate,
    start_up,
)
from tests.benchmarks.promise import Promise, report

_ALL = (
    reading,
    api_pages,
    dashboard_pages,
    plan_runs,
    lint_speed,
    edit_to_live,
    due_at_once,
    beside_hogs,
    noop_cpu,
    durable_runs,
    commands_at_once,
    spawn_rate,
    memory,
    start_up,
)


def main() -> None:
    """Print a table a benchmark, and the promises at the end."""
    cores = len(os.sched_getaffinity(0))
    sys.stdout.write(f"{platform.python_implementation()} {platform.python_version()}, {cores} cores\n")
    promises: list[Promise] = []
    for benchmark in _ALL:
        sys.stdout.write("\n")
        promises += benchmark.main()
        sys.stdout.flush()
    sys.stdout.write("\n")
    report(promises)
    sys.exit(0 if all(promise.kept for promise in promises) else 1)


if __name__ == "__main__":
    main()
