"""The JSON views: every key always there, instants in UTC, nothing that JSON cannot say."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.plan.change import Action
from schedrun.core.run.lateness import Expectation, Late
from schedrun.render import findings_json, jobs_json, next_json, plan_json, run_json, runs_json, status_json
from schedrun.render.findings_report import FailOn
from tests.render import reports, samples

VIEWS: dict[str, dict[str, Any]] = {
    "validate": findings_json.validation_view(reports.report(samples.FINDINGS)),
    "plan": plan_json.plan_view(samples.PLAN),
    "jobs": jobs_json.jobs_view(samples.JOBS),
    "runs": runs_json.runs_view(samples.HISTORY),
    "next": next_json.next_view(samples.FIRES),
    "status": status_json.status_view(samples.SYNC),
}


@pytest.mark.parametrize("view", VIEWS)
def test_survives_json(view: str) -> None:
    """A view holds JSON values only."""
    assert VIEWS[view] == json.loads(json.dumps(VIEWS[view]))


SEVEN = {
    "code": "SR105",
    "severity": "error",
    "file": "jobs/more.yaml",
    "line": 3,
    "column": 3,
    "message": "job `billing/close-day` is declared twice",
    "hint": None,
}


def test_a_finding_has_all_seven_keys() -> None:
    """Also where there is no hint."""
    assert SEVEN == findings_json.findings_list(samples.FINDINGS)[1]


def test_validation_says_more_of_a_finding() -> None:
    """The ends of its places, the second place, its job, and where to read on; null where there is none."""
    related = {"file": "jobs/billing.yaml", "line": 9, "column": 3, "end_line": None, "end_column": None}
    expected = SEVEN | {
        "end_line": None,
        "end_column": None,
        "related": related | {"message": "first declared here"},
        "job": None,
        "help": "schedrun explain SR105",
    }
    assert expected == VIEWS["validate"]["findings"][1]
    hidden = findings_json.validation_view(reports.report())["findings"][1]
    assert (7, 62, "billing/close-day") == (hidden["end_line"], hidden["end_column"], hidden["job"])


@pytest.mark.parametrize(
    ("fail_on", "findings", "ok"),
    [
        (FailOn.ERROR, (), True),
        (FailOn.ERROR, samples.FINDINGS, False),
        (FailOn.ERROR, samples.FINDINGS[2:], True),
        (FailOn.WARNING, samples.FINDINGS[2:], False),
        (FailOn.NEVER, samples.FINDINGS, True),
    ],
)
def test_validation_is_ok_as_the_exit_code_says(fail_on: FailOn, findings: tuple[Diagnostic, ...], ok: bool) -> None:
    """Files, jobs and findings of each severity are counts."""
    view = findings_json.validation_view(reports.report(findings, fail_on=fail_on))
    assert (ok, fail_on, 4, 3) == (view["ok"], view["fail_on"], view["files"], view["jobs"])
    warnings = sum(finding.severity == "warning" for finding in findings)
    assert (len(findings) - warnings, warnings) == (view["errors"], view["warnings"])


def test_a_plan_lists_changes_and_counts_the_rest() -> None:
    """Noop jobs are only counted, blocked changes are counted twice: by action and as blocked."""
    plan = VIEWS["plan"]
    assert ["create", "update", "remove"] == [change["action"] for change in plan["changes"]]
    assert plan["summary"] == {
        "create": 1,
        "remove": 1,
        "move": 0,
        "update": 1,
        "pause": 0,
        "resume": 0,
        "noop": 1,
        "blocked": 1,
    }


def test_a_change_carries_its_fields() -> None:
    """Each field with its path, before and after; null where it is absent."""
    change = VIEWS["plan"]["changes"][1]
    assert {"action", "job", "reason", "blocked", "fields"} == set(change)
    assert change["blocked"] is None
    assert {"path": "schedule.every", "before": "15m", "after": "30m"} == change["fields"][0]
    assert {"path": "timeout", "before": "2m", "after": None} == change["fields"][-1]


def test_overrides_show_in_every_plan() -> None:
    """With who, why and until when."""
    expected = {
        "job": "billing/ledger-export",
        "reason": "vendor outage",
        "by": "ana",
        "until": "2026-12-15T00:00:00Z",
    }
    assert [expected] == VIEWS["plan"]["overrides"]


def test_every_action_has_a_count() -> None:
    """A program may index the summary without asking."""
    assert {*map(str, Action), "blocked"} == set(VIEWS["plan"]["summary"])


def test_a_job_has_all_seven_keys() -> None:
    """The next fire is in UTC, with its fraction of a second."""
    assert VIEWS["jobs"]["jobs"][2] == {
        "job": "heartbeat",
        "status": "running",
        "schedule": "every 15 minutes",
        "next_fire": "2026-11-23T12:05:00.250000Z",
        "paused": False,
        "file": None,
        "line": None,
    }


def test_a_late_job_says_by_what_and_since_when() -> None:
    """The expectation is the field that declares it; the instant is in UTC."""
    late = Late(Expectation.MUST_FINISH_BY, datetime(2026, 11, 24, 5, tzinfo=UTC))
    expected = {"expectation": "must_finish_by", "since": "2026-11-24T05:00:00Z"}
    job = replace(samples.JOBS[0], late=late)
    assert expected == jobs_json.job_row(job)["late"]
    assert expected == jobs_json.whole_row(job)["late"]
    assert jobs_json.whole_row(samples.JOBS[0])["late"] is None


def test_a_run_and_a_span_carry_the_names_of_their_jobs() -> None:
    """Uids stay inside."""
    run, span = VIEWS["runs"]["runs"][3], VIEWS["runs"]["spans"][0]
    assert run == {
        "id": "9f2c4e81d07b5a63c1e8",
        "job": "billing/close-day",
        "fire_time": "2026-11-23T11:00:00Z",
        "kind": "scheduled",
        "status": "succeeded",
        "attempt": 1,
        "started_at": "2026-11-23T11:00:00Z",
        "finished_at": "2026-11-23T11:00:01.250000Z",
        "retry_at": None,
        "exit_code": 0,
        "error": None,
        "output": "done\n",
    }
    assert span == {
        "job": "billing/fx-rates",
        "first": "2026-11-23T03:00:00Z",
        "last": "2026-11-23T10:00:00Z",
        "count": 8,
        "status": "missed",
        "reason": "later than its grace of 1h",
        "decided_at": None,
        "blocked_by": None,
    }


def test_one_run_with_its_attempts() -> None:
    """What the list has, what only this view has, and each attempt, the one that goes on included."""
    view = run_json.details_view(samples.TRIED)
    listed = set(VIEWS["runs"]["runs"][2])
    assert {"queued_at", "due", "max_attempts"} == set(view["run"]) - listed
    assert set() == listed - set(view["run"])
    assert ("2026-11-23T11:46:00Z", 4) == (view["run"]["due"], view["run"]["max_attempts"])
    keys = {"number", "status", "started_at", "finished_at", "exit_code", "error", "output", "log"}
    assert [keys, keys, keys] == [set(attempt) for attempt in view["attempts"]]
    log = ".schedrun/state.db.logs/77aa01b2c3d4e5f60718-3.gz"
    assert [(1, "failed", None), (2, "timed_out", None), (3, "running", log)] == [
        (attempt["number"], attempt["status"], attempt["log"]) for attempt in view["attempts"]
    ]
    waiting = run_json.details_view(samples.WAITING)
    assert ("2026-11-23T12:05:00Z", 1) == (waiting["run"]["retry_at"], len(waiting["attempts"]))


def test_a_fire_is_local_and_utc() -> None:
    """Local time carries the offset of the job's zone."""
    assert VIEWS["next"]["fires"][0] == {
        "job": "billing/close-day",
        "local": "2026-11-24T04:17:00+01:00",
        "utc": "2026-11-24T03:17:00Z",
    }


def test_status_is_degraded_by_a_broken_file_or_a_blocked_removal() -> None:
    """Either is enough; the revision is the applied one."""
    assert VIEWS["status"]["ok"] is False
    assert VIEWS["status"]["revision"] == "0123456789ab+dirty"
    assert [{"job": "billing/old", "reason": "it says `remove: confirm`"}] == VIEWS["status"]["blocked"]
    assert ["SR101", "SR105"] == [finding["code"] for finding in VIEWS["status"]["broken"]]
    assert status_json.status_view(samples.CLEAN_SYNC)["ok"] is True


def test_status_before_the_first_reconcile() -> None:
    """All keys are there, and nothing is wrong."""
    assert status_json.status_view(None) == {"ok": True, "revision": None, "broken": [], "blocked": []}
