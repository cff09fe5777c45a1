"""The map of the house in CONTRIBUTING.md."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_map_has_the_layers_that_are_checked() -> None:
    """Each on its line, and in their order."""
    named = [line.partition("  ")[0] for line in _map() if not line.startswith(" ")]
    assert _checked("Layers: imports point down only") == named


def test_the_map_has_the_layers_of_the_core() -> None:
    """On one line; those in brackets may be missing."""
    layers = [layer for layer in _checked("Layers of the core") if not layer.startswith("(")]
    assert " > ".join(layers) in [line.strip() for line in _map()]


def _checked(name: str) -> list[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = [each["layers"] for each in contracts if each["name"] == name]
    return list(layers)


def _map() -> list[str]:
    house = (ROOT / "CONTRIBUTING.md").read_text().partition("## The house")[2].partition("```text\n")[2]
    return house.partition("```")[0].splitlines()
