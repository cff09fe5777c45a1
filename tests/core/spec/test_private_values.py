"""A job's record without what others may not see."""

from typing import Any

import pytest

from schedrun.core.spec.job import Job
from schedrun.core.spec.private_values import HIDDEN, shown, without_credentials


def record(target: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return what is shown of a job with this target."""
    return shown(Job.model_validate({"schedule": {"every": "1h"}, "target": target} | fields).to_record())


@pytest.mark.parametrize(
    ("expected", "target"),
    [
        pytest.param(
            {"command": ["x"], "env": {"A": HIDDEN, "B": HIDDEN}},
            {"command": ["x"], "env": {"A": "plain", "B": {"from_env": "NAME"}}},
            id="an environment keeps its names",
        ),
        pytest.param(
            {"http": {"method": "POST", "url": "https://h/p", "headers": {"X": HIDDEN}, "body": HIDDEN}},
            {"http": {"method": "POST", "url": "https://h/p", "headers": {"X": "plain"}, "body": "plain"}},
            id="headers and body",
        ),
        pytest.param(
            {"http": {"method": "POST", "url": f"https://{HIDDEN}@h/p?{HIDDEN}", "json": HIDDEN}},
            {"http": {"method": "POST", "url": "https://u:p@h/p?q=1", "json": {"a": [1]}}},
            id="credentials of a URL, and a body as JSON",
        ),
        pytest.param(
            {"http": {"url": {"from_env": "HOOK"}}},
            {"http": {"url": {"from_env": "HOOK"}}},
            id="a reference",
        ),
        pytest.param(
            {"command": ["x", "--password", HIDDEN, f"--url=https://u:{'*' * 5}@h"]},
            {"command": ["x", "--password", "hunter2xyz", "--url=https://u:hunter2xyz@h"]},
            id="arguments",
        ),
        pytest.param(
            {"command": ["docker", "exec", "-e", "DB_PASSWORD=*****", "db", "mysqldump", HIDDEN, "app"]},
            {"command": ["docker", "exec", "-e", "DB_PASSWORD=hunter2xyz", "db", "mysqldump", "-phunter2xyz", "app"]},
            id="arguments of well-known programs",
        ),
        pytest.param(
            {"shell": "a\npsql postgres://u:*****@db"}, {"shell": "a\npsql postgres://u:hunter2xyz@db"}, id="a script"
        ),
        pytest.param(
            {"python": "a:b", "kwargs": {"region": "eu", "api_key": HIDDEN, "n": {"token": [HIDDEN]}}},
            {"python": "a:b", "kwargs": {"region": "eu", "api_key": "hunter2", "n": {"token": ["hunter2xyz"]}}},
            id="arguments of a function",
        ),
    ],
)
def test_hides_private_values_of_a_target(expected: dict[str, Any], target: dict[str, Any]) -> None:
    """Names and everything harmless stay."""
    assert expected == record(target)["target"]


def test_hides_where_notices_go() -> None:
    """Which way they take may be seen."""
    private: dict[str, Any] = {
        "on_failure": [{"slack": "https://x"}, {"email": ["a@b"]}],
        "monitor": {"url": "https://h"},
    }
    assert {"on_failure": [{"slack": HIDDEN}, {"email": HIDDEN}], "monitor": {"url": HIDDEN}} == shown(private)


def test_shows_the_rest_as_it_is() -> None:
    """Schedule, description, labels and policies."""
    said = record({"command": ["x"]}, description="Close it", labels={"team": "a"}, retries={"max": 2}, max_instances=2)
    assert ("Close it", {"team": "a"}, {"max": 2}, 2) == tuple(
        said[name] for name in ("description", "labels", "retries", "max_instances")
    )


@pytest.mark.parametrize("url", ["nonsense", "https://[::1", "mailto:a@b", "//h/p?q"])
def test_shows_nothing_of_what_is_no_url(url: str) -> None:
    """Who knows what stands there."""
    assert HIDDEN == without_credentials(url)
