"""`schedrun validate`: exit codes, formats, the keys of a finding, places of findings."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from schedrun.cli import reports
from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.plan.inspected import Inspected
from schedrun.core.source import Position
from schedrun.lint.settings import LintSettings
from schedrun.render.counting import counted
from tests.cli.conftest import Call


def test_good_manifests_exit_0(call: Call, manifests: Path) -> None:
    """The default folder is manifests/, the last line agrees with the exit code."""
    answer = call("validate", "--now", "2026-11-23T13:00:00+01:00")
    expected = "1 file, 2 jobs, now 2026-11-23T12:00:00Z\n0 errors, 0 warnings\n"
    assert (0, expected, "") == (answer.code, answer.stdout, answer.stderr)


def test_findings_exit_1(call: Call, broken: Path) -> None:
    """Each finding names its file, line and column."""
    answer = call("validate", "manifests")
    assert answer.code == 1
    assert answer.stdout.startswith("manifests/stock.yaml:6:5: error[SR101] ")
    assert answer.stdout.splitlines()[-1] == "1 error, 0 warnings"


def test_json_stands_alone(call: Call, broken: Path) -> None:
    """All keys of the answer and of a finding."""
    answer = call("validate", "--format", "json")
    assert answer.code == 1
    counts = {"files", "jobs", "errors", "warnings"}
    assert {"schema_version", "ok", "findings", "fail_on", "now"} | counts == set(answer.json)
    assert (1, False, 2, 2) == tuple(answer.json[key] for key in ("schema_version", "ok", "files", "jobs"))
    (finding,) = answer.json["findings"]
    place = {"file", "line", "column", "end_line", "end_column"}
    assert {"code", "severity", "message", "hint", "related", "job", "help"} | place == set(finding)
    assert ("SR101", "error", "manifests/stock.yaml", 6, 5) == (
        *(finding["code"], finding["severity"], finding["file"]),
        *(finding["line"], finding["column"]),
    )


def test_json_of_good_manifests(call: Call, manifests: Path) -> None:
    """Nothing found is an empty list."""
    counts = {"errors": 0, "warnings": 0, "files": 1, "jobs": 2}
    expected = {"schema_version": 1, "ok": True, "fail_on": "error", "now": "2026-11-23T12:00:00Z", "findings": []}
    expected |= counts
    assert expected == call("validate", "--format", "json", "--now", "2026-11-23T12:00:00Z").json


def test_takes_files_and_folders(call: Call, manifests: Path, broken: Path) -> None:
    """A file that is named alone is checked alone."""
    assert call("validate", str(manifests / "billing.yaml")).code == 0
    assert call("validate", str(manifests / "billing.yaml"), str(broken)).code == 1


def test_the_environment_may_name_the_paths(call: Call, manifests: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SCHEDRUN_PATHS stands in for paths that are not given, split at `:`."""
    monkeypatch.setenv("SCHEDRUN_PATHS", "manifests:elsewhere")
    assert "elsewhere" in call("validate").stderr
    assert 0 == call("validate", "manifests").code


@pytest.mark.parametrize(("arguments", "variable"), [(("",), None), ((), "manifests:")])
def test_an_empty_path_is_not_the_current_folder(
    call: Call, manifests: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], variable: str | None
) -> None:
    """It comes of a variable that is not set, or of a colon at the end of a list."""
    if variable is not None:
        monkeypatch.setenv("SCHEDRUN_PATHS", variable)
    answer = call("validate", *arguments)
    assert (2, "") == (answer.code, answer.stdout)
    assert "a path is empty: name a file or folder, or leave it out" in answer.stderr


def test_a_missing_path_exits_2(call: Call) -> None:
    """Usage, with the path named."""
    answer = call("validate", "nowhere")
    assert answer.code == 2
    assert "there is no file or folder 'nowhere'" in answer.stderr
    assert answer.stdout == ""


def test_a_missing_default_folder_names_init(call: Call) -> None:
    """Who has no manifests yet learns how to get one."""
    answer = call("validate")
    assert answer.code == 2
    assert "schedrun init" in answer.stderr


