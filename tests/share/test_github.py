"""The action for GitHub: its scripts, with programs that stand in for `gh` and schedrun."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.share.conftest import MARKER, PLAN, ROOT, SHARE, Answer, Stage, check_syntax, kept, runs

SCRIPTS = SHARE / "github"
SCHEDRUN = "schedrun-venv/bin/schedrun"
HOSTILE = "manifests/$(touch hacked)"
BASE = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def action() -> Any:
    """Return action.yml."""
    return yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def test_no_shell_text_holds_an_expression(action: Any) -> None:
    """What GitHub would write into a script is read as code by the shell: values come as variables alone."""
    texts = runs(action)
    assert 3 == len(texts)
    assert [] == [text for text in texts if "${{" in text]
    for text in texts:
        check_syntax("bash", text)


def test_every_variable_that_a_script_takes_is_set(action: Any) -> None:
    """By the step that calls it, or by the runner; an input that no step hands on would do nothing."""
    handed = set()
    for step in action["runs"]["steps"]:
        (script,) = re.findall(r"github/(\w+)\.sh", step["run"])
        text = "".join((SCRIPTS / f"{name}.sh").read_text() for name in {script, "paths"} if name != "setup")
        text = (SCRIPTS / "setup.sh").read_text() if script == "setup" else text
        taken = set(re.findall(r"\$\{?([A-Z][A-Z_]+)", text)) - {"RUNNER_TEMP", "BASH_SOURCE"}
        assert set() == {name for name in taken if not name.startswith("GITHUB_")} - set(step["env"])
        assert set(step["env"]) - {"GH_TOKEN"} <= taken
        handed |= {name for value in step["env"].values() for name in re.findall(r"inputs\.([\w-]+)", value)}
    assert set(action["inputs"]) == handed


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.sh")), ids=lambda path: path.name)
def test_the_shell_reads_every_script(script: Path) -> None:
    """Without a word of complaint."""
    check_syntax("bash", script.read_text(encoding="utf-8"))


def validate(stage: Stage, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run the step that validates."""
    stage.add("schedrun")
    said = {"PATHS": "manifests/", "FAIL_ON": "error", "SARIF": "", "JUNIT": ""}
    return stage.run("bash", str(SCRIPTS / "validate.sh"), **(said | variables))


def test_validates_with_annotations(stage: Stage) -> None:
    """What people say is handed on; the paths cannot become options."""
    assert 0 == validate(stage).returncode
    expected = ["schedrun", "validate", "--format", "github", "--fail-on", "error", "--", "manifests/"]
    assert [expected] == [call.argv for call in stage.calls]


def test_without_a_word_the_settings_say_what_fails(stage: Stage) -> None:
    """An option would win over the team's file."""
    validate(stage, FAIL_ON="")
    plan(stage, FAIL_ON="")
    assert [] == stage.called("--fail-on")
    assert 2 == len(stage.called("manifests/"))


def test_hands_texts_on_as_they_are(stage: Stage) -> None:
    """One path a line, blanks inside kept, nothing read as code or as an option."""
    validate(
        stage, PATHS=f"\n  a folder/ \n{HOSTILE}\n--help\n", SARIF="out dir/a.sarif", JUNIT="j.xml", FAIL_ON="never"
    )
    (call,) = stage.calls
    assert ["--report", "sarif=out dir/a.sarif", "--report", "junit=j.xml"] == call.argv[6:10]
    assert ["--", "a folder/", HOSTILE, "--help"] == call.argv[10:]
    assert [] == list(stage.work.iterdir())


def test_findings_fail_the_step(stage: Stage) -> None:
    """The exit code is schedrun's."""
    stage.answers = [Answer("validate", "::error::", code=1)]
    answer = validate(stage)
    assert (1, "::error::") == (answer.returncode, answer.stdout)


COMMENT = kept(PLAN, "manifests/")


