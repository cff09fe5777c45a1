"""`schedrun plan --base`: two trees compared, in every format, with exit codes for every failure."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.answer import Answer
from tests.cli.conftest import BROKEN, GOOD, Call
from tests.manifest.repositories import Repository

NOW = ("--now", "2026-06-01T12:00:00Z")
FORMATS = ("text", "json", "markdown")
EDITED = GOOD.replace("17 4", "17 5")
FILE = "manifests/billing.yaml"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Return a repository with two good jobs committed on main."""
    monkeypatch.delenv("SCHEDRUN_PATHS", raising=False)
    made = Repository(tmp_path / "repository")
    made.commit({FILE: GOOD})
    return made


@pytest.fixture
def plan(call: Call, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Return a function that compares with main, in the repository."""
    monkeypatch.chdir(repository.folder)
    return lambda *arguments: call("plan", "--base", "main", *NOW, *arguments)


@pytest.mark.parametrize("output_format", ["text", "markdown"])
def test_prints_nothing_when_nothing_changed(plan: Call, output_format: str) -> None:
    """A comment is only needed where there is something to say; a person reads so on stderr."""
    answer = plan("--format", output_format, "--exit-code")
    assert (0, "", "Nothing changes.\n") == (answer.code, answer.stdout, answer.stderr)


def test_json_is_whole_also_when_nothing_changed(plan: Call) -> None:
    """Programs find every key, and no change."""
    view = plan("--format", "json").json
    assert ([], 2) == (view["changes"], view["summary"]["noop"])
    assert {"from": "2026-06-01T12:00:00Z", "to": "2026-06-08T12:00:00Z"} == view["window"]


def test_the_keys_of_the_answer(plan: Call, repository: Repository) -> None:
    """The plan's own keys, and what only two trees show."""
    repository.write({FILE: EDITED})
    view = plan("--format", "json").json
    assert {
        *("schema_version", "base", "head", "verdict", "now", "window", "changes", "findings", "base_findings"),
        *("overrides", "summary", "on_merge", "load", "clock_changes", "renames", "shared", "unknown"),
    } == set(view)
    (change,) = view["changes"]
    assert {
        *("action", "job", "reason", "blocked", "fields"),
        *("schedule", "next", "runs", "clock_changes"),
    } == set(change)
    assert {"appear", "vanish", "move"} == set(change["runs"])


def test_runs_are_complete_utc_instants(plan: Call, repository: Repository) -> None:
    """All of them, a move with both ends, and the next three on both clocks."""
    repository.write({FILE: EDITED})
    (change,) = plan("--format", "json").json["changes"]
    days = range(2, 9)
    moves = [{"from": f"2026-06-0{day}T02:17:00Z", "to": f"2026-06-0{day}T03:17:00Z"} for day in days]
    assert {"appear": [], "vanish": [], "move": moves} == change["runs"]
    assert {"local": "2026-06-02T05:17:00+02:00", "utc": "2026-06-02T03:17:00Z"} == change["next"]["after"][0]
    assert [3, 3] == [len(change["next"][side]) for side in ("before", "after")]


def test_a_long_list_is_never_cut_in_json(plan: Call, repository: Repository) -> None:
    """Every quarter of an hour, for a week."""
    repository.write({FILE: GOOD.replace("every: 15m}", "every: 15m}\n    paused: true")})
    (change,) = plan("--format", "json").json["changes"]
    assert 7 * 96 == len(change["runs"]["vanish"])


@pytest.mark.parametrize("output_format", FORMATS)
def test_the_same_input_gives_the_same_text(plan: Call, repository: Repository, output_format: str) -> None:
    """A comment that is written again does not change by itself."""
    repository.write({FILE: EDITED})
    first, second = (plan("--format", output_format).stdout for _ in range(2))
    assert first == second != ""


def test_one_verdict_line_comes_first(plan: Call, repository: Repository) -> None:
    """In markdown only the mark by which the comment is found stands before it."""
    repository.write({FILE: EDITED})
    verdict = "ok: 1 job changes (1 updated); of the runs in the 7 days from 2026-06-01T12:00:00Z 7 move; 1 warning"
    assert verdict == plan().stdout.splitlines()[0]
    assert ["<!-- schedrun-plan -->", f"**{verdict}**"] == plan("--format", "markdown").stdout.splitlines()[:2]


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize(
    ("files", "flags", "code"),
    [
        pytest.param({}, ("--exit-code",), 0, id="nothing"),
        pytest.param({FILE: EDITED}, (), 0, id="changes"),
        pytest.param({FILE: EDITED}, ("--exit-code",), 2, id="changes-asked-for"),
        pytest.param({FILE: EDITED}, ("--fail-on", "warning"), 1, id="warnings-fail"),
        pytest.param({FILE: EDITED}, ("--fail-on", "warning", "--exit-code"), 1, id="failing-comes-first"),
        pytest.param({FILE: BROKEN}, (), 1, id="broken"),
        pytest.param({FILE: BROKEN}, ("--fail-on", "never"), 0, id="never-fails"),
        pytest.param({FILE: "schedrun: v1\nname: billing\njobs: {}\n"}, (), 1, id="removal-above-the-limit"),
    ],
)
def test_exit_codes(
    plan: Call,
    repository: Repository,
    files: dict[str, str | None],
    flags: tuple[str, ...],
    code: int,
    output_format: str,
) -> None:
    """0, 2 for changes when asked, 1 for findings at or above --fail-on; the verdict agrees."""
    repository.write(files)
    answer = plan("--format", output_format, *flags)
    assert code == answer.code
    if files:
        assert ("not ok: " in answer.stdout) == (code == 1)


@pytest.mark.parametrize(
    ("settings", "flags", "code", "warnings"),
    [
        pytest.param("", ("--fail-on", "warning"), 1, 1, id="counts"),
        pytest.param('fail-on = "warning"', (), 1, 1, id="fails-by-settings"),
        pytest.param('fail-on = "warning"', ("--fail-on", "error"), 0, 1, id="flags-win"),
        pytest.param('fail-on = "warning"\nignore = ["SR708"]', (), 0, 0, id="ignored-by-settings"),
        pytest.param('fail-on = "warning"', ("--ignore", "sr70"), 0, 0, id="ignored-by-flag"),
        pytest.param('ignore = ["SR7"]', ("--select", "SR7"), 0, 1, id="select-wins"),
    ],
)
def test_settings_choose_findings(
    plan: Call, repository: Repository, settings: str, flags: tuple[str, ...], code: int, warnings: int
) -> None:
    """The nearest schedrun.toml counts, and flags over it, as for `validate`."""
    repository.write({FILE: EDITED, "schedrun.toml": settings})
    answer = plan("--format", "json", *flags)
    assert (code, warnings) == (answer.code, len(answer.json["findings"]))
    assert ("1 warning" in answer.json["verdict"]) == bool(warnings)


@pytest.mark.parametrize("output_format", FORMATS)
def test_a_pause_without_a_word_is_found(plan: Call, call: Call, repository: Repository, output_format: str) -> None:
    """In every format, at the place and with the words of `validate`."""
    repository.write({FILE: GOOD.replace("every: 15m}", "every: 15m}\n    paused: true")})
    answer = plan("--format", output_format, "--fail-on", "warning")
    (told,) = (each for each in call("validate", "--format", "json").json["findings"] if each["code"] == "SR705")
    assert 1 == answer.code
    assert "SR705" in answer.stdout
    assert told["message"] in answer.stdout
    if output_format == "json":
        (finding,) = answer.json["findings"]
        assert finding == {key: told[key] for key in finding}
    else:
        assert f"{FILE}:{told['line']}:{told['column']}" in answer.stdout
    assert 0 == plan("--format", output_format, "--fail-on", "warning", "--ignore", "SR705").code


def _codes(answer: Answer) -> list[str]:
    return [finding["code"] for finding in answer.json["findings"] if finding["code"].startswith("SR1")]


def test_a_comment_with_a_reason_suppresses(plan: Call, call: Call, repository: Repository) -> None:
    """As it does for `validate`, which takes the code for one of its own and not for an idle one."""
    accepted = EDITED.replace("  close-day:", "  # schedrun: ignore[SR708] nobody waits for it\n  close-day:")
    repository.write({FILE: accepted})
    assert [] == plan("--format", "json", "--fail-on", "warning").json["findings"]
    assert [] == _codes(call("validate", "--format", "json"))


@pytest.mark.parametrize(
    ("name", "text"),
    [("schedrun.toml", "fail-on = 1"), ("pyproject.toml", "[tool.schedrun"), ("schedrun.toml", 'selekt = ["SR7"]')],
)
def test_settings_that_cannot_be_used_exit_2(plan: Call, repository: Repository, name: str, text: str) -> None:
    """With --exit-code it is 1, since 2 means changes."""
    repository.write({FILE: EDITED, name: text})
    answer = plan()
    assert (2, "") == (answer.code, answer.stdout)
    assert name in answer.stderr
    assert 1 == plan("--exit-code").code


@pytest.mark.parametrize(
    ("runs", "code", "words"),
    [
        ("1ms", 0, "of the runs in the 1ms from 2026-06-01T12:00:00Z none changes"),
        ("366d", 0, "of the runs in the 366 days from 2026-06-01T12:00:00Z 366 move"),
        *((text, 2, f"--runs {text} must be longer than nothing, and at most 366d") for text in ("366d1ms", "0s")),
        ("week", 2, "--runs: 'week' is no duration: write numbers with units"),
    ],
)
def test_how_far_runs_are_compared(plan: Call, repository: Repository, runs: str, code: int, words: str) -> None:
    """From the shortest duration to a leap year."""
    repository.write({FILE: EDITED})
    answer = plan("--runs", runs)
    assert (code, True) == (answer.code, words in (answer.stderr if code else answer.stdout.splitlines()[0]))


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--base", "nowhere"), id="unknown-base"),
        pytest.param(("--base", "--all"), id="base-like-an-option"),
        pytest.param(("--head", "nowhere"), id="unknown-head"),
        pytest.param(("--now", "tomorrow"), id="no-instant"),
        pytest.param(("--now", "2026-06-01T12:00:00"), id="no-offset"),
        pytest.param(("--now", "9999-06-01T12:00:00Z"), id="end-of-calendar"),
        pytest.param(("elsewhere",), id="path-on-neither-side"),
        pytest.param(("manifests", "elsewhere"), id="one-path-of-two-on-neither-side"),
        pytest.param(("/",), id="outside-of-the-repository"),
    ],
)
@pytest.mark.parametrize("output_format", FORMATS)
def test_what_cannot_be_compared_exits_2(plan: Call, arguments: tuple[str, ...], output_format: str) -> None:
    """One line with the remedy on stderr; with --exit-code it is 1, since 2 means changes."""
    answer = plan("--format", output_format, *arguments)
    assert (2, "") == (answer.code, answer.stdout)
    assert "Error: " in answer.stderr
    assert 1 == plan("--exit-code", *arguments).code