@pytest.mark.parametrize("output_format", ["full", "concise", "json", "github", "gitlab", "sarif", "junit"])
def test_a_folder_without_manifests_is_a_warning(call: Call, tmp_path: Path, output_format: str) -> None:
    """Exit code 0 unless warnings fail; every format says what was looked for, and that it can be left out."""
    (tmp_path / "empty").mkdir()
    arguments = ("validate", "--format", output_format, "empty")
    answer = call(*arguments)
    assert (0, True) == (answer.code, "SR002" in answer.stdout)
    assert "no manifests found: neither this folder nor those below it hold a *.yaml or *.yml" in answer.stdout
    assert 1 == call(*arguments, "--fail-on", "warning").code
    assert 0 == call(*arguments, "--fail-on", "warning", "--ignore", "SR002").code


def test_the_last_line_counts_a_folder_without_manifests(call: Call, manifests: Path, tmp_path: Path) -> None:
    """Beside one that has some, too."""
    (tmp_path / "empty").mkdir()
    assert "0 errors, 1 warning" == call("validate", "empty", "manifests").stdout.splitlines()[-1]


def test_an_unknown_format_exits_2(call: Call, manifests: Path) -> None:
    """Usage."""
    assert call("validate", "--format", "xml").code == 2


def test_needs_no_state(call: Call, manifests: Path, tmp_path: Path) -> None:
    """Nothing is written."""
    call("validate")
    assert [manifests] == list(tmp_path.iterdir())


def test_follows_no_link_out_of_a_path(call: Call, manifests: Path, tmp_path: Path) -> None:
    """A stranger's link shows nothing of what it leads to; what may be linked can be named itself."""
    (tmp_path / "secret.yaml").write_text("beverage: hunter2\n")
    (manifests / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    answer = call("validate")
    assert 1 == answer.code
    assert "manifests/link.yaml:1:1: error[SR001] this link leads out of the given path" in answer.stdout
    assert "beverage" not in answer.stdout


def test_a_path_may_itself_be_a_link(call: Call, manifests: Path, tmp_path: Path) -> None:
    """Who names a link means what it leads to, and links inside of that are fine."""
    (tmp_path / "current").symlink_to(manifests)
    (manifests / "billing-again.yaml").symlink_to("billing.yaml")
    answer = call("validate", "current")
    assert 0 == answer.code
    assert answer.stdout.startswith("1 file, 2 jobs, now ")


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
@pytest.mark.parametrize("name", ["manifests", "manifests/a.yaml", "linked/secret.yaml"])
def test_in_ci_no_path_leads_out_of_the_checkout(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, name: str
) -> None:
    """There the name is the team's and the link a stranger's; outside of CI it is followed."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.yaml").write_text("beverage: hunter2\n")
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    monkeypatch.chdir(checkout)
    _link(name, tmp_path / "elsewhere")
    assert "hunter2" in call("validate", name).stdout
    monkeypatch.setenv(variable, str(checkout))
    answer = call("validate", name)
    assert (2, "") == (answer.code, answer.stdout)
    assert f"{name} leads out of the checkout" in answer.stderr


def _link(name: str, elsewhere: Path) -> None:
    """Make `name` lead elsewhere: itself to the folder or the file there, or its folder."""
    if "/" not in name:
        Path(name).symlink_to(elsewhere)
    elif name.startswith("linked"):
        Path("linked").symlink_to(elsewhere)
    else:
        Path(name).parent.mkdir()
        Path(name).symlink_to(elsewhere / "secret.yaml")


def test_in_ci_a_link_within_the_checkout_and_a_path_outside_of_it_are_fine(
    call: Call, manifests: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the workspace itself is a link."""
    (tmp_path / "workspace").symlink_to(tmp_path)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "workspace"))
    (tmp_path / "current").symlink_to(manifests)
    assert 0 == call("validate", "current").code
    assert 0 == call("validate", str(tmp_path / "workspace" / "manifests")).code
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "another"))
    assert 0 == call("validate", "manifests").code