def plan(stage: Stage, *answers: Answer, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run the step that plans, in a pull request."""
    stage.add("schedrun", "gh")
    stage.answers = [*answers, Answer("graphql")]
    said = {
        "PATHS": "manifests/",
        "BASE": "main",
        "EVENT_BASE": "event",
        "FAIL_ON": "error",
        "COMMENT": "true",
        "PULL_REQUEST": "7",
        "GH_TOKEN": "ghs_hunter2",
        "GITHUB_REPOSITORY": "acme/jobs",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_STEP_SUMMARY": str(stage.folder / "summary"),
    }
    return stage.run("bash", str(SCRIPTS / "plan.sh"), **(said | variables))


def test_the_first_plan_becomes_a_comment(stage: Stage) -> None:
    """And stands in the summary of the step."""
    assert 0 == plan(stage, Answer("markdown", PLAN)).returncode
    expected = ["plan", "--base", "main", "--format", "markdown", "--fail-on", "error", "--", "manifests/"]
    assert [["schedrun", *expected]] == [call.argv for call in stage.called("markdown")]
    (posted,) = stage.called("POST")
    assert ("repos/acme/jobs/issues/7/comments", COMMENT) == (posted.argv[5], posted.body)
    assert PLAN == (stage.folder / "summary").read_text()


def test_later_plans_update_it(stage: Stage) -> None:
    """There is one comment, whatever is pushed."""
    plan(stage, Answer("markdown", PLAN), Answer("graphql", "42\n43\n"))
    (patched,) = stage.called("PATCH")
    assert ("repos/acme/jobs/issues/comments/42", COMMENT) == (patched.argv[5], patched.body)
    assert [] == stage.called("POST")


def test_a_comment_that_is_outdated_says_so(stage: Stage) -> None:
    """Once nothing changes any more; where there was none, none is written."""
    assert 0 == plan(stage).returncode
    assert [] == stage.called("POST") + stage.called("PATCH")
    plan(stage, Answer("graphql", "42\n"))
    (patched,) = stage.called("PATCH")
    assert kept(f"{MARKER}\nThe manifests change no job any more.\n", "manifests/") == patched.body


def test_a_plan_with_errors_is_shown_and_fails(stage: Stage) -> None:
    """Who reads the comment sees why."""
    assert 1 == plan(stage, Answer("markdown", PLAN, code=1)).returncode
    assert [COMMENT] == [call.body for call in stage.called("POST")]


@pytest.mark.parametrize("failure", [Answer("markdown", "", code=1), Answer("markdown", "half", code=2)])
def test_no_plan_is_no_news(stage: Stage, failure: Answer) -> None:
    """A failure does not say that nothing changes."""
    assert failure.code == plan(stage, failure, Answer("graphql", "42\n")).returncode
    assert [] == stage.called("gh")
    assert not (stage.folder / "summary").exists()


@pytest.mark.parametrize("refused", ["graphql", "POST"])
def test_a_fork_may_not_comment(stage: Stage, refused: str) -> None:
    """The plan is in the summary, a warning says why it is there alone, and the step does not fail."""
    answer = plan(stage, Answer("markdown", PLAN), Answer(refused, "", code=1))
    assert 0 == answer.returncode
    assert "::warning::the plan stands in the summary" in answer.stdout
    assert "pull-requests: write" in answer.stdout


@pytest.mark.parametrize("variables", [{"COMMENT": "false"}, {"PULL_REQUEST": ""}, {"PULL_REQUEST": "7; rm -rf /"}])
def test_comments_only_in_pull_requests_that_want_it(stage: Stage, variables: dict[str, str]) -> None:
    """The summary is written all the same."""
    assert 0 == plan(stage, Answer("markdown", PLAN), **variables).returncode
    assert [] == stage.called("gh")
    assert PLAN == (stage.folder / "summary").read_text()


@pytest.mark.skipif(shutil.which("jq") is None, reason="the filter is jq's")
def test_the_comment_is_that_of_this_token_and_these_paths(stage: Stage) -> None:
    """Not what strangers wrote or what is kept for other manifests; an edit on the page changes its line ends."""
    plan(stage, Answer("markdown", PLAN))
    (asked,) = stage.called("graphql")
    bodies = [
        (False, COMMENT),
        (True, f"see {COMMENT}"),
        (True, PLAN),
        (True, kept(PLAN, "other/")),
        (True, COMMENT),
        (True, COMMENT.replace("\n", "\r\n")),
    ]
    nodes = [
        {"databaseId": number, "viewerDidAuthor": own, "body": body} for number, (own, body) in enumerate(bodies, 1)
    ]
    data = json.dumps({"data": {"repository": {"pullRequest": {"comments": {"nodes": nodes}}}}})
    found = subprocess.run(["jq", "-r", asked.argv[-1]], input=data, capture_output=True, text=True, check=True)
    assert "5\n6\n" == found.stdout


def test_a_server_of_ones_own_gets_the_token_too(stage: Stage) -> None:
    """For such a host gh takes it from a variable of another name."""
    plan(stage, Answer("markdown", PLAN), GITHUB_SERVER_URL="https://git.acme.example")
    assert {("git.acme.example", "ghs_hunter2")} == {(call.host, call.token) for call in stage.called("gh")}


def test_fetches_the_base_that_a_shallow_checkout_lacks(stage: Stage) -> None:
    """actions/checkout brings one commit."""
    origin = stage.folder / "origin"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(origin)]
    subprocess.run(["git", "init", "--quiet", str(origin)], check=True)
    for number in "12":
        subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", number], check=True)
    base = subprocess.run([*git, "rev-parse", "HEAD^"], check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run(
        ["git", "clone", "--quiet", "--depth", "1", f"file://{origin}", str(stage.work / "clone")], check=True
    )
    stage.work /= "clone"
    assert 0 == plan(stage, Answer("markdown", PLAN), BASE=base).returncode
    subprocess.run(["git", "-C", str(stage.work), "cat-file", "-e", base], check=True)


def _merge(stage: Stage, *, depth: int) -> tuple[str, str]:
    """Check out the merge of a pull request, with so many commits; return it, and the tip of the base branch."""
    origin = stage.folder / "origin"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(origin)]
    subprocess.run(["git", "init", "--quiet", "-b", "main", str(origin)], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", "old"], check=True)
    subprocess.run([*git, "switch", "--quiet", "-c", "change"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", "change"], check=True)
    subprocess.run([*git, "switch", "--quiet", "main"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", "new\n\nparent 1"], check=True)
    subprocess.run([*git, "merge", "--quiet", "--no-ff", "-m", "parent 2", "change"], check=True)
    said = subprocess.run([*git, "rev-parse", "HEAD", "HEAD^1"], check=True, capture_output=True, text=True)
    merge, tip = said.stdout.split()
    clone = ["git", "clone", "--quiet", "--depth", str(depth), f"file://{origin}", str(stage.work / "clone")]
    subprocess.run(clone, check=True)
    stage.work /= "clone"
    return merge, tip


@pytest.mark.parametrize("depth", [1, 9])
def test_a_merge_is_compared_with_the_base_it_was_made_from(stage: Stage, depth: int) -> None:
    """The event may name an older commit, and what others merged since is no part of this change."""
    merge, tip = _merge(stage, depth=depth)
    assert 0 == plan(stage, BASE="", GITHUB_REF="refs/pull/7/merge", GITHUB_SHA=merge).returncode
    (call,) = stage.called("markdown")
    assert tip == call.argv[3]
    subprocess.run(["git", "-C", str(stage.work), "cat-file", "-e", tip], check=True)


OTHER_COMMITS = pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"GITHUB_REF": "refs/pull/7/merge", "GITHUB_SHA": BASE}, id="another-commit-is-checked-out"),
        pytest.param({"GITHUB_REF": "refs/heads/main"}, id="no-merge-of-github"),
        pytest.param({}, id="nothing-known"),
    ],
)


@OTHER_COMMITS
def test_any_other_commit_is_compared_with_what_the_event_says(stage: Stage, variables: dict[str, str]) -> None:
    """Of a merge that a stranger made, the first parent is the stranger's."""
    merge, _ = _merge(stage, depth=1)
    answer = plan(stage, BASE="", **({"GITHUB_SHA": merge} | variables))
    (call,) = stage.called("markdown")
    assert "event" == call.argv[3]
    assert "::warning::where this branch began is not in the checkout" in answer.stderr


@OTHER_COMMITS
def test_any_other_commit_is_compared_with_where_its_branch_began(stage: Stage, variables: dict[str, str]) -> None:
    """What others merged since is not in it, and it takes none of it away."""
    merge, tip = _merge(stage, depth=9)
    git = ["git", "-C", str(stage.work)]
    began = subprocess.run([*git, "rev-parse", f"{tip}^"], check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run([*git, "checkout", "--quiet", f"{merge}^2"], check=True)
    answer = plan(stage, BASE="", EVENT_BASE=tip, **({"GITHUB_SHA": merge} | variables))
    (call,) = stage.called("markdown")
    assert (began, "") == (call.argv[3], answer.stderr)


def test_a_base_that_is_not_there_is_told(stage: Stage) -> None:
    """With what to write in the workflow; schedrun itself says the rest."""
    answer = plan(stage, Answer("markdown", "", code=2), BASE=BASE)
    assert 2 == answer.returncode
    assert "fetch-depth 0" in answer.stdout


def setup(stage: Stage, version: str, *answers: Answer) -> "subprocess.CompletedProcess[str]":
    """Run the step that installs, with a Python that notes what it is asked."""
    stage.add("python3", "python", "schedrun")
    stage.answers = list(answers)
    variables = {"PYTHON": "python3", "VERSION": version, "GITHUB_ACTION_PATH": "/action"}
    return stage.run("bash", str(SCRIPTS / "setup.sh"), **variables)


@pytest.mark.parametrize(("version", "expected"), [("", "/action"), ("1.2.0", "schedrun==1.2.0")])
def test_installs_the_action_itself_or_a_release(stage: Stage, version: str, expected: str) -> None:
    """Isolated: no module of the checkout is found."""
    assert 0 == setup(stage, version).returncode
    (installed,) = stage.called("pip")
    assert expected == installed.argv[-1]
    assert all("-I" in call.argv for call in stage.calls if call.argv[0] != "schedrun")


@pytest.mark.parametrize("version", ["--index-url=https://evil.example", "1.0 evil", "latest"])
def test_a_version_is_a_release(stage: Stage, version: str) -> None:
    """It becomes no option of pip."""
    answer = setup(stage, version)
    assert (2, []) == (answer.returncode, stage.calls)
    assert "::error::the input version is no release" in answer.stdout


def test_an_old_python_is_told(stage: Stage) -> None:
    """With what to do."""
    answer = setup(stage, "", Answer("version_info", code=1))
    assert 2 == answer.returncode
    assert "actions/setup-python" in answer.stdout
