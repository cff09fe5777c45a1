"""What the ledger says became of every second of a job that fires each second."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from tests.e2e.service import Project

SECOND = timedelta(seconds=1)


def verdicts(project: Project, job: str) -> Counter[datetime]:
    """Return how many verdicts each occurrence of the job has, from its first to its last."""
    told = project.ask("runs", job, "-n", "10000")
    found: Counter[datetime] = Counter(datetime.fromisoformat(run["fire_time"]) for run in told["runs"])
    for span in told["spans"]:
        seconds = list(_seconds(span))
        assert span["count"] == len(seconds)
        found.update(seconds)
    first, last = min(found), max(found)
    for number in range(int((last - first) / SECOND) + 1):
        found.setdefault(first + number * SECOND, 0)
    return found


def assert_each_has_one(project: Project, job: str) -> None:
    """Fail when an occurrence has none or several."""
    assert {} == {str(at): count for at, count in verdicts(project, job).items() if count != 1}


def _seconds(span: dict[str, Any]) -> list[datetime]:
    first, last = datetime.fromisoformat(span["first"]), datetime.fromisoformat(span["last"])
    return [first + number * SECOND for number in range(int((last - first) / SECOND) + 1)]