def test_what_a_sparse_checkout_leaves_out_is_not_removed(plan: Call, repository: Repository) -> None:
    """Nobody deleted it: the working tree cannot be judged, the commit can."""
    repository.commit({"other/a.yaml": GOOD.replace("billing", "other"), "other/b.md": ""})
    repository.git("sparse-checkout", "set", "manifests")
    refused = plan(".")
    assert (2, "") == (refused.code, refused.stdout)
    assert "this checkout is sparse and leaves out other/a.yaml: compare the commit, with --head HEAD" in refused.stderr
    assert (0, "") == (plan("manifests").code, plan(".", "--head", "HEAD").stdout)


def test_outside_of_a_repository(call: Call, manifests: Path) -> None:
    """A folder without history has nothing to compare with."""
    answer = call("plan", "--base", "main")
    assert 2 == answer.code
    assert "no git repository" in answer.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        *(("--head", "main"), ("--now", "2026-06-01T12:00:00Z"), ("--runs", "1d"), ("--format", "markdown")),
        *(("--select", "SR7"), ("--ignore", "SR7"), ("--config", "schedrun.toml"), ("--fail-on", "error")),
    ],
)
def test_options_of_a_comparison_need_a_base(call: Call, manifests: Path, arguments: tuple[str, ...]) -> None:
    """They would be ignored silently."""
    answer = call("plan", *arguments)
    assert 1 == answer.code
    assert "belongs to --base" in answer.stderr


