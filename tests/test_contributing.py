"""The map of the house in CONTRIBUTING.md."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_map_has_the_layers_that_are_checked() -> None:
    """Each on its line, and in their order."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = [each["layers"] for each in contracts if each["name"].startswith("Layers: ")]
    house = (ROOT / "CONTRIBUTING.md").read_text().partition("## The house")[2].partition("```text\n")[2]
    lines = house.partition("```")[0].splitlines()
    named = [line.partition("  ")[0] for line in lines if not line.startswith(" ")]
    assert layers == named