@pytest.mark.parametrize("command", ["plan", "render", "next"])
def test_what_shows_the_service_follows_links_as_it_does(
    command: str, call: Call, manifests: Path, tmp_path: Path
) -> None:
    """Their answer would be wrong without the jobs behind a link that `schedrun run` follows."""
    manifests.rename(tmp_path / "elsewhere")
    manifests.mkdir()
    (manifests / "link.yaml").symlink_to(tmp_path / "elsewhere" / "billing.yaml")
    answer = call(command, "--format", "json")
    assert 0 == answer.code
    assert "fx-rates" in answer.stdout


def test_a_job_that_is_declared_twice_is_found_in_the_later_file(call: Call, manifests: Path) -> None:
    """At its id there; the first one is the second place."""
    (manifests / "later.yaml").write_text((manifests / "billing.yaml").read_text().replace("  fx-rates:", "  rates:"))
    (finding,) = call("validate", "--format", "json").json["findings"]
    assert ("SR105", "manifests/later.yaml", 5, 3) == tuple(finding[key] for key in ("code", "file", "line", "column"))
    related = finding["related"]
    assert ("manifests/billing.yaml", 5, 3) == tuple(related[key] for key in ("file", "line", "column"))
    assert "first declared here" == related["message"]


def test_a_job_with_an_error_is_not_sound(call: Call, manifests: Path) -> None:
    """Also where its file is not broken, and the service would run it."""
    path = manifests / "billing.yaml"
    path.write_text(path.read_text().replace("{every: 15m}", "{every: 15m}\n    expect: [{never_on: [sun]}]"))
    answer = call("validate")
    assert answer.stdout.splitlines()[-2].startswith("1 file, 1 sound job, ")
    assert "1 error, 0 warnings" == answer.stdout.splitlines()[-1]


def test_a_duplicate_key_is_found_at_the_second_one(call: Call, manifests: Path) -> None:
    """The first one is the second place."""
    (manifests / "billing.yaml").write_text("schedrun: v1\nname: s\nname: t\njobs: {}\n")
    (finding,) = call("validate", "--format", "json").json["findings"]
    assert ("SR004", 3, 1, 2) == (finding["code"], finding["line"], finding["column"], finding["related"]["line"])


@pytest.mark.parametrize(
    ("severities", "fail_on", "code"),
    [
        ("", "error", 0),
        ("", "warning", 0),
        ("w", "error", 0),
        ("w", "warning", 1),
        ("w", "never", 0),
        ("e", "error", 1),
        ("e", "warning", 1),
        ("we", "never", 0),
    ],
)
@pytest.mark.parametrize("wanted", reports.NAMES)
def test_exit_codes_of_every_format(
    call: Call, manifests: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, severities: str, fail_on: str, code: int
) -> None:
    """A finding at or above --fail-on, whatever is printed; what JSON and the last line say agrees."""
    found = [_finding(Severity.ERROR if each == "e" else Severity.WARNING) for each in severities]
    monkeypatch.setattr("schedrun.cli.checking.check", lambda *_, **__: found)
    answer = call("validate", "--format", wanted, "--fail-on", fail_on)
    assert (code, "") == (answer.code, answer.stderr)
    if wanted == "json":
        assert answer.json["ok"] is (code == 0)
    elif wanted in {"auto", "full", "text", "concise", "github"}:
        errors, warnings = severities.count("e"), severities.count("w")
        tally = f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"
        assert tally == answer.stdout.splitlines()[-1]


def _finding(severity: Severity) -> Diagnostic:
    return Diagnostic("SR501", severity, Position("manifests/billing.yaml", 5, 3, 5, 12), "no timeout")


def test_text_is_what_full_was_called(call: Call, broken: Path) -> None:
    """Scripts that say so go on."""
    arguments = ("validate", "--now", "2026-11-23T12:00:00Z", "--format")
    assert call(*arguments, "full").stdout == call(*arguments, "text").stdout