def test_a_state_is_refused_and_none_is_read(
    plan: Call, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing live is asked, also where the environment names a state."""
    assert 2 == plan("--state", "state.db").code
    (repository.folder / "state.db").write_text("no database")
    monkeypatch.setenv("SCHEDRUN_STATE", "state.db")
    assert 0 == plan().code


def test_two_commits_are_compared_without_the_working_tree(plan: Call, repository: Repository) -> None:
    """What is edited and not committed is on neither side."""
    repository.git("checkout", "-q", "-b", "topic")
    repository.commit({FILE: EDITED})
    repository.write({FILE: BROKEN})
    view = plan("--head", "topic", "--format", "json").json
    assert (["billing/close-day"], []) == ([change["job"] for change in view["changes"]], _errors(view))


def _errors(view: dict[str, list[dict[str, str]]]) -> list[str]:
    return [finding["code"] for finding in view["findings"] if finding["severity"] == "error"]


@pytest.mark.parametrize(("at", "path"), [("manifests", "."), ("manifests/deep", ".."), ("docs", "../manifests")])
def test_works_from_any_folder(
    plan: Call, repository: Repository, monkeypatch: pytest.MonkeyPatch, at: str, path: str
) -> None:
    """Both sides find the same files wherever the command is called."""
    repository.write({FILE: EDITED})
    (repository.folder / at).mkdir(exist_ok=True, parents=True)
    monkeypatch.chdir(repository.folder / at)
    assert {"update": 1, "noop": 1} == {
        action: count for action, count in plan(path, "--format", "json").json["summary"].items() if count
    }


def test_a_renamed_folder_changes_nothing(plan: Call, repository: Repository) -> None:
    """Sets own their jobs: with both folders named, no job goes or comes."""
    repository.git("mv", "manifests", "jobs")
    answer = plan("manifests", "jobs")
    assert (0, "") == (answer.code, answer.stdout)


def test_a_new_folder_is_all_new(plan: Call, repository: Repository) -> None:
    """The path may be missing in the base, and one that is deleted in the head."""
    repository.git("mv", "manifests", "jobs")
    assert 2 == plan("jobs", "--format", "json").json["summary"]["create"]
    assert 2 == plan("manifests", "--format", "json").json["summary"]["remove"]


def test_a_broken_base_is_said(plan: Call, repository: Repository) -> None:
    """Its jobs are neither new nor changed, and the head alone decides the exit code."""
    repository.commit({"manifests/stock.yaml": BROKEN})
    repository.write({"manifests/stock.yaml": BROKEN.replace("timout", "timeout")})
    answer = plan("--format", "json")
    assert (0, ["stock/count"], []) == (answer.code, answer.json["unknown"], answer.json["changes"])
    assert ["SR101"] == [finding["code"] for finding in answer.json["base_findings"]]
    for output_format in ("text", "markdown"):
        printed = plan("--format", output_format).stdout
        assert "Broken in the base, so that what their jobs were is not known: manifests/stock.yaml." in printed


def test_values_that_must_not_appear_are_hidden(plan: Call, repository: Repository) -> None:
    """A secret that was written by mistake is not spread by the comment on it."""
    one, two = (
        GOOD.replace("command: [echo, closed]", f"command: [echo, closed], env: {{TOKEN: {value}}}")
        for value in ("hunter2", "hunter3")
    )
    repository.commit({FILE: one})
    repository.write({FILE: two})
    for output_format in FORMATS:
        printed = plan("--format", output_format).stdout
        assert "hunter" not in printed
        assert "value hidden" in printed


def test_a_link_out_of_the_tree_is_not_followed(plan: Call, repository: Repository, tmp_path: Path) -> None:
    """A pull request shows no file of the machine that plans it."""
    (tmp_path / "outside.yaml").write_text(EDITED.replace("close-day", "stolen"))
    (repository.folder / "manifests/link.yaml").symlink_to(tmp_path / "outside.yaml")
    answer = plan()
    assert 1 == answer.code
    assert "stolen" not in answer.stdout


def test_in_ci_no_path_leads_out_of_the_checkout(
    plan: Call, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even into another repository."""
    other = Repository(tmp_path / "other")
    other.commit({"a.yaml": "password: hunter2\n"})
    repository.write({FILE: None})
    (repository.folder / "manifests").rmdir()
    (repository.folder / "manifests").symlink_to(other.folder)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(repository.folder))
    answer = plan()
    assert (2, "") == (answer.code, answer.stdout)
    assert "manifests leads out of the checkout" in answer.stderr
    assert 1 == plan("--exit-code").code


