"""One rule for the exit codes of commands whose 1 is a verdict: what could not be done exits with another."""

from collections.abc import Callable, Sequence

import pytest
from click.testing import CliRunner

from schedrun.cli import output
from schedrun.cli.verdict_command import VerdictCommand
from tests.cli.conftest import Call
from tests.manifest.repositories import Repository

COMPARISONS = [
    (("plan", "--base", "main"), 2),
    (("plan", "--format", "json", "--base=main"), 2),
    # Here 2 says that there are changes.
    (("plan", "--base", "main", "--exit-code"), 1),
    (("plan", "--exit-code"), 1),
    (("plan",), 1),
]
REFUSED = PermissionError(13, "Permission denied", "a")


def _raising(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(REFUSED, "Error: a: Permission denied\n", id="refused"),
        pytest.param(OSError(28, "No space left on device", "stdout"), "Error: stdout: No space left on ", id="full"),
        pytest.param(KeyboardInterrupt(), "Error: interrupted\n", id="interrupted"),
        pytest.param(BrokenPipeError(32, "Broken pipe"), "", id="reader-went-away"),
        pytest.param(RuntimeError("boom"), "boom\nThis is a bug in schedrun: please report it.\n", id="bug"),
    ],
)
def test_every_failure_exits_2(error: BaseException, said: str) -> None:
    """In one line, but a bug, which has its traceback."""
    answer = CliRunner().invoke(VerdictCommand("check", callback=_raising(error)))
    assert (2, "") == (answer.exit_code, answer.stdout)
    assert said in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("validate",), 2),
        (("forecast",), 2),
        (("render",), 2),
        (("export", "--to", "crontab"), 2),
        (("import", "--from", "crontab"), 2),
        *COMPARISONS,
    ],
)
def test_wrong_usage_is_no_verdict(call: Call, arguments: Sequence[str], code: int) -> None:
    """An option that there is not, or a path; an operand that looks like an option is none."""
    for wrong in ("--frobnicate", "nowhere"):
        answer = call(*arguments, wrong)
        assert (code, "") == (answer.code, answer.stdout)
        assert "Error: " in answer.stderr
    assert 1 == call("plan", "--", "--base").code


@pytest.mark.parametrize(("arguments", "code"), COMPARISONS)
def test_a_plan_that_fails_says_neither_changes_nor_findings(
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    comparable: Repository,
    arguments: Sequence[str],
    code: int,
) -> None:
    """Whatever the system refuses."""
    monkeypatch.chdir(comparable.folder)
    for name in ("print_text", "print_json"):
        monkeypatch.setattr(output, name, _raising(REFUSED))
    answer = call(*arguments)
    assert (code, "Error: a: Permission denied\n") == (answer.code, answer.stderr)


@pytest.fixture(scope="module")
def comparable(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Return a repository that no test here changes."""
    made = Repository(tmp_path_factory.mktemp("compared") / "repository")
    made.commit({"manifests/a.yaml": "schedrun: v1\nname: a\njobs: {}\n"})
    return made
