"""The files for CI that the README shows to be copied: well formed, and of one mind with what is offered."""

from typing import Any

import yaml

from tests.share.conftest import ROOT
from tests.test_readme import README, blocks


def shown(name: str) -> Any:
    """Return the file that the README shows under this name."""
    (text,) = (block for block in blocks(README, "yml") if block.startswith(f"# {name}\n"))
    return yaml.safe_load(text)


def test_the_workflow_uses_inputs_that_the_action_has() -> None:
    """And grants what a comment needs."""
    workflow = shown(".github/workflows/schedrun.yml")
    (step,) = (each for each in workflow["jobs"]["schedrun"]["steps"] if "schedrun@" in each["uses"])
    inputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    assert set() == set(step["with"]) - set(inputs)
    assert set() == {name for name in inputs if f"`{name}`" not in README} - set(step["with"])
    assert {"contents": "read", "pull-requests": "write"} == workflow["permissions"]
    assert ["pull_request"] == list(workflow[True])  # YAML 1.1 reads `on` so


def test_the_pipeline_sets_variables_that_the_template_has() -> None:
    """A variable of another name would do nothing."""
    template = yaml.safe_load((ROOT / "schedrun/share/gitlab/schedrun.gitlab-ci.yml").read_text(encoding="utf-8"))
    assert set() == set(shown(".gitlab-ci.yml")["variables"]) - set(template["variables"])


def test_the_hook_is_one_that_is_offered() -> None:
    """By its id."""
    offered = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (repo,) = shown(".pre-commit-config.yaml")["repos"]
    assert {hook["id"] for hook in repo["hooks"]} <= {hook["id"] for hook in offered}
