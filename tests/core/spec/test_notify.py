"""Whom a job tells: what an entry may be, and what identifies it."""

from typing import Any

import pytest
from pydantic import ValidationError

from schedrun.core.spec.job import Job
from schedrun.core.spec.notify import CHANNEL_KINDS, NOTIFY_FIELDS, channel_id, kind_of

SPEC: dict[str, Any] = {"schedule": {"every": "1h"}, "target": {"command": ["true"]}}


def job(**fields: Any) -> Job:
    return Job.model_validate(SPEC | fields)


@pytest.mark.parametrize("field", NOTIFY_FIELDS)
@pytest.mark.parametrize(
    "entry",
    [
        {"webhook": "https://ops.example/hook?x=1"},
        {"webhook": {"from_env": "HOOK"}},
        {"slack": "http://[::1]:8065/hooks/x"},
        {"slack": {"from_file": "/run/secrets/slack"}},
        {"email": ["ann@example.com", "bob+jobs@xn--e1afmkfd.example"]},
        {"apprise": "discord://id/token"},
        {"apprise": {"from_env": "PAGER"}},
    ],
)
def test_an_entry_is_kept_as_it_was_written(field: str, entry: dict[str, Any]) -> None:
    """In the record too, references to secrets included."""
    spec = job(**{field: [entry]})
    assert {field: [entry]}.items() <= spec.to_record().items()
    assert spec == Job.model_validate_json(spec.model_dump_json(by_alias=True, exclude_defaults=True))


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"teams": "https://x.example"},
        {"webhook": "https://x.example", "slack": "https://x.example"},
        {"webhook": "ops.example/hook"},
        {"webhook": "ftp://ops.example"},
        {"webhook": "https://"},
        {"webhook": "https://x.example/\nHost: y"},
        {"webhook": "https://x.example:0/"},
        {"webhook": {"from_env": "SCHEDRUN_SMTP_URL"}},
        {"webhook": {"from_file": "run/secrets/hook"}},
        {"slack": "https://[::1/"},
        {"email": []},
        {"email": "ann@example.com"},
        {"email": ["ann"]},
        {"email": ["Ann <ann@example.com>"]},
        {"email": ["ann@example.com,eve@example.com"]},
        {"email": ["ann\0@example.com"]},
        {"email": ["ann@example.com\nBcc: eve@example.com"]},
        {"apprise": "discord"},
        {"apprise": "a://\n"},
        {"apprise": "\u017flack://a"},
        "https://x.example",
    ],
)
def test_what_is_no_entry(entry: Any) -> None:
    """Each is refused, and none of ours repeats an address."""
    with pytest.raises(ValidationError) as caught:
        job(on_failure=[entry])
    ours = [error for error in caught.value.errors(include_input=False) if error["type"].startswith("SR")]
    assert not any("example" in error["msg"] for error in ours)


@pytest.mark.parametrize("url", ["https://hc-ping.com/uuid", {"from_env": "HC"}])
def test_a_monitor_has_a_url(url: Any) -> None:
    """Or a reference to one."""
    assert {"monitor": {"url": url}}.items() <= job(monitor={"url": url}).to_record().items()


def test_a_channel_is_identified_by_what_it_says() -> None:
    """The same address is the same channel wherever it stands; its identity does not show it."""
    entries = [
        {"webhook": "https://x.example/secret"},
        {"slack": "https://x.example/secret"},
        {"email": ["a@b.example"]},
    ]
    channels = job(on_failure=entries).on_failure
    assert ["webhook", "slack", "email"] == [kind_of(channel) for channel in channels]
    assert set(CHANNEL_KINDS) - {"apprise"} == {kind_of(channel) for channel in channels}
    ids = [channel_id(channel) for channel in channels]
    assert ids == [channel_id(channel) for channel in job(on_missed=entries).on_missed]
    assert 3 == len(set(ids))
    assert not any("secret" in each for each in ids)
