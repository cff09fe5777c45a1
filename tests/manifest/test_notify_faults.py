"""Faults in whom a job tells: at their place, with what to write, and without an address."""

import pytest

from schedrun.core.plan import fields
from schedrun.core.spec.job import Job
from schedrun.manifest.check import check
from schedrun.manifest.load import inspect_text

HEAD = """schedrun: v1
name: s
defaults:
  on_failure: [{webhook: "https://default.example/hunter2"}]
  monitor: {url: "https://default.example/hunter2"}
jobs:
  j:
    schedule: {cron: "0 2 * * *"}
    target: {command: [x]}
"""


def job(field: str) -> Job:
    found = check(f"{HEAD}    {field}\n".encode(), file="a.yaml")
    assert () == found.findings
    return found.jobs["s/j"].spec


@pytest.mark.parametrize(
    ("field", "place", "code", "message", "hint"),
    [
        (
            "on_failure: [{webhok: https://x.example/hunter2}]",
            "10:18",
            "SR104",
            "`on_failure.0` needs exactly one of `webhook`, `slack`, `email` or `apprise`",
            "did you mean `webhook`?",
        ),
        (
            "on_failure: [https://x.example/hunter2]",
            "10:18",
            "SR102",
            "`on_failure.0` must be a mapping, not a text",
            "write the kind before the address, such as {email: [oncall@example.com]}",
        ),
        (
            "on_missed: {webhook: https://x.example/hunter2}",
            "10:16",
            "SR102",
            "`on_missed` must be a list, not a mapping",
            "write its entries as a list, such as [{email: [oncall@example.com]}]",
        ),
        (
            "on_late: [{email: hunter2@example.com}]",
            "10:23",
            "SR102",
            "`on_late.0.email` must be a list, not a text",
            "write the addresses as a list, such as [oncall@example.com]",
        ),
        (
            "on_late: [{slack: x.example/hunter2}]",
            "10:23",
            "SR102",
            "this is no http or https address",
            'write "https://..." or {from_env: NAME}',
        ),
        (
            "on_late: [{slack: {from_enf: HOOK}}]",
            "10:16",
            "SR104",
            "`on_late.0.slack` needs exactly one of `from_env` or `from_file`",
            "did you mean `from_env`?",
        ),
        (
            "monitor: https://x.example/hunter2",
            "10:14",
            "SR102",
            "`monitor` must be a mapping, not a text",
            "write `monitor: {url: ...}`",
        ),
        (
            "monitor: {https://x.example/hunter2: 1, url: https://x.example}",
            "10:15",
            "SR101",
            "unknown field `…` in `monitor` in job `j`",
            "the fields here are `url`",
        ),
        (
            "notify: [ann]",
            "10:5",
            "SR101",
            "unknown field `notify` in job `j`",
            "write `on_failure`, `on_recovery`, `on_missed` or `on_late`",
        ),
    ],
)
def test_a_fault_is_named_without_an_address(field: str, place: str, code: str, message: str, hint: str) -> None:
    """File, line, column, remedy."""
    (finding,) = check(f"{HEAD}    {field}\n".encode(), file="a.yaml").findings
    assert (place, code, message, hint) == (
        f"{finding.position.line}:{finding.position.column}",
        finding.code,
        finding.message,
        finding.hint,
    )


def test_a_jobs_list_takes_the_place_of_the_defaults() -> None:
    """Nothing of the default is left; an empty list tells nobody, null takes the default away."""
    email = {"email": ["ann@example.com"]}
    assert [email] == [each.model_dump() for each in job("on_failure: [{email: [ann@example.com]}]").on_failure]
    assert [] == job("on_failure: []").on_failure
    assert [] == job("on_failure: null").on_failure
    assert job("monitor: null").monitor is None
    assert 1 == len(job("owner: ann").on_failure)
    assert job("owner: ann").monitor is not None


def test_a_plan_shows_no_address() -> None:
    """It says that it changed."""
    before, after = job("owner: ann"), job("on_failure: [{slack: https://x.example/hunter2}]")
    changes = fields.differences(before, after)
    assert {"on_failure", "owner"} == {change.path for change in changes}
    assert "example" not in repr(changes)


def test_defaults_are_checked_by_themselves() -> None:
    """Once, and not for each job."""
    text = HEAD.replace("webhook:", "webhok:").encode()
    (finding,) = check(text, file="a.yaml").findings
    assert (4, "SR104") == (finding.position.line, finding.code)
    assert {"a.yaml"} == set(inspect_text({"a.yaml": text}).desired.broken)
