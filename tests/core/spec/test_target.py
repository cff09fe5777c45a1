"""What a job does, as its manifest says it."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from schedrun.core.spec.target import CommandTarget, HttpTarget, PythonTarget, ShellTarget, Target

ADAPTER: TypeAdapter[Target] = TypeAdapter(Target)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"command": ["ls", "-l"]}, CommandTarget),
        ({"shell": "ls | wc"}, ShellTarget),
        ({"python": "billing.tasks:Close.run"}, PythonTarget),
        ({"http": {"url": "https://x.y/"}}, HttpTarget),
    ],
)
def test_the_key_says_the_kind(said: dict[str, Any], kind: type) -> None:
    """And a record of it reads back as the same value."""
    target = ADAPTER.validate_python(said)
    assert kind is type(target)
    record = ADAPTER.dump_python(target, mode="json", by_alias=True, exclude_defaults=True)
    assert (said, target) == (record, ADAPTER.validate_python(record))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, "union_tag_not_found"),
        ({"command": []}, "too_short"),
        ({"command": "ls"}, "list_type"),
        ({"command": ["ls"], "shell": "ls"}, "extra_forbidden"),
        ({"shell": ""}, "string_too_short"),
        ({"python": "tasks.close"}, "SR601"),
        ({"python": "tasks:close:x"}, "SR601"),
        ({"python": "tasks:close", "env": {}}, "extra_forbidden"),
        ({"command": ["ls"], "env": {"A": 5}}, "string_type"),
        ({"command": ["ls"], "env": {"A": {}}}, "union_tag_not_found"),
        ({"command": ["ls"], "env": {"A": {"from_env": "X", "from_file": "Y"}}}, "extra_forbidden"),
        ({"http": {"url": "http://u", "method": "get"}}, "literal_error"),
        ({"http": {}}, "missing"),
        ({"code": "f"}, "union_tag_invalid"),
    ],
)
def test_refuses(said: dict[str, Any], code: str) -> None:
    """Exactly one kind, its own fields, exact types; a function of the application is out of a manifest's reach."""
    with pytest.raises(ValidationError) as caught:
        ADAPTER.validate_python(said)
    assert [code] == [error["type"] for error in caught.value.errors()]


def test_secrets_are_references() -> None:
    """Wherever a header, URL, body or environment value stands."""
    secret = {"from_env": "X"}
    said = {"http": {"url": secret, "headers": {"A": {"from_file": "/run/secrets/a"}}, "body": secret}}
    record = ADAPTER.dump_python(ADAPTER.validate_python(said), mode="json", by_alias=True, exclude_defaults=True)
    assert said == record
