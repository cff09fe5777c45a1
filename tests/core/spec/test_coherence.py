"""What the fields of one job must not say together."""

from typing import Any

import pytest
from pydantic import ValidationError

from schedrun.core.spec.coherence import cross_faults
from schedrun.core.spec.job import CodeJob, Job

GOOD = {"schedule": {"cron": "0 2 * * *"}, "target": {"command": ["true"]}}


def faults(**said: Any) -> list[tuple[str, tuple[str, ...]]]:
    """Return code and path of each cross fault that validation reports."""
    with pytest.raises(ValidationError) as caught:
        Job.model_validate(GOOD | said)
    (error,) = [error for error in caught.value.errors() if error["type"] == "faults"]
    assert () == error["loc"]
    return [(fault["code"], fault["path"]) for fault in error["ctx"]["faults"]]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param({"schedule": {"at": "2026-12-01T02:00:00"}}, ("SR102", ("schedule", "at")), id="no zone anywhere"),
        pytest.param({"schedule": {"every": "1h", "anchor": "2026-03-29T02:30:00"}, "timezone": "Europe/Berlin"},
                     ("SR307", ("schedule", "anchor")), id="nonexistent"),
        pytest.param({"schedule": {"at": "2026-12-01T02:00:00+02:00"}, "timezone": "Europe/Berlin"},
                     ("SR306", ("schedule", "at")), id="contradiction"),
        pytest.param({"paused": {"until": "2026-12-01T02:00:00"}}, ("SR102", ("paused", "until")), id="end of a pause"),
        pytest.param({"schedule": {"every": "1h", "start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}},
                     ("SR216", ("schedule", "end")), id="end before start"),
        pytest.param({"schedule": {"every": "1h", "start": "2026-01-01T01:00:00+01:00", "end": "2026-01-01T00:00:00Z"}},
                     ("SR216", ("schedule", "end")), id="end at start"),
        pytest.param({"schedule": {"at": "2026-01-02T00:00:00Z", "end": "2026-01-02T00:00:00Z"}},
                     ("SR202", ("schedule", "at")), id="an instant outside its window"),
        pytest.param({"overlap": "allow", "max_instances": 1}, ("SR104", ("max_instances",)), id="allow, default"),
        pytest.param({"overlap": "allow", "max_instances": 3}, ("SR104", ("max_instances",)), id="allow and a number"),
    ],
)  # fmt: skip
def test_refuses(said: dict[str, Any], expected: tuple[str, tuple[str, ...]]) -> None:
    """Each rule has its code and points at one field."""
    assert [expected] == faults(**said)


HTTP, INLINE = {"http": {"url": "http://x"}}, {"python": "m:f"}


@pytest.mark.parametrize(
    ("when", "said", "at"),
    [
        pytest.param({}, {}, "", id="nothing"),
        pytest.param({"timeout": False, "statuses": []}, {}, "", id="nothing, spelt out"),
        pytest.param({"statuses": [503]}, {}, "statuses", id="statuses of a command"),
        pytest.param({"exceptions": ["OSError"]}, {}, "exceptions", id="exceptions of a command"),
        pytest.param({"statuses": [503]}, {"target": {"shell": "true"}}, "statuses", id="statuses of a shell"),
        pytest.param({"exit_codes": [1]}, {"target": HTTP}, "exit_codes", id="exit codes of a request"),
        pytest.param({"exit_codes": [1]}, {"target": INLINE}, "exit_codes", id="exit codes inside the service"),
        pytest.param({"statuses": [503]}, {"target": INLINE, "isolation": "process"}, "statuses", id="of a function"),
    ],
)
def test_refuses_retries_that_can_never_come(when: dict[str, Any], said: dict[str, Any], at: str) -> None:
    """A selector must fit how a job of its kind may end."""
    path = ("retries", "when", at) if at else ("retries", "when")
    assert [("SR102", path)] == faults(retries={"max": 1, "when": when}, **said)


