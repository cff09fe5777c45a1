"""What counts as a secret that stands in a manifest."""

import pytest

from schedrun.core.spec import literal_secret

SECRET = "hunter2xyz"


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


@pytest.mark.parametrize(
    ("behind", "argument", "expected"),
    [
        (["/usr/bin/mysqldump", "-u", "app"], "-phunter2xyz", True),
        (["docker", "exec", "db", "mysql"], "-phunter2xyz", True),
        (["sshpass", "-p"], "hunter2xyz", True),
        (["curl", "-sS", "--user"], "app:hunter2xyz", True),
        (["curl", "-u", "app:hunter2xyz"], "https://x", False),
        (["curl", "-u"], "app:$PASSWORD", False),
        (["mysql", "-p"], "app", False),
        (["mysql"], "--port=3306", False),
        (["docker", "run", "--name", "mysql"], "-p3306:3306", False),
        ([], "-phunter2xyz", False),
    ],
)
def test_arguments_of_well_known_programs(behind: list[str], argument: str, expected: bool) -> None:
    """Only the password itself, and neither what follows it nor a port."""
    assert expected is literal_secret.is_of_program(argument, behind=behind)
