"""What `import schedrun` gives, and what it costs."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

import schedrun


def test_importing_loads_no_heavy_module() -> None:
    """Names are imported when they are first used."""
    heavy = ["apscheduler", "pydantic", "sqlite3", "asyncio", "fastapi", "httpx", "yaml", "click", "watchfiles", "rich"]
    code = f"import sys, schedrun; print([name for name in {heavy} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]\n" == answer.stdout


def test_a_scheduler_that_is_not_started_loads_no_alarm_clock() -> None:
    """Declaring jobs needs neither APScheduler nor a web framework."""
    code = (
        "import sys, schedrun\n"
        "scheduler = schedrun.TaskScheduler()\n"
        "scheduler.interval(minutes=1)(print)\n"
        "print([name for name in ('apscheduler', 'fastapi', 'httpx', 'yaml', 'click') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]\n" == answer.stdout


@pytest.mark.parametrize("name", schedrun.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """What is promised can be imported."""
    assert getattr(schedrun, name) is not None
    assert name in dir(schedrun)


def test_other_names_are_not() -> None:
    """A name that does not exist is an AttributeError, as for any module."""
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        _ = schedrun.nothing_of_that_name


def test_the_helpers_for_crontab_lines() -> None:
    """Check, take apart, and look ahead."""
    fields = {"minute": "0", "hour": "2", "day": "*", "month": "*", "day_of_week": "*"}
    assert fields == schedrun.parse_cron_expression("0 2 * * *")
    assert (True, None) == schedrun.validate_cron_expression("0 2 * * *")
    ok, error = schedrun.validate_cron_expression("61 * * * *")
    assert (False, True) == (ok, "61" in (error or ""))
    after = datetime(2026, 6, 1, 12, tzinfo=UTC)
    expected = [datetime(2026, 6, 2, 0, tzinfo=UTC), datetime(2026, 6, 3, 0, tzinfo=UTC)]
    assert expected == schedrun.next_fire_times("0 2 * * *", timezone="Europe/Berlin", after=after, count=2)
    with pytest.raises(ValueError, match="naive"):
        schedrun.next_fire_times("0 2 * * *", after=datetime(2026, 6, 1))


@pytest.mark.parametrize(
    ("enum", "values"),
    [
        (schedrun.JobStatus, ["pending", "running", "completed", "failed", "paused", "disabled"]),
        (schedrun.TaskStatus, ["todo", "in_progress", "in_review", "done", "cancelled"]),
        (schedrun.TriggerType, ["interval", "cron", "date"]),
    ],
)
def test_the_closed_vocabularies(enum: type, values: list[str]) -> None:
    """Their values are lower case and complete."""
    assert values == [str(member) for member in enum]  # type: ignore[attr-defined]  # each of them is an enum
