"""The metrics as they are written: names, labels, values, both formats, and nothing that could break them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as plain_families

from schedrun.core.run.recorded import SyncRecord
from schedrun.core.run.totals import WITHOUT_BOUND, Bucket, Measure, Total, Totals
from schedrun.core.status import JobStatus
from schedrun.web import families
from schedrun.web.measures import Measures, OfProcess
from tests import promtool

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = 1_000_000
PROCESS = OfProcess(active=True, loop_lag=0.25, drift_jobs=3)


def measures(**fields: Any) -> Measures:
    facts: dict[str, Any] = {
        "live": {"set/one"},
        "told": {"set/one", "set/gone"},
        "totals": Totals(
            [
                Total("set/forgotten", "failed", 8, 8, NOW),
                Total("set/gone", "failed", 2, 1, NOW),
                Total("set/one", "failed", 3, 3, NOW),
                Total("set/one", "missed", 0, 5, NOW),
                Total("tidy", "failed", 1, 1, NOW),
            ],
            [
                Bucket(Measure.RUN_DURATION, "set", SECOND, 4, 3 * SECOND),
                Bucket(Measure.RUN_DURATION, "set", 7 * SECOND, 1, 6 * SECOND),
                Bucket(Measure.RUN_DURATION, "set", WITHOUT_BOUND, 1, 90_000 * SECOND),
                Bucket(Measure.RUN_DURATION, "other", SECOND, 9, SECOND),
                Bucket(Measure.START_LATENESS, "set", SECOND, 2, SECOND),
            ],
        ),
        "jobs": {JobStatus.RUNNING: 1},
        "runs_running": 2,
        "runs_queued": 4,
        "overrides": 5,
        "late_jobs": 6,
        "sync": SyncRecord(("jobs",), "bbb", "aaa", NOW),
    }
    return Measures(**(facts | fields))


def written(found: Measures, process: OfProcess = PROCESS) -> dict[str, Metric]:
    body, _ = families.text(found, process)
    return {family.name: family for family in plain_families(body.decode())}


def samples(family: Metric, name: str = "") -> dict[tuple[str, ...], float]:
    return {
        tuple(sample.labels.values()): sample.value
        for sample in family.samples
        if sample.name == (f"{family.name}{name}" if name else sample.name)
    }


def test_a_live_job_has_every_final_status_from_the_beginning() -> None:
    """Or its first failure would be no increase."""
    found = samples(written(measures())["schedrun_runs"])
    of_job = {labels[1]: value for labels, value in found.items() if "set/one" in labels}
    assert {"succeeded": 0, "failed": 3, "timed_out": 0, "cancelled": 0, "interrupted": 0} == of_job


def test_occurrences_that_never_ran_are_there_from_the_beginning_too() -> None:
    """The others appear with the first."""
    of_job = {
        labels[1]: value
        for labels, value in samples(written(measures())["schedrun_occurrences"]).items()
        if "set/one" in labels
    }
    assert {"failed": 3, "missed": 5, "skipped": 0, "superseded": 0} == of_job


def test_a_job_that_went_lately_is_told_with_what_it_has() -> None:
    """And one that went long ago is not."""
    found = samples(written(measures())["schedrun_runs"])
    assert [("failed", 2.0)] == [(labels[1], value) for labels, value in found.items() if labels[0] == "set/gone"]
    assert {"set/one", "set/gone"} == {labels[0] for labels in found}


def test_buckets_are_cumulative_and_end_with_all() -> None:
    """A bound that an earlier version had stays what it was."""
    histogram = written(measures())["schedrun_run_duration_seconds"]
    found = {sample.labels["le"]: sample.value for sample in histogram.samples if sample.name.endswith("_bucket")}
    assert (0, 4, 4, 5, 5, 6) == tuple(found[bound] for bound in ("0.5", "1.0", "5.0", "7.0", "86400.0", "+Inf"))
    assert list(found.values()) == sorted(found.values())
    assert {("set",): 6.0} == samples(histogram, "_count")
    assert {("set",): 90_009.0} == samples(histogram, "_sum")


def test_every_status_of_jobs_is_told() -> None:
    """Also those that no job has."""
    found = samples(written(measures())["schedrun_jobs"])
    assert {(status.value,) for status in JobStatus} == set(found)
    assert (1, 0) == (found["running",], found["failed",])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("runs_running", 2),
        ("runs_queued", 4),
        ("overrides", 5),
        ("late_jobs", 6),
        ("drift_jobs", 3),
        ("broken_files", 0),
        ("blocked_removals", 0),
        ("last_successful_reconcile_timestamp_seconds", NOW.timestamp()),
        ("event_loop_lag_seconds", 0.25),
        ("active", 1),
    ],
)
def test_a_gauge_tells_its_value(name: str, value: float) -> None:
    """Without labels."""
    assert {(): value} == samples(written(measures())[f"schedrun_{name}"])


def test_revisions_are_labels() -> None:
    """One series each, which is always one."""
    found = written(measures())
    assert {("aaa",): 1.0} == samples(found["schedrun_applied_revision_info"])
    assert {("bbb",): 1.0} == samples(found["schedrun_attempted_revision_info"])


def test_what_is_not_known_is_left_out() -> None:
    """Before the first reconcile, and where no manifests are followed."""
    found = written(measures(sync=None), OfProcess(active=False, loop_lag=0, drift_jobs=None))
    assert {(): 0.0} == samples(found["schedrun_active"])
    of_manifests = {"drift_jobs", "applied_revision_info", "attempted_revision_info"}
    reconciled = {"last_successful_reconcile_timestamp_seconds"}
    assert {f"schedrun_{name}" for name in of_manifests | reconciled}.isdisjoint(found)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", families.PLAIN),
        ("*/*", families.PLAIN),
        ("text/plain; version=0.0.4", families.PLAIN),
        ("application/openmetrics-text; version=1.0.0; q=0.5, text/plain; q=0.1", "application/openmetrics-text"),
        ("application/openmetrics-text;version=nonsense", "application/openmetrics-text"),
        ("application/openmetrics-text;q=0, text/plain", families.PLAIN),
        (";,;;=,q", families.PLAIN),
    ],
)
def test_the_format_is_one_that_is_asked_for(accept: str, content_type: str) -> None:
    """Whatever stands in the header."""
    body, said = families.text(measures(), PROCESS, accept=accept)
    assert said.startswith(content_type)
    assert body.endswith(b"# EOF\n") is (content_type != families.PLAIN)


def test_openmetrics_parses_and_says_the_same() -> None:
    """By the reference parser, which is strict."""
    body, _ = families.text(measures(), PROCESS, accept="application/openmetrics-text")
    parsed = openmetrics_families(body.decode())  # type: ignore[no-untyped-call]  # it has no annotations
    strict = {family.name: samples(family) for family in parsed}
    assert {name: samples(family) for name, family in written(measures()).items()} == strict


@promtool.needed
def test_promtool_accepts_every_metric() -> None:
    """Names, types, help and units."""
    body, _ = families.text(measures(), PROCESS)
    checked = promtool.run("check", "metrics", stdin=body.decode())
    assert (0, "", "") == (checked.returncode, checked.stdout, checked.stderr)
