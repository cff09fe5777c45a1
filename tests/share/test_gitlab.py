"""The template for GitLab: its jobs, and the script of the plan with programs that stand in for `curl` and schedrun."""

import json
import subprocess
from importlib.resources import files
from typing import Any

import pytest
import yaml

from tests.share.conftest import MARKER, PLAN, SHARE, Answer, Call, Stage, check_syntax, kept, runs

TEMPLATE = SHARE / "gitlab" / "schedrun.gitlab-ci.yml"
NOTE = kept(PLAN, "manifests")
TOKEN = "glpat-hunter2"
NOTES = "https://gitlab.example/api/v4/projects/5/merge_requests/7/notes"


@pytest.fixture
def template() -> Any:
    """Return the template."""
    return yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))


def test_the_shell_reads_every_script(template: Any) -> None:
    """Images have one shell or another."""
    texts = [*runs(template), (SHARE / "gitlab" / "plan.sh").read_text(encoding="utf-8")]
    assert 8 == len(texts)
    for text in texts:
        check_syntax("sh", text)


def test_reports_are_those_that_gitlab_shows(template: Any) -> None:
    """What is written is what is collected."""
    job = template["schedrun-validate"]
    reports = job["artifacts"]["reports"]
    assert {"codequality", "junit"} == set(reports)
    script = " ".join(job["script"])
    assert f"gitlab={reports['codequality']}" in script
    assert f"junit={reports['junit']}" in script


def test_plans_only_merge_requests(template: Any) -> None:
    """Nothing else has a base."""
    assert [{"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}] == template["schedrun-plan"]["rules"]


def test_is_shipped() -> None:
    """The job of the plan finds its script in the installed package."""
    assert files("schedrun").joinpath("share/gitlab/plan.sh").is_file()
    assert 'share/gitlab/plan.sh"' in TEMPLATE.read_text(encoding="utf-8")


def plan(stage: Stage, *answers: Answer, token: str = TOKEN, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run the script of the plan."""
    said = {"SCHEDRUN_PATHS": "manifests", "SCHEDRUN_FAIL_ON": "error", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "abc"}
    stage.add("schedrun", "curl")
    stage.answers = [*answers, Answer("v4/user", '{"id": 11}'), Answer("notes?", "[]")]
    return stage.run(
        "sh",
        str(SHARE / "gitlab" / "plan.sh"),
        SCHEDRUN="schedrun",
        SCHEDRUN_TOKEN=token,
        CI_API_V4_URL="https://gitlab.example/api/v4",
        CI_PROJECT_ID="6",  # a fork's
        CI_MERGE_REQUEST_PROJECT_ID="5",
        CI_MERGE_REQUEST_IID="7",
        **(said | variables),
    )


def notes(*found: tuple[int, int, str]) -> str:
    """Return a page of notes: number, author, text."""
    return json.dumps([{"id": number, "author": {"id": author}, "body": body} for number, author, body in found])


def written(stage: Stage) -> list[Call]:
    """Return the calls that write."""
    return stage.called("POST") + stage.called("PUT")


def test_the_first_plan_becomes_a_note(stage: Stage) -> None:
    """And stands in the log."""
    answer = plan(stage, Answer("markdown", PLAN))
    assert (0, PLAN) == (answer.returncode, answer.stdout)
    expected = ["schedrun", "plan", "--base", "abc", "--format", "markdown", "--fail-on", "error"]
    assert expected == stage.calls[0].argv
    (call,) = written(stage)
    assert ("POST", NOTES, NOTE) == (call.argv[call.argv.index("--request") + 1], call.argv[-1], call.body)


def test_a_merged_result_is_compared_with_the_target_it_was_made_from(stage: Stage) -> None:
    """What others merged since the merge request began is no part of this change."""
    plan(stage, CI_MERGE_REQUEST_TARGET_BRANCH_SHA="def", SCHEDRUN_FAIL_ON="")
    assert ["schedrun", "plan", "--base", "def", "--format", "markdown"] == stage.calls[0].argv


def test_later_plans_update_the_note_of_this_token(stage: Stage) -> None:
    """Found on any page; what others wrote, and what is kept for other manifests, is left alone."""
    first = notes((1, 99, NOTE), (2, 11, f"see {NOTE}"), (4, 11, PLAN), (5, 11, kept(PLAN, "other")))
    pages = (Answer("&page=1", first, header="HTTP/2 200\nx-next-page: 2\r\n"), Answer("&page=2", notes((3, 11, NOTE))))
    assert 0 == plan(stage, Answer("markdown", PLAN), *pages).returncode
    (call,) = written(stage)
    assert ("PUT", f"{NOTES}/3", NOTE) == (call.argv[call.argv.index("--request") + 1], call.argv[-1], call.body)


def test_a_note_that_is_outdated_says_so(stage: Stage) -> None:
    """Once nothing changes any more; where there was none, none is written."""
    plan(stage)
    assert [] == written(stage)
    plan(stage, Answer("notes?", notes((3, 11, NOTE))))
    outdated = kept(f"{MARKER}\nThe manifests change no job any more.\n", "manifests")
    assert [outdated] == [call.body for call in written(stage)]


def test_a_plan_with_errors_is_shown_and_fails(stage: Stage) -> None:
    """Who reads the note sees why."""
    assert 1 == plan(stage, Answer("markdown", PLAN, code=1)).returncode
    assert [NOTE] == [call.body for call in written(stage)]


@pytest.mark.parametrize("failure", [Answer("markdown", "", code=1), Answer("markdown", "half", code=2)])
def test_no_plan_is_no_news(stage: Stage, failure: Answer) -> None:
    """A failure does not say that nothing changes."""
    assert failure.code == plan(stage, failure, Answer("notes?", notes((3, 11, NOTE)))).returncode
    assert [] == stage.called("curl")


@pytest.mark.parametrize("refused", ["v4/user", "notes?", "POST"])
def test_a_token_that_may_not_write_is_told(stage: Stage, refused: str) -> None:
    """The job does not fail for it."""
    answer = plan(stage, Answer("markdown", PLAN), Answer(refused, "", code=22))
    assert 0 == answer.returncode
    assert "SCHEDRUN_TOKEN cannot write notes" in answer.stderr


def test_without_a_token_the_log_is_all(stage: Stage) -> None:
    """Nobody is asked."""
    assert PLAN == plan(stage, Answer("markdown", PLAN), token="").stdout
    assert [] == stage.called("curl")


def test_the_token_stands_in_no_process_list(stage: Stage) -> None:
    """Arguments can be read by everybody on the machine."""
    plan(stage, Answer("markdown", PLAN))
    assert stage.called("curl")
    assert [] == stage.called(TOKEN)
