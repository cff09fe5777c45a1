"""What the operator says: the environment, flags above it, and faults that name the remedy."""

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from schedrun.core.run.retention import Retention
from schedrun.core.spec.smtp import Encryption, MailServer
from schedrun.settings import Address, LogFormat, SettingError, Settings


def test_has_a_default_for_everything() -> None:
    """An empty environment is enough to start."""
    assert Settings(
        state=Path(".schedrun/state.db"),
        paths=(Path("manifests"),),
        app_dir=Path(),
        allow_targets=None,
        secrets_from=None,
        drain_timeout=timedelta(seconds=30),
        log_format=LogFormat.TEXT,
        keep_for=timedelta(days=90),
        keep_runs=10_000,
    ) == Settings.from_environ({})


def test_reads_every_setting_from_the_environment(tmp_path: Path) -> None:
    """Each field has its variable."""
    environ = {
        "SCHEDRUN_STATE": "/var/lib/s.db",
        "SCHEDRUN_PATHS": "jobs:more/jobs.yaml",
        "SCHEDRUN_APP_DIR": str(tmp_path),
        "SCHEDRUN_ALLOW_TARGETS": "http, command",
        "SCHEDRUN_SECRETS_FROM": "FX_*,/run/secrets",
        "SCHEDRUN_DRAIN_TIMEOUT": "1m30s",
        "SCHEDRUN_LOG_FORMAT": "json",
        "SCHEDRUN_GROUP": "db=2, api=10",
        "SCHEDRUN_MAX_RUNNING": "50",
        "SCHEDRUN_KEEP_FOR": "30d",
        "SCHEDRUN_KEEP_RUNS": "500",
        "SCHEDRUN_LISTEN": "[::]:9000",
        "SCHEDRUN_NO_WEB": "true",
        "SCHEDRUN_PUBLIC_URL": "https://jobs.example.com/schedrun/",
        "SCHEDRUN_SMTP_URL": "smtps://ann:s%20cret@mail.example",
        "SCHEDRUN_SMTP_FROM": "jobs@example.com",
    }
    assert {f"SCHEDRUN_{field.name.upper()}" for field in fields(Settings)} == environ.keys()
    assert Settings(
        state=Path("/var/lib/s.db"),
        paths=(Path("jobs"), Path("more/jobs.yaml")),
        app_dir=tmp_path,
        allow_targets=frozenset({"http", "command"}),
        secrets_from=("FX_*", "/run/secrets"),
        drain_timeout=timedelta(seconds=90),
        log_format=LogFormat.JSON,
        group={"db": 2, "api": 10},
        max_running=50,
        keep_for=timedelta(days=30),
        keep_runs=500,
        listen=Address("::", 9000),
        no_web=True,
        public_url="https://jobs.example.com/schedrun",
        smtp_url=MailServer("mail.example", 465, Encryption.TLS, "ann", "s cret"),
        smtp_from="jobs@example.com",
    ) == Settings.from_environ(environ)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8321", Address("127.0.0.1", 8321)),
        ("localhost:0", Address("localhost", 0)),
        ("[::1]:8321", Address("::1", 8321)),
        ("jobs.example.com:65535", Address("jobs.example.com", 65_535)),
    ],
)
def test_reads_addresses(text: str, address: Address) -> None:
    """And writes them as they were read."""
    assert address == Settings.from_environ({}, listen=text).listen
    assert text == str(address)


@pytest.mark.parametrize(
    ("name", "text", "remedy"),
    [
        *(
            ("listen", text, "write HOST:PORT")
            for text in ("8321", ":8321", "localhost", "localhost:", "localhost:http", "localhost:65536", "::1:8321",
                         "[localhost]:1", "a b:1", "http://localhost:8321", "[::1]", "localhost:-1")
        ),
        *(
            ("public_url", text, "write the address that browsers use")
            for text in ("jobs.example.com", "ftp://jobs.example.com", "https://", "https://a:b@jobs.example.com",
                         "https://jobs.example.com/?a=b", "https://jobs.example.com/#a", "https://jobs.example.com:x",
                         "https://jobs example.com", "https://[::1")
        ),
        ("public_url", "https://jöbs.example", "write the host in ASCII, as browsers send it"),
        ("no_web", "perhaps", "write true or false"),
    ],
)  # fmt: skip
def test_refuses_what_is_no_address(name: str, text: str, remedy: str) -> None:
    """With what to write instead."""
    with pytest.raises(SettingError, match=remedy):
        Settings.from_environ({}, **{name: text})


