"""Manifests read for an answer: in the checkout of a CI service no link leads out of it."""

from pathlib import Path

import pytest

from tests.cli.conftest import GOOD, Call

READING = [
    pytest.param("forecast", id="forecast"),
    pytest.param("render", id="render"),
    pytest.param("next --manifests", id="next"),
    pytest.param("plan --state s.db", id="plan"),
    pytest.param("export --to crontab", id="export"),
]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a checkout as the current folder, beside it a file that is nobody's business."""
    (tmp_path / "beyond.yaml").write_text("root:x:0:0")
    folder = tmp_path / "checkout"
    (folder / "jobs").mkdir(parents=True)
    (folder / "jobs" / "good.yaml").write_text(GOOD)
    (folder / "jobs" / "link.yaml").symlink_to("../../beyond.yaml")
    (folder / "itself.yaml").symlink_to("../beyond.yaml")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("command", READING)
@pytest.mark.parametrize("path", ["jobs", "itself.yaml"])
def test_nothing_of_a_file_beyond_the_checkout_is_shown(
    call: Call, checkout: Path, monkeypatch: pytest.MonkeyPatch, command: str, path: str
) -> None:
    """A stranger's link would put the beginning of any file into a public log."""
    monkeypatch.setenv("GITHUB_WORKSPACE", str(checkout))
    result = call(*command.split(), path)
    assert "leads out of" in result.stderr + result.stdout
    assert "root:x" not in result.stderr + result.stdout


@pytest.mark.parametrize("command", ["forecast", "render", "next --manifests"])
def test_elsewhere_links_are_followed(call: Call, checkout: Path, command: str) -> None:
    """As `run` follows them, so that an answer is about what runs."""
    (checkout.parent / "beyond.yaml").write_text(GOOD.replace("name: billing", "name: beyond"))
    answer = call(*command.split(), "jobs")
    assert (0, True) == (answer.code, "beyond" in answer.stdout)
