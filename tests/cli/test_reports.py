"""Reports in files, the step summary, and where paths begin."""

import json
import os
from pathlib import Path
from xml.etree import ElementTree as ET

import click
import pytest

from schedrun.cli import reports
from schedrun.cli.reports import Format, Target
from tests.cli.conftest import GOOD, Call

NOW = ("--now", "2026-11-23T12:00:00Z")


def test_several_reports_in_one_run(call: Call, broken: Path, tmp_path: Path) -> None:
    """Each in its file, and stdout as --format says."""
    answer = call("validate", *NOW, "--report", "sarif=out.sarif", "--report", "junit=out.xml", "--format", "concise")
    assert 1 == answer.code
    assert answer.stdout.splitlines()[-1] == "1 error, 0 warnings"
    (result,) = json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]
    assert "SR101" == result["ruleId"]
    assert "1" == ET.parse(tmp_path / "out.xml").getroot().get("failures")


@pytest.mark.parametrize("wanted", Format)
def test_a_file_holds_what_a_pipe_would_get(call: Call, broken: Path, tmp_path: Path, wanted: Format) -> None:
    """Word by word."""
    answer = call("validate", *NOW, "--report", f"{wanted}=out", "--format", str(wanted))
    assert answer.stdout == (tmp_path / "out").read_text(encoding="utf-8")


@pytest.mark.parametrize("wanted", Format)
@pytest.mark.parametrize("file", ["nowhere/out", "manifests"], ids=["no-folder", "a-folder"])
def test_a_report_that_cannot_be_written_exits_2(call: Call, manifests: Path, wanted: Format, file: str) -> None:
    """One clear error, whatever was found; nothing on stdout that would say otherwise."""
    answer = call("validate", "--report", f"{wanted}={file}")
    assert (2, "") == (answer.code, answer.stdout)
    assert answer.stderr.startswith(f"Error: the report {wanted}={file} cannot be written: ")
    assert 1 == answer.stderr.count("\n")


def test_a_report_is_not_written_over_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where stdout is a file."""
    with (tmp_path / "out").open("w") as printed:
        monkeypatch.setattr("sys.stdout", printed)
        targets = [Target(Format.JSON, tmp_path / "out")]
        with pytest.raises(click.UsageError, match="that file is where stdout goes"):
            reports.check_targets(targets, manifests=(), baseline=None)


def test_a_device_takes_a_report_and_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither overwrites the other."""
    with Path("/dev/null").open("w") as printed:
        monkeypatch.setattr("sys.stdout", printed)
        reports.check_targets([Target(Format.JSON, Path("/dev/null"))], manifests=(), baseline=None)


@pytest.fixture
def many(manifests: Path) -> Path:
    """Return a manifest with twelve errors, in lines 7 to 18."""
    fields = "".join(f"    wrong-{number}: 1\n" for number in range(12))
    path = manifests / "billing.yaml"
    path.write_text(GOOD.replace("    description: Close yesterday's invoices\n", f"    owner: a\n{fields}"))
    return path


def test_what_gets_no_annotation_goes_to_the_step_summary(
    call: Call, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line a finding with code, file and line, below what other steps' tools wrote."""
    summary = tmp_path / "summary.md"
    summary.write_text("<b>before</b>")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    answer = call("validate", "--format", "github")
    assert 1 == answer.code
    assert 10 == answer.stdout.count("::error file=")
    assert 11 == len(answer.stdout.splitlines())
    before, gap, *lines = summary.read_text().splitlines()
    assert ("<b>before</b>", "") == (before, gap)
    assert ["- error SR101 `manifests/billing.yaml:17:5`", "- error SR101 `manifests/billing.yaml:18:5`"] == [
        line.partition(" unknown")[0] for line in lines if line.startswith("- ")
    ]


@pytest.mark.parametrize("summary", [None, "nowhere/summary.md"], ids=["none", "unwritable"])
def test_without_a_summary_the_rest_stands_on_stdout(
    call: Call, many: Path, monkeypatch: pytest.MonkeyPatch, summary: str | None
) -> None:
    """No finding is lost."""
    if summary is not None:
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", summary)
    *_, first, second, tally = call("validate", "--format", "github").stdout.splitlines()
    assert first.startswith("manifests/billing.yaml:17:5: error[SR101] ")
    assert second.startswith("manifests/billing.yaml:18:5: error[SR101] ")
    assert "12 errors, 0 warnings" == tally


def test_few_findings_leave_the_summary_alone(
    call: Call, broken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They all have annotations."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    call("validate", "--format", "github")
    assert not (tmp_path / "summary.md").exists()


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
@pytest.mark.parametrize("linked", [False, True], ids=["folder", "link"])
def test_paths_begin_at_the_top_of_the_checkout(
    call: Call, broken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, linked: bool
) -> None:
    """Whatever folder the step runs in, and however the checkout is reached."""
    root = tmp_path
    if linked:
        root = tmp_path.parent / f"{tmp_path.name}-link"
        root.symlink_to(tmp_path)
    monkeypatch.setenv(variable, str(root))
    monkeypatch.chdir(tmp_path / "manifests")
    expected = "manifests/stock.yaml"
    for name in (".", str(root / "manifests")):
        assert f"::error file={expected}," in call("validate", name, "--format", "github").stdout
        (finding,) = json.loads(call("validate", name, "--format", "gitlab").stdout)
        assert expected == finding["location"]["path"]
        (run,) = call("validate", name, "--format", "sarif").json["runs"]
        location = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        assert {"uri": expected, "uriBaseId": "%SRCROOT%"} == location


@pytest.mark.parametrize("wanted", Format)
def test_a_file_name_that_is_no_text_breaks_no_format(
    call: Call, manifests: Path, tmp_path: Path, wanted: Format
) -> None:
    """Names are bytes; what is no text in them is written out, in the file as well."""
    (manifests / os.fsdecode(b"a\xff\n\x1b.yaml")).write_text("a: 1\n")
    answer = call("validate", "--format", str(wanted), "--report", f"{wanted}=out")
    assert (1, "") == (answer.code, answer.stderr)
    assert "name is not UTF-8" in (tmp_path / "out").read_text(encoding="utf-8")
    assert "\x1b" not in answer.stdout