@pytest.mark.parametrize(
    ("retries", "said"),
    [
        pytest.param({"max": 1, "when": {}}, {"idempotent": True}, id="after interruptions alone"),
        pytest.param({"when": {}}, {}, id="no retries at all"),
        pytest.param({"max": 1, "when": {"timeout": True}}, {}, id="after timeouts alone"),
        pytest.param(
            {"max": 1, "when": {"exit_codes": [75], "timeout": True}}, {"target": HTTP}, id="timeouts of requests"
        ),
        pytest.param({"max": 1, "when": {"exit_codes": [75], "statuses": [503]}}, {}, id="defaults of many kinds"),
        pytest.param({"max": 1, "when": {"exit_codes": [75], "statuses": [503]}}, {"target": HTTP}, id="for requests"),
        pytest.param({"max": 1, "when": {"exit_codes": [-11]}}, {"target": INLINE, "isolation": "process"}, id="crash"),
    ],
)
def test_takes_retries_that_may_come(retries: dict[str, Any], said: dict[str, Any]) -> None:
    """Beside one selector that fits, others may serve other jobs of the same defaults."""
    job = Job.model_validate(GOOD | {"retries": retries} | said)
    assert job == Job.model_validate(job.to_record())


def test_a_code_job_has_no_exit_code() -> None:
    """Its function runs inside the application."""
    with pytest.raises(ValidationError, match="a Python function inside the service has none"):
        CodeJob.model_validate(GOOD | {"target": {"code": "tick"}, "retries": {"max": 1, "when": {"exit_codes": [1]}}})


def test_reports_all_at_once() -> None:
    """Three faults of one job come in one error."""
    expected = [("SR307", ("schedule", "start")), ("SR306", ("schedule", "end")), ("SR104", ("max_instances",))]
    schedule = {"cron": "0 2 * * *", "start": "2026-03-29T02:30:00", "end": "2027-01-01T00:00:00+05:00"}
    assert expected == faults(schedule=schedule, timezone="Europe/Berlin", overlap="allow", max_instances=2)


def test_reports_beside_the_faults_of_single_fields() -> None:
    """A faulty field hides no cross fault, keeps its own code, and is not reported twice."""
    said = {
        "schedule": {"at": "2026-12-01T02:00:00", "start": "soon"},
        "timeout": 5,
        "timout": "5m",
        "labels": {"a": 1},
    }
    with pytest.raises(ValidationError) as caught:
        Job.model_validate(GOOD | said)
    found = {(error["type"], error["loc"]) for error in caught.value.errors()}
    expected = {
        ("SR102", ("schedule", "at", "start")),
        ("SR102", ("timeout",)),
        ("extra_forbidden", ("timout",)),
        ("string_type", ("labels", "a")),
        ("faults", ()),
    }
    assert expected == found
    hints = [error["ctx"]["hint"] for error in caught.value.errors() if error["loc"] == ("timeout",)]
    assert ["write numbers with units, largest first, such as 90s, 1h30m or 2d"] == hints


def test_an_unknown_zone_is_reported_alone() -> None:
    """Without its zone no one can say what a local time means; what has an offset is still compared."""
    schedule = {
        "every": "1h",
        "start": "2026-01-02T00:00:00Z",
        "end": "2026-01-01T00:00:00Z",
        "anchor": "2026-01-01T00:00",
    }
    with pytest.raises(ValidationError) as caught:
        Job.model_validate(GOOD | {"schedule": schedule, "timezone": "Berlin"})
    assert ["SR304", "faults"] == [error["type"] for error in caught.value.errors()]
    assert ["SR216"] == [fault["code"] for fault in caught.value.errors()[1]["ctx"]["faults"]]


def test_passes_over_what_is_no_job() -> None:
    """Whatever stands where a job should be, nothing breaks."""
    strange: object
    for strange in (None, 5, [], {}, {"schedule": 5, "paused": True, "timezone": 1}, {"schedule": {"at": 5}}):
        assert [] == cross_faults(strange)


def test_a_good_job_passes() -> None:
    """Every field may be said at once when they agree."""
    said = {
        "schedule": {
            "every": "1h",
            "anchor": "2026-01-01T00:07",
            "start": "2026-01-01T00:00",
            "end": "2027-01-01T00:00",
        },
        "timezone": "Europe/Berlin",
        "paused": {"until": "2026-12-15T00:00:00Z"},
        "overlap": "allow",
    }
    job = Job.model_validate(GOOD | said)
    assert job == Job.model_validate(job.to_record())
    assert [] == cross_faults(job)


def test_holds_for_code_jobs() -> None:
    """A job declared in code keeps to the same rules."""
    with pytest.raises(ValidationError, match="max_instances"):
        CodeJob.model_validate(GOOD | {"target": {"code": "tick"}, "overlap": "allow", "max_instances": 2})
