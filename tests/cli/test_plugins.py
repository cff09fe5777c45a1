"""Plugins of Pydantic: they watch the models of applications, and cost no command its start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click import Context

from schedrun.cli.main import cli

_MANIFEST = """\
schedrun: v1
name: team
jobs:
  one: {schedule: {every: 1h}, target: {command: [echo]}}
"""
_MODEL_OF_AN_APPLICATION = """\
from click import Context
from schedrun.cli.main import cli

cli.get_command(Context(cli), "validate")

from pydantic import BaseModel

class Model(BaseModel):
    name: str
"""
_PLUGIN = """\
class Plugin:
    def new_schema_validator(self, schema, schema_type, schema_type_path, schema_kind, config, plugin_settings):
        print("watches", schema_type.__name__)
        return None, None, None

plugin = Plugin()
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Return a folder in which a plugin is installed that tells what it watches."""
    (tmp_path / "watcher.py").write_text(_PLUGIN)
    info = tmp_path / "watcher-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: watcher\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[pydantic]\nwatcher = watcher:plugin\n")
    return tmp_path


def _printed(installed: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(installed), *sys.path))}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_models_of_applications_are_watched_and_ours_are_not(installed: Path) -> None:
    """Whatever was imported before."""
    assert _printed(installed, "-c", _MODEL_OF_AN_APPLICATION) == "watches Model\n"


def test_a_command_asks_no_plugin(installed: Path) -> None:
    """It reads manifests without anything that happens to be installed."""
    manifest = installed / "team.yaml"
    manifest.write_text(_MANIFEST)
    assert "watches" not in _printed(installed, "-m", "schedrun", "validate", str(manifest))


@pytest.mark.parametrize("before", [None, "logfire-plugin"])
def test_what_the_environment_says_of_plugins_stays(monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    """Jobs inherit it."""
    monkeypatch.delenv("PYDANTIC_DISABLE_PLUGINS", raising=False)
    if before is not None:
        monkeypatch.setenv("PYDANTIC_DISABLE_PLUGINS", before)
    cli.get_command(Context(cli), "validate")
    assert before == os.environ.get("PYDANTIC_DISABLE_PLUGINS")
