"""`init`, `render` and `schema`: the commands that print or write manifests."""

import json
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Call


@pytest.mark.parametrize("arguments", [(), ("jobs/here",)])
def test_init_writes_a_manifest_that_validates(call: Call, arguments: tuple[str, ...]) -> None:
    """The first manifest has no fault, and commands after it find its jobs."""
    folder = arguments[0] if arguments else "manifests"
    assert call("init", *arguments).code == 0
    assert call("validate", folder).stdout.startswith("1 file, 2 jobs, now ")
    assert call("next", "--manifests", folder, "-n", "1").code == 0


def test_init_overwrites_nothing(call: Call, tmp_path: Path) -> None:
    """The second call names the file and leaves it as it is."""
    call("init")
    path = tmp_path / "manifests" / "example.yaml"
    path.write_text("mine")
    answer = call("init")
    assert answer.code == 1
    assert "nothing is overwritten: manifests/example.yaml" in answer.stderr
    assert path.read_text() == "mine"


def test_init_into_a_file_is_one_line(call: Call, tmp_path: Path) -> None:
    """What the system refuses is said with the path."""
    (tmp_path / "taken").write_text("")
    answer = call("init", "taken")
    assert answer.code == 1
    assert answer.stderr == "Error: taken: File exists\n"


def test_render_prints_what_validate_accepts(call: Call, manifests: Path, tmp_path: Path) -> None:
    """And rendering it again changes nothing."""
    once = call("render")
    assert once.code == 0
    assert "timezone: Europe/Berlin" in once.stdout
    (tmp_path / "full.yaml").write_text(once.stdout)
    assert call("validate", "full.yaml").stdout.startswith("1 file, 2 jobs, now ")
    assert once.stdout == call("render", "full.yaml").stdout


def test_render_in_json(call: Call, manifests: Path) -> None:
    """One object, alone on stdout; its documents are those of the YAML."""
    view = call("render", "--format", "json").json
    assert {"schema_version", "documents"} == set(view)
    assert list(yaml.safe_load_all(call("render").stdout)) == view["documents"]


def test_render_leaves_broken_files_out(call: Call, broken: Path) -> None:
    """They are named on stderr, and the exit code says that something is missing."""
    answer = call("render")
    assert answer.code == 1
    assert "close-day" in answer.stdout
    assert "counted" not in answer.stdout
    assert "error[SR101]" in answer.stderr


def test_render_of_a_missing_path_exits_2(call: Call) -> None:
    """Usage."""
    assert call("render", "nowhere").code == 2


def test_schema_is_a_json_schema(call: Call) -> None:
    """Draft-07, which editors know."""
    answer = call("schema")
    assert answer.code == 0
    assert "draft-07" in json.loads(answer.stdout)["$schema"]