def test_nothing_of_the_tree_is_imported_or_run(plan: Call, repository: Repository) -> None:
    """A target is words."""
    witness = repository.folder / "witness"
    module = f"import pathlib\npathlib.Path({str(witness)!r}).touch()\ndef run(): ...\n"
    manifest = GOOD.replace('shell: "echo rates"', 'python: "evil:run"')
    repository.write({FILE: manifest, "evil.py": module, "manifests/evil.py": module, "conftest.py": module})
    assert 0 == plan().code
    assert not witness.exists()


def test_imports_no_store_and_nothing_that_runs(repository: Repository) -> None:
    """What CI calls on every push starts fast, and has nothing by which it could reach a service."""
    repository.write({FILE: EDITED})
    heavy = ("schedrun.stores", "schedrun.scheduler", "sqlite3", "apscheduler", "fastapi", "httpx", "rich")
    program = (
        "import sys\nfrom click.testing import CliRunner\nfrom schedrun.cli.main import cli\n"
        f"answer = CliRunner().invoke(cli, ['plan', '--base', 'main'])\n"
        f"print(answer.exit_code, [name for name in {heavy!r} if name in sys.modules])"
    )
    root = str(Path(__file__).parents[2])
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=repository.folder,
        env=os.environ | {"PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "0 []\n" == answer.stdout


def test_json_stands_alone(plan: Call, repository: Repository) -> None:
    """One object on stdout, whatever is wrong."""
    repository.write({FILE: BROKEN})
    answer: Answer = plan("--format", "json")
    assert json.loads(answer.stdout)["schema_version"] == 1