@pytest.mark.parametrize(
    ("text", "expected"), [("1", True), ("Yes", True), ("on", True), ("0", False), ("false", False), ("OFF", False)]
)
def test_reads_switches(text: str, expected: bool) -> None:
    """A flag on the command line is one that was given, and none takes a variable back."""
    assert expected == Settings.from_environ({"SCHEDRUN_NO_WEB": text}).no_web
    assert expected == Settings.from_environ({"SCHEDRUN_NO_WEB": text}, no_web=False).no_web
    assert Settings.from_environ({"SCHEDRUN_NO_WEB": text}, no_web=True).no_web


def test_flags_win_over_the_environment() -> None:
    """A flag that was given counts, one that was not leaves the variable."""
    read = Settings.from_environ(
        {"SCHEDRUN_STATE": "env.db", "SCHEDRUN_DRAIN_TIMEOUT": "5s"},
        state=Path("flag.db"),
        drain_timeout=None,
        paths=(),
    )
    assert Settings(state=Path("flag.db"), drain_timeout=timedelta(seconds=5)) == read


def test_history_is_kept_without_a_bound_where_that_is_said() -> None:
    """`off` in the environment and as a flag."""
    read = Settings.from_environ({"SCHEDRUN_KEEP_FOR": "off"}, keep_runs="off")
    assert (None, None) == (read.keep_for, read.keep_runs)
    assert Retention(None, None) == read.retention
    assert Retention(timedelta(days=1), 10_000) == Settings.from_environ({}, keep_for="1d").retention


def test_ignores_what_jobs_are_told() -> None:
    """schedrun inside a job of schedrun sees SCHEDRUN_JOB, which is no setting; nor is an empty variable."""
    assert Settings() == Settings.from_environ({"SCHEDRUN_JOB": "billing/close-day", "SCHEDRUN_STATE": ""})


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("DRAIN_TIMEOUT", "30", "unit"),
        ("DRAIN_TIMEOUT", "soon", "unit"),
        ("ALLOW_TARGETS", "http,ftp", "command, shell, python, http"),
        ("ALLOW_TARGETS", ",", "at least one"),
        ("SECRETS_FROM", "run/secrets", "absolute"),
        ("SECRETS_FROM", "/run/*", "wildcards"),
        ("LOG_FORMAT", "xml", "text, json"),
        ("APP_DIR", "/does/not/exist", "exists"),
        ("PATHS", "a::b", "path"),
        ("KEEP_FOR", "90", "unit.* or `off`"),
        ("KEEP_FOR", "0d", "90d, or `off`"),
        ("KEEP_RUNS", "0", "from 1, or `off`"),
        ("KEEP_RUNS", "many", "from 1, or `off`"),
        ("SMTP_FROM", "Jobs <jobs@example.com>", "bare mail address"),
    ],
)
def test_names_variable_flag_and_remedy(name: str, value: str, remedy: str) -> None:
    """The message says where the value stands and what to write instead."""
    with pytest.raises(SettingError, match=remedy) as from_variable:
        Settings.from_environ({f"SCHEDRUN_{name}": value})
    assert f"SCHEDRUN_{name}={value!r}" in str(from_variable.value)
    with pytest.raises(SettingError, match=remedy) as from_flag:
        Settings.from_environ({}, **{name.lower(): value})
    assert f"--{name.lower().replace('_', '-')}={value!r}" in str(from_flag.value)


def test_shows_a_flag_that_was_repeated_as_it_was_said() -> None:
    """Not as Python keeps it."""
    with pytest.raises(SettingError, match="--group='db=2,api=0'"):
        Settings.from_environ({}, group=("db=2", "api=0"))


def test_refuses_a_flag_that_is_no_setting() -> None:
    """A misspelled keyword is a bug of ours and must not pass silently."""
    with pytest.raises(TypeError, match="stat"):
        Settings.from_environ({}, stat="x")


def test_knows_the_folder_of_the_state() -> None:
    """No job may read it, so others have to know it."""
    assert Path("/var/lib") == Settings(state=Path("/var/lib/state.db")).state_dir


@pytest.mark.parametrize(
    "value", ["mail.example", "http://mail.example", "smtp://u:hunter2@", "smtp://hunter2@mail.example", "smtp://h:x/"]
)
def test_a_mail_server_is_not_repeated(value: str) -> None:
    """Its URL holds a password: the message says the forms it may have, and nothing of it."""
    with pytest.raises(SettingError, match=r"smtps://USER:PASSWORD@HOST") as caught:
        Settings.from_environ({"SCHEDRUN_SMTP_URL": value})
    assert "SCHEDRUN_SMTP_URL='***'" in str(caught.value)
    assert "hunter2" not in str(caught.value)
