"""`schedrun validate`: exit codes, the seven keys of a finding, one line a finding."""

from pathlib import Path

import pytest

from tests.cli.conftest import Call


def test_good_manifests_exit_0(call: Call, manifests: Path) -> None:
    """The default folder is manifests/, the last line agrees with the exit code."""
    answer = call("validate")
    assert (0, "ok: 1 file, 2 jobs\n", "") == (answer.code, answer.stdout, answer.stderr)


def test_findings_exit_1(call: Call, broken: Path) -> None:
    """Each finding names its file, line and column."""
    answer = call("validate", "manifests")
    assert answer.code == 1
    assert answer.stdout.startswith("manifests/stock.yaml:6:5: error[SR101] ")
    assert answer.stdout.splitlines()[-1].startswith("not ok: 1 error; ")


def test_json_stands_alone(call: Call, broken: Path) -> None:
    """All keys of the answer and of a finding."""
    answer = call("validate", "--format", "json")
    assert answer.code == 1
    assert {"schema_version", "ok", "files", "jobs", "findings"} == set(answer.json)
    assert (1, False, 2, 2) == tuple(answer.json[key] for key in ("schema_version", "ok", "files", "jobs"))
    (finding,) = answer.json["findings"]
    assert {"code", "severity", "file", "line", "column", "message", "hint"} == set(finding)
    assert ("SR101", "error", "manifests/stock.yaml", 6, 5) == (
        *(finding["code"], finding["severity"], finding["file"]),
        *(finding["line"], finding["column"]),
    )


def test_json_of_good_manifests(call: Call, manifests: Path) -> None:
    """Nothing found is an empty list."""
    expected = {"schema_version": 1, "ok": True, "files": 1, "jobs": 2, "findings": []}
    assert expected == call("validate", "manifests", "--format", "json").json


def test_takes_files_and_folders(call: Call, manifests: Path, broken: Path) -> None:
    """A file that is named alone is checked alone."""
    assert call("validate", str(manifests / "billing.yaml")).code == 0
    assert call("validate", str(manifests / "billing.yaml"), str(broken)).code == 1


def test_the_environment_may_name_the_paths(call: Call, manifests: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SCHEDRUN_PATHS stands in for paths that are not given, split at `:`."""
    monkeypatch.setenv("SCHEDRUN_PATHS", "manifests:elsewhere")
    assert "elsewhere" in call("validate").stderr
    assert 0 == call("validate", "manifests").code


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


def test_an_unknown_format_exits_2(call: Call, manifests: Path) -> None:
    """Usage."""
    assert call("validate", "--format", "xml").code == 2


def test_needs_no_state(call: Call, manifests: Path, tmp_path: Path) -> None:
    """Nothing is written."""
    call("validate")
    assert [manifests] == list(tmp_path.iterdir())


def test_follows_no_link_out_of_a_path(call: Call, manifests: Path, tmp_path: Path) -> None:
    """A stranger's link shows nothing of what it leads to; what may be linked can be named itself."""
    (tmp_path / "secret.yaml").write_text("password: hunter2\n")
    (manifests / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    answer = call("validate")
    assert 1 == answer.code
    assert "manifests/link.yaml:1:1: error[SR001] this link leads out of the given path" in answer.stdout
    assert "password" not in answer.stdout


def test_a_path_may_itself_be_a_link(call: Call, manifests: Path, tmp_path: Path) -> None:
    """Who names a link means what it leads to, and links inside of that are fine."""
    (tmp_path / "current").symlink_to(manifests)
    (manifests / "billing-again.yaml").symlink_to("billing.yaml")
    assert (0, "ok: 1 file, 2 jobs\n") == (call("validate", "current").code, call("validate", "current").stdout)


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
