"""What a process starts with."""

from pathlib import Path

import pytest

from schedrun.core.spec.target import CommandTarget, FromEnv
from schedrun.secret import SecretSource
from schedrun.targets import attendant
from schedrun.targets.environment import Inheritable, LaunchError, environment, read_env_file
from tests.targets.contexts import RUN_ID, run_context

SERVICE = {
    "PATH": "/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "FX_TOKEN": "s3cret",
    "SCHEDRUN_STATE": "/var/lib/state.db",
    "SCHEDRUN_JOB": "outer/job",
}
ABOUT_RUN = {
    "SCHEDRUN_JOB": "billing/close-day",
    "SCHEDRUN_RUN_ID": RUN_ID,
    "SCHEDRUN_SERVICE": attendant.ours(),
    "SCHEDRUN_ATTEMPT": "2",
    "SCHEDRUN_FIRE_TIME": "2026-03-01T04:17:00Z",
}


def variables(app_dir: Path, spec: CommandTarget) -> dict[str, str]:
    secrets = SecretSource(environ=SERVICE).for_run()
    return environment(spec, run_context(), service=Inheritable(SERVICE), app_dir=app_dir, secrets=secrets)


def test_inherits_all_but_the_services_settings(tmp_path: Path) -> None:
    """SCHEDRUN_STATE is the service's business, the rest is the job's as well."""
    expected = {"PATH": "/bin", "HOME": "/root", "LANG": "C.UTF-8", "FX_TOKEN": "s3cret", **ABOUT_RUN}
    assert expected == variables(tmp_path, CommandTarget(command=["true"]))


def test_a_traced_run_is_told_where_its_calls_belong(tmp_path: Path) -> None:
    """As W3C Trace Context names the variable; the job cannot say another."""
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    found = environment(
        CommandTarget(command=["true"], env={"TRACEPARENT": "mine"}),
        run_context()._replace(traceparent=parent),
        service=Inheritable(SERVICE),
        app_dir=tmp_path,
        secrets=SecretSource(environ=SERVICE).for_run(),
    )
    assert parent == found["TRACEPARENT"]
    assert "TRACEPARENT" not in variables(tmp_path, CommandTarget(command=["true"]))


def test_starts_from_three_names_when_it_inherits_nothing(tmp_path: Path) -> None:
    """PATH, HOME and LANG, without which hardly a program works."""
    expected = {"PATH": "/bin", "HOME": "/root", "LANG": "C.UTF-8", **ABOUT_RUN}
    assert expected == variables(tmp_path, CommandTarget(command=["true"], inherit_env=False))


def test_env_wins_over_the_file_and_the_file_over_what_is_inherited(tmp_path: Path) -> None:
    """The closer to the job, the stronger; what the run is cannot be said by anybody else."""
    (tmp_path / "jobs.env").write_text("HOME=/file\nLANG=file\nSCHEDRUN_JOB=file\n")
    spec = CommandTarget(
        command=["true"],
        env_file="jobs.env",
        env={"LANG": "env", "TOKEN": FromEnv(from_env="FX_TOKEN"), "SCHEDRUN_RUN_ID": "env"},
        inherit_env=False,
    )
    assert {"PATH": "/bin", "HOME": "/file", "LANG": "env", "TOKEN": "s3cret", **ABOUT_RUN} == variables(tmp_path, spec)


def test_reads_names_and_values_as_they_stand(tmp_path: Path) -> None:
    """Comments and empty lines say nothing; quotes and further equals signs belong to the value."""
    path = tmp_path / "jobs.env"
    path.write_text('# about\n\nA=1\nB="two words"\r\nC=a=b # c\nD=\n  \n')
    assert {"A": "1", "B": '"two words"', "C": "a=b # c", "D": ""} == read_env_file(path)


@pytest.mark.parametrize(
    ("content", "line"),
    [("A=1\nexport B=hunter2\n", 2), ("hunter2\n", 1), ("\n\nB =hunter2", 3), ("=hunter2", 1), ("A=hunter2\0", 1)],
)
def test_names_the_line_that_is_wrong_but_not_its_text(tmp_path: Path, content: str, line: int) -> None:
    """The line may hold a password."""
    path = tmp_path / "jobs.env"
    path.write_text(content)
    with pytest.raises(LaunchError, match=f"line {line}: write NAME=value") as raised:
        read_env_file(path)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(("content", "reason"), [(None, "No such file"), (b"A=\xff", "not UTF-8")])
def test_says_why_a_file_cannot_be_read(tmp_path: Path, content: bytes | None, reason: str) -> None:
    """With the file's name."""
    path = tmp_path / "jobs.env"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LaunchError, match=rf"jobs\.env: {reason}"):
        read_env_file(path)
