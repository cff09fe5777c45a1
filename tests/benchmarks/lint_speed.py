"""Validate 10,000 jobs in 100 files with every rule, beside the bare strict load of the same files.

Figures are CPU time of this process; compare them within one run only.
"""

import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from schedrun.core.diagnostics import Diagnostic
from schedrun.lint.check import check
from schedrun.lint.settings import LintSettings
from schedrun.manifest.load import inspect, load
from tests.benchmarks.promise import Promise, report
from tests.benchmarks.reading import FILES, JOBS_A_FILE, ROUNDS, cpu_seconds, manifest, write_tree

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def validated(folder: Path) -> list[Diagnostic]:
    """Return what all rules find below a folder."""
    return check(inspect([folder]), settings=LintSettings(), now=NOW)


def main() -> list[Promise]:
    """Print the table and return what it promises."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "all"
        folder.mkdir()
        write_tree(folder)
        first = Path(name) / "first"
        first.mkdir()
        (first / "team.yaml").write_text(manifest(0))
        load([first])
        assert validated(first)
        peers, places, fulls = [], [], []
        for _ in range(ROUNDS):
            peers.append(cpu_seconds(lambda: load([folder])))
            places.append(cpu_seconds(lambda: inspect([folder])))
            fulls.append(cpu_seconds(lambda: validated(folder)))
        found = len(validated(folder))
    return _table(statistics.median(peers), statistics.median(places), statistics.median(fulls), found=found)


def _table(peer: float, places: float, full: float, *, found: int) -> list[Promise]:
    rows = [
        ("strict load", peer),
        ("strict load that keeps every place", places),
        (f"validate with all rules, {found:,} findings", full),
    ]
    sys.stdout.write(f"{FILES * JOBS_A_FILE:,} jobs in {FILES} files, CPU\n")
    for what, seconds in rows:
        sys.stdout.write(f"  {what:<44} {seconds * 1000:9.1f} ms  {seconds / peer:6.3f} x the first\n")
    return [Promise("validate with all rules, CPU, times the bare strict load", full / peer, at_most=3.0)]


if __name__ == "__main__":
    report(main())
