"""What counts as a secret that stands in a manifest, and which parts of its lines are hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.spec import literal_secret

SECRET = "hunter2xyz"


@pytest.mark.parametrize(
    "line",
    [
        "PASSWORD: hunter2xyz",
        "  - PASSWORD: hunter2xyz  # of the old system",
        "{PASSWORD: hunter2xyz, B: y}",
        '"password":"hunter2xyz"',
        "PASSWORD: [hunter2xyz]",
        "PASSWORD: {from_val: hunter2xyz}",
        "PASSWORD: @hunter2xyz",
        "PASSWORD: *hunter2xyz",
        "PASSWORD: !hunter2xyz y",
        "headers: {Authorization: Bearer hunter2xyz}",
        "X-Api-Key: hunter2xyz",
        "secrets: {db: hunter2xyz}",
        "env: PASSWORD=hunter2xyz",
        "timout: 5m # password=hunter2xyz",
        "command: [x, --password, hunter2xyz]",
        "command: [x, --api-key=hunter2xyz]",
        'command: "x --password hunter2xyz"',
        'url: "https://u:hunter2xyz@x/"',
        'url: "https://x/?token=hunter2xyz"',
        "shell: psql postgres://u:hunter2xyz@db/app",
        'shell: curl -H "Authorization: Bearer hunter2xyz" https://x',
        "shell: mysqldump -u app -phunter2xyz app",
        "shell: curl -s -u app:hunter2xyz https://x",
        "shell: sshpass -p hunter2xyz ssh x",
        'description: "xoxb-hunter2xyz"',
    ],
)
def test_a_secret_is_hidden(line: str) -> None:
    """Whatever else is wrong with the line."""
    shown = _shown([line])
    assert SECRET not in shown


@pytest.mark.parametrize(
    "lines",
    [
        ["PASSWORD: |", "  hunter2xyz", "  hunter2xyz"],
        ['PASSWORD: "a', '  hunter2xyz"'],
        ["PASSWORD:", "  hunter2xyz"],
        ["credentials:", "  user: hunter2xyz"],
        ["- --password", "- hunter2xyz"],
        ["x " * 2000 + "PASSWORD: hunter2xyz"],
    ],
)
def test_a_secret_on_further_lines_is_hidden(lines: list[str]) -> None:
    """Values go on below their key."""
    assert SECRET not in _shown(lines)


@pytest.mark.parametrize(
    "lines",
    [
        ["PASSWORD: {from_env: BILLING}"],
        ["PASSWORD:", "  from_env: BILLING", "OTHER: BILLING"],
        ["TOKEN: $BILLING"],
        ["rotate-token:", "  schedule: {every: 5m}", "  owner: BILLING"],
        ["rotate-token: {owner: BILLING}"],
        ["COMPASS: BILLING"],
        ["https://x/?page_token=BILLING"],
        ["PASSWORD: x", "B: BILLING"],
        ["{PASSWORD: x, B: BILLING}"],
    ],
)
def test_what_is_no_secret_is_shown(lines: list[str]) -> None:
    """References, names that only sound so, and what stands beside."""
    assert "BILLING" in _shown(lines)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COMPASS", "north"),
        ("BYPASS", "cache"),
        ("next_token", "abc"),
        ("page-token", "abc"),
        ("PASSWORD_FILE", "x"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "gcp.json"),
        ("TOKEN", "vault:secret/app#token"),
        ("SECRET", "arn:aws:secretsmanager:eu:1:secret:x"),
        ("PASSWORD", "$OTHER"),
        ("PASSWORD", "`pass show x`"),
        ("PASSWORD", ""),
        ("TOKEN", "disabled"),
    ],
)
def test_a_value_that_is_no_secret(name: str, value: str) -> None:
    """Names that end alike, references, switches and paths."""
    assert not literal_secret.is_secret(name, value)


@pytest.mark.parametrize("name", ["PASSWORD", "dbPass", "DB_PASS", "AWS_SECRET_ACCESS_KEY", "api-key", "refreshToken"])
def test_a_value_that_is_a_secret(name: str) -> None:
    """By its name."""
    assert literal_secret.is_secret(name, SECRET)


@pytest.mark.parametrize(
    ("before", "argument", "expected"),
    [
        ("--password", "hunter2xyz", True),
        ("--secret", "hunter2xyz", True),
        ("--secret", "prod/db", False),
        ("--secret", "id=npm,src=x", False),
        (None, "--secret=db-password", False),
        (None, "--token=hunter2xyz", True),
        (None, "Authorization: Bearer hunter2xyz", True),
        (None, "Authorization: Bearer $TOKEN", False),
        ("--no-cache", "hunter2xyz", False),
    ],
)
def test_arguments_of_commands(before: str | None, argument: str, expected: bool) -> None:
    """By the flag before them; `--secret` names a resource more often than it takes one."""
    assert expected is literal_secret.is_argument(argument, before=before)


@given(st.lists(st.text(alphabet="pas:token=-{}[]'\"| \thx/@", max_size=60), max_size=6))
def test_parts_lie_within_their_lines(lines: list[str]) -> None:
    """Whatever the lines hold."""
    for number, found in literal_secret.parts(lines).items():
        for start, end in found:
            assert 0 <= start <= end <= len(lines[number - 1])


def _shown(lines: list[str]) -> str:
    hidden = literal_secret.parts(lines)
    text = []
    for number, line in enumerate(lines, 1):
        characters = list(line)
        for start, end in hidden.get(number, ()):
            characters[start:end] = "*" * (end - start)
        text.append("".join(characters))
    return "\n".join(text)
