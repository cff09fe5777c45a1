"""What differs between two specs, and which values may be shown."""

from typing import Any

import pytest

from schedrun.core.plan import fields
from schedrun.core.plan.change import FieldChange
from tests.core.plan.builders import job

HIDDEN = "(value hidden)"


def http(**request: Any) -> dict[str, Any]:
    """Return a target that posts."""
    return {"http": {"url": "https://fx.internal/refresh", **request}}


@pytest.mark.parametrize(
    ("expected", "before", "after"),
    [
        pytest.param(
            [("schedule.cron", None, "0 2 * * *"), ("schedule.every", "15m", None)],
            {"schedule": {"every": "15m"}},
            {"schedule": {"cron": "0 2 * * *"}},
            id="another kind of schedule",
        ),
        pytest.param([("timeout", None, "1m30s")], {}, {"timeout": "90s"}, id="a value that was not said"),
        pytest.param([("misfire.grace", "2h", None)], {"misfire": {"grace": "2h"}}, {}, id="back to the default"),
        pytest.param([], {}, {"overlap": "forbid", "kill_after": "10s"}, id="a default said aloud"),
        pytest.param([], {"timeout": "90s"}, {"timeout": "1m30s"}, id="the same in other words"),
        pytest.param(
            [("labels.team", "a", "b"), ("owner", None, "ops")],
            {"labels": {"team": "a", "tier": "1"}},
            {"labels": {"tier": "1", "team": "b"}, "owner": "ops"},
            id="ordered by path",
        ),
        pytest.param(
            [("paused", {"reason": "outage"}, True)],
            {"paused": {"reason": "outage"}},
            {"paused": True},
            id="a pause is one field",
        ),
        pytest.param([("paused", None, {})], {}, {"paused": {}}, id="a pause that says nothing more"),
        pytest.param(
            [("target.kwargs.n", 1, True)],
            {"target": {"python": "a:b", "kwargs": {"n": 1}}},
            {"target": {"python": "a:b", "kwargs": {"n": True}}},
            id="1 is not true",
        ),
        pytest.param(
            [],
            {"target": {"python": "a:b", "kwargs": {"n": 1, "m": 2}}},
            {"target": {"python": "a:b", "kwargs": {"m": 2, "n": 1}}},
            id="the order of a mapping says nothing",
        ),
    ],
)
def test_differences(expected: list[tuple[str, object, object]], before: dict[str, Any], after: dict[str, Any]) -> None:
    """Each field that says something else is listed once, as manifests write it."""
    assert tuple(FieldChange(*change) for change in expected) == fields.differences(job(**before), job(**after))
    assert (not expected) is fields.same(job(**before), job(**after))


@pytest.mark.parametrize(
    ("expected", "before", "after"),
    [
        pytest.param(
            [("target.env.TOKEN", HIDDEN, HIDDEN)],
            {"shell": "true", "env": {"TOKEN": "hunter2"}},
            {"shell": "true", "env": {"TOKEN": "swordfish"}},
            id="environment",
        ),
        pytest.param(
            [("target.env.TOKEN", None, HIDDEN)],
            {"shell": "true"},
            {"shell": "true", "env": {"TOKEN": {"from_env": "hunter2"}}},
            id="environment that appears",
        ),
        pytest.param(
            [("target.http.headers.Authorization", HIDDEN, None)],
            http(headers={"Authorization": "hunter2"}),
            http(),
            id="headers",
        ),
        pytest.param(
            [("target.http.body", HIDDEN, HIDDEN)],
            http(body="hunter2"),
            http(body={"from_file": "/swordfish"}),
            id="body",
        ),
        pytest.param(
            [("target.http.json", HIDDEN, HIDDEN)],
            http(json={"a": {"b": "hunter2"}}),
            http(json={"a": {"b": "swordfish"}}),
            id="json body",
        ),
        pytest.param(
            [
                (
                    "target.http.url",
                    "https://(value hidden)@fx.internal:8443/a?(value hidden)",
                    "https://fx.internal:8443/b#(value hidden)",
                )
            ],
            http(url="https://me:hunter2@fx.internal:8443/a?token=hunter2"),
            http(url="https://fx.internal:8443/b#swordfish"),
            id="userinfo, query and fragment of a URL",
        ),
        pytest.param(
            [("target.http.url", HIDDEN, HIDDEN)],
            http(url="http://me:[hunter2]@fx.internal/"),
            http(url="http://me:[swordfish]@fx.internal/"),
            id="a URL that cannot be taken apart",
        ),
        pytest.param(
            [("target.http.url", "https://fx.internal/refresh", {"from_env": "FX_URL"})],
            http(),
            http(url={"from_env": "FX_URL"}),
            id="a reference is no secret",
        ),
    ],
)
def test_hides_values(
    expected: list[tuple[str, object, object]], before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Values that may be secret are named but not shown, while the change itself is."""
    changes = fields.differences(job(target=before), job(target=after))
    assert tuple(FieldChange(*change) for change in expected) == changes
    assert "hunter2" not in repr(changes)
    assert "swordfish" not in repr(changes)


@pytest.mark.parametrize(
    ("expected", "after"),
    [
        pytest.param(True, {"schedule": {"every": "20m"}}, id="every"),
        pytest.param(True, {"schedule": {"every": "15m", "spread": "1m"}}, id="spread"),
        pytest.param(True, {"schedule": {"every": "15m", "anchor": "2026-01-01T00:00:00Z"}}, id="anchor"),
        pytest.param(True, {"schedule": {"every": "15m", "end": "2027-01-01T00:00:00Z"}}, id="end"),
        pytest.param(True, {"timezone": "Europe/Berlin"}, id="timezone"),
        pytest.param(False, {"timezone": "UTC"}, id="the default time zone said aloud"),
        pytest.param(False, {"timeout": "5m", "paused": True}, id="anything else"),
        pytest.param(False, {"must_finish_by": "06:00", "must_succeed_within": "26h"}, id="what must be done in time"),
    ],
)
def test_schedule_differs(expected: bool, after: dict[str, Any]) -> None:
    """Only what moves fire times counts as a schedule edit."""
    assert expected is fields.schedule_differs(job(), job(**after))
