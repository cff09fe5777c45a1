"""Where notices and pings go is hidden from those who read findings, and nothing else that they need."""

import pytest

from schedrun.core.spec import private_parts, redaction

ADDRESS = "ops.example"


def shown(lines: list[str]) -> str:
    hidden = private_parts.addresses_and_secrets(lines)
    return "\n".join(redaction.without(line, hidden.get(number, ())) for number, line in enumerate(lines, 1))


@pytest.mark.parametrize(
    "lines",
    [
        ["on_failure: [{webhook: https://ops.example}]"],
        ["on_failure:", "  - webhook: https://ops.example", "  - email: [a@ops.example]"],
        ["on_failure:", "- {slack: https://ops.example}"],
        ["a: {schedule: {every: 1h}, on_late: [{apprise: x://ops.example}], owner: b}"],
        ["  on_missed: [", "{webhook: https://ops.example},", "  ]"],
        ["  monitor: {url: https://ops.example}"],
        ["  monitor: https://ops.example"],
        ["x-oncall: &oncall [{webhook: https://ops.example}]", "on_failure: *oncall"],
        ["on_recovery: {webhok: https://ops.example"],
    ],
)
def test_addresses_are_hidden(lines: list[str]) -> None:
    """Sound or not."""
    assert ADDRESS not in shown(lines)


@pytest.mark.parametrize(
    "lines",
    [
        ["  monitor:", "    schedule: {every: 1h}", "    target: {command: [ops.example]}"],
        ["  env: {HOST: ops.example}"],
        ["  http: {url: 'https://x.y/?z=ops.example'}"],
        ["on_failure: [{webhook: https://x}]", "owner: ops.example"],
    ],
)
def test_the_rest_is_shown(lines: list[str]) -> None:
    """A job may be called `monitor`."""
    assert ADDRESS in shown(lines)
