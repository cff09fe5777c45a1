"""Examples of answers, for the OpenAPI document; the tests hold them against its models."""

from typing import Any

_RUN: dict[str, Any] = {
    "id": "3f1c9a70b2d4e6f81a2b",
    "job": "billing/close-day",
    "fire_time": "2026-12-01T03:17:00Z",
    "kind": "scheduled",
    "status": "succeeded",
    "attempt": 1,
    "started_at": "2026-12-01T03:17:00.018000Z",
    "finished_at": "2026-12-01T03:17:42.310000Z",
    "retry_at": None,
    "exit_code": 0,
    "error": None,
}
_JOB: dict[str, Any] = {
    "job": "billing/close-day",
    "status": "pending",
    "schedule": "at 04:17, Monday to Friday (Europe/Berlin)",
    "next_fire": "2026-12-02T03:17:00Z",
    "paused": False,
    "file": "manifests/billing.yaml",
    "line": 8,
    "set": "billing",
    "labels": {"team": "payments"},
    "owner": "payments-oncall",
    "timezone": "Europe/Berlin",
    "origin": "manifest",
    "revision": "9f2c1ab04d7e",
    "late": None,
}

_JOBS: dict[str, Any] = {"jobs": [_JOB], "next_cursor": None}
_WHOLE_JOB: dict[str, Any] = {
    **_JOB,
    "spec": {
        "schedule": {"cron": "17 4 * * mon-fri"},
        "timezone": "Europe/Berlin",
        "target": {"command": ["./bin/close"], "env": {"LOG_LEVEL": "(value hidden)"}},
    },
    "source": '  close-day:\n    schedule: {cron: "17 4 * * mon-fri"}\n    target: {command: [./bin/close], env: *****',
    "next_fires": ["2026-12-02T03:17:00Z", "2026-12-03T03:17:00Z"],
    "last_runs": [_RUN],
    "overrides": [],
}
_RUNS: dict[str, Any] = {"runs": [_RUN], "next_cursor": None}
_WHOLE_RUN: dict[str, Any] = {
    **_RUN,
    "output": "closed 1,204 invoices\n",
    "queued_at": "2026-12-01T03:17:00.012000Z",
    "due": "2026-12-01T03:17:00Z",
    "max_attempts": 1,
    "attempts": [
        {
            "number": 1,
            "status": "succeeded",
            "started_at": "2026-12-01T03:17:00.018000Z",
            "finished_at": "2026-12-01T03:17:42.310000Z",
            "exit_code": 0,
            "error": None,
            "output": "closed 1,204 invoices\n",
        }
    ],
    "why": {
        "sentence": "ran on time, from 03:17:00 to 03:17:42 UTC: succeeded",
        "finding": "run",
        "due": "2026-12-01T03:17:00Z",
        "gap": None,
    },
}
_RUN_ANSWER: dict[str, Any] = {"run": {"id": "3f1c9a70b2d4e6f81a2b", "status": "running"}}
_SPANS: dict[str, Any] = {
    "spans": [
        {
            "job": "billing/fx-rates",
            "first": "2026-12-01T00:07:00Z",
            "last": "2026-12-01T02:52:00Z",
            "count": 12,
            "status": "superseded",
            "reason": "a later one was caught up",
            "decided_at": "2026-12-01T03:02:11Z",
            "blocked_by": None,
        }
    ],
    "next_cursor": None,
}
_STATUS: dict[str, Any] = {
    "ok": False,
    "revision": "9f2c1ab04d7e",
    "broken": [
        {
            "code": "SR104",
            "severity": "error",
            "file": "manifests/billing.yaml",
            "line": 9,
            "column": 5,
            "message": "unknown key `timout`",
            "hint": "did you mean `timeout`?",
            "frame": "9 |     timout: 5m\n  |     ^^^^^^",
        }
    ],
    "blocked": [{"job": "billing/fx-rates", "reason": "a broken file may still declare it: manifests/billing.yaml"}],
    "applied_revision": "9f2c1ab04d7e",
    "attempted_revision": "4be1f0c7a2d3",
    "process": {"pid": 4711, "role": "active", "active_pid": 4711},
}
_PLAN: dict[str, Any] = {
    "changes": [
        {
            "action": "update",
            "job": "billing/close-day",
            "reason": "schedule.cron",
            "blocked": None,
            "fields": [{"path": "schedule.cron", "before": "17 4 * * mon-fri", "after": "17 5 * * mon-fri"}],
        }
    ],
    "findings": [],
    "overrides": [{"job": "billing/fx-rates", "reason": "vendor outage", "by": "ana", "until": None}],
    "summary": {
        "create": 0,
        "remove": 0,
        "move": 0,
        "update": 1,
        "pause": 0,
        "resume": 0,
        "noop": 6,
        "blocked": 0,
    },
}
_FORECAST: dict[str, Any] = {
    "fires": [{"job": "billing/close-day", "at": "2026-12-02T03:17:00Z"}],
    "dense": [{"job": "billing/heartbeat", "count": 44_640}],
}

_LOG: dict[str, Any] = {"text": "closed 1,204 invoices\n", "offset": 0, "next_offset": 22, "complete": True}

BY_MODEL: dict[str, Any] = {
    "JobsDocument": _JOBS,
    "JobRow": _JOB,
    "JobDocument": _WHOLE_JOB,
    "RunsDocument": _RUNS,
    "RunDocument": _WHOLE_RUN,
    "RunAnswer": _RUN_ANSWER,
    "LogDocument": _LOG,
    "SpansDocument": _SPANS,
    "StatusDocument": _STATUS,
    "PlanDocument": _PLAN,
    "ForecastDocument": _FORECAST,
}
"""The example of each answer, by the name of its model."""