def test_a_workflow_gets_annotations(call: Call, broken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing else is asked for."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert call("validate").stdout.startswith("::error file=manifests/stock.yaml,line=6,")
    assert call("validate", "--format", "full").stdout.startswith("manifests/stock.yaml:6:5: error[SR101]")
    monkeypatch.setenv("GITHUB_ACTIONS", "false")
    assert call("validate").stdout.startswith("manifests/stock.yaml:6:5: error[SR101]")


def test_selections_and_the_moment_reach_the_rules(
    call: Call, manifests: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Codes and their beginnings, of several options and with commas, in capitals."""
    seen: dict[str, object] = {}

    def check(_: Inspected, *, settings: LintSettings, now: datetime, more: object) -> list[Diagnostic]:
        seen.update(select=settings.select, ignore=settings.ignore, now=now.isoformat())
        return []

    monkeypatch.setattr("schedrun.cli.checking.check", check)
    assert (
        0
        == call(
            *("validate", "--select", "SR2,sr501", "--select", "SR4", "--ignore", "SR401"),
            *("--now", "2026-01-01T00:00:00+01:00"),
        ).code
    )
    expected = {"select": ("SR2", "SR501", "SR4"), "ignore": ("SR401",), "now": "2025-12-31T23:00:00+00:00"}
    assert expected == seen


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--select", "R5"), "'R5' is no code such as SR401"),
        (("--ignore", "SR4,SR999"), "there is no rule SR999: `schedrun explain` lists them all"),
        (("--ignore", "SR4,"), "'' is no code such as SR401"),
        (("--now", "tomorrow"), "'tomorrow' is no instant"),
        (("--now", "2026-01-01T00:00:00"), "says no offset from UTC"),
        (("--now", "0001-01-01T00:00:00+10:00"), "is out of range"),
        (("--fail-on", "info"), "'info' is not one of"),
        (("--report", "sarif"), "is no FORMAT=FILE"),
        (("--report", "auto=x"), "is no FORMAT=FILE"),
        (("--report", "json="), "is no FORMAT=FILE"),
        (("--report", "json=manifests/billing.yaml"), "that file is a manifest"),
        (("--report", "json=a", "--report", "sarif=./a"), "that file would hold two reports"),
        (("--report", "json=-"), "names no file: `--format json` prints that report"),
        (("--baseline", "a", "--write-baseline", "--report", "json=./a"), "that file is the baseline"),
        (("--baseline", "manifests/billing.yaml", "--write-baseline"), "that file is a manifest"),
        (("--fix", "--diff", "--report", "json=a"), "leave out --report"),
        (("x" * 5000,), "File name too long"),
    ],
)
def test_wrong_usage_exits_2(call: Call, manifests: Path, arguments: tuple[str, ...], said: str) -> None:
    """With one clear error, nothing on stdout, and no file touched."""
    before = (manifests / "billing.yaml").read_text()
    answer = call("validate", *arguments)
    assert (2, "") == (answer.code, answer.stdout)
    assert said in answer.stderr
    assert before == (manifests / "billing.yaml").read_text()


def _raise(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize("wanted", reports.NAMES)
def test_every_failure_exits_2_in_every_format(
    call: Call, broken: Path, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    """Nothing on stdout looks like a verdict, and one error says what is the matter, of a bug its traceback."""
    for arguments in (("nowhere",), ("--config", "nowhere"), ("--select", "SR999"), ("--baseline", "nowhere")):
        answer = call("validate", "--format", wanted, *arguments)
        assert (2, "") == (answer.code, answer.stdout)
        assert 1 == answer.stderr.count("Error: ")
    for place, error, said in (
        ("schedrun.cli.checking.inspect", PermissionError(13, "Permission denied", "a"), "Error: a: Permission denied"),
        ("schedrun.cli.reports.output.print_text", OSError(28, "No space left on device", "stdout"), "Error: stdout: "),
        ("schedrun.cli.checking.check", RuntimeError("boom"), "boom\nThis is a bug in schedrun: please report it."),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(place, _raise(error))
            answer = call("validate", "--format", wanted)
        assert (2, "") == (answer.code, answer.stdout)
        assert said in answer.stderr


@pytest.mark.parametrize(("end", "said"), [(KeyboardInterrupt(), "Error: interrupted\n"), (BrokenPipeError(), "")])
def test_what_was_cut_off_is_no_verdict(
    call: Call, manifests: Path, monkeypatch: pytest.MonkeyPatch, end: BaseException, said: str
) -> None:
    """Ctrl-C, and a reader that went away."""
    monkeypatch.setattr("schedrun.cli.checking.check", _raise(end))
    answer = call("validate")
    assert (2, "", said) == (answer.code, answer.stdout, answer.stderr)
