"""The editors' schema: fresh, well formed, and of one mind with the models."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest
import yaml

from schedrun.manifest.schema import manifest_schema
from tests.manifest.findings import GOOD, HEAD, findings, one_job

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "schemas" / "manifest.schema.json"


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    """Build a validator of the schema."""
    return jsonschema.Draft7Validator(manifest_schema())


def test_the_file_is_fresh() -> None:
    """`make schemas` writes it."""
    assert json.dumps(manifest_schema(), indent=2) + "\n" == SCHEMA.read_text()


def test_the_schema_is_a_schema() -> None:
    """Draft-07's own schema accepts it."""
    jsonschema.Draft7Validator.check_schema(manifest_schema())
    assert "http://json-schema.org/draft-07/schema#" == manifest_schema()["$schema"]


def test_nothing_stands_beside_a_reference() -> None:
    """Draft-07 would ignore it."""
    assert [] == [node for node in _mappings(manifest_schema()) if "$ref" in node and len(node) > 1]


def test_every_field_says_what_it_is_for_and_its_default_is_one() -> None:
    """Editors show the one, and insert the other."""
    schema = manifest_schema()
    fields = [
        (f"{model}.{name}", field)
        for model, said in schema["definitions"].items()
        for name, field in said.get("properties", {}).items()
    ]
    assert [] == [name for name, field in fields if "description" not in field and "const" not in field]
    for name, field in fields:
        if "default" in field:
            known = jsonschema.Draft7Validator({**field, "definitions": schema["definitions"]})
            assert known.is_valid(field["default"]), name


def _mappings(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [found for item in value for found in _mappings(item)]
    if not isinstance(value, dict):
        return []
    return [value, *(found for item in value.values() for found in _mappings(item))]


@pytest.mark.parametrize("path", sorted((ROOT / "manifests").glob("*.yaml")), ids=lambda path: path.name)
def test_the_examples_are_good(path: Path, validator: jsonschema.Draft7Validator) -> None:
    """Each of their documents."""
    for document in yaml.safe_load_all(path.read_text()):
        validator.validate(document)


_S, _T = "schedule: {cron: '0 2 * * *'}", "target: {command: [ls]}"


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (f"{HEAD}jobs: {{}}\n", True),
        (f"{HEAD}x-any: 1\nlabels: {{a: b}}\ndefaults: null\njobs: {{a: {GOOD}}}\n", True),
        (
            f"{HEAD}defaults: {{target: {{env: {{A: b}}, headers: {{H: {{from_env: X}}}}}}}}\njobs: {{}}\n",
            True,
        ),
        (f"{HEAD}defaults: {{paused: true}}\njobs: {{}}\n", False),
        (f"{HEAD}defaults: {{target: {{http: {{}}}}}}\njobs: {{}}\n", False),
        (f"{HEAD}jobs: {{A: {GOOD}}}\n", False),
        (f"{HEAD}jobs: {{a: null}}\n", False),
        (f"{HEAD}jobs: null\n", False),
        (f"{HEAD}job: {{}}\njobs: {{}}\n", False),
        ("schedrun: v2\nname: s\njobs: {}\n", False),
        ("schedrun: v1\nname: S S\njobs: {}\n", False),
        ("schedrun: v1\njobs: {}\n", False),
        (one_job(f"{_S}, {_T}"), True),
        (one_job(_S), False),
        (one_job(_T), False),
        (one_job(f"{_S}, {_T}, timeout: null, labels: {{a: null}}, overlap: null, misfire: {{grace: null}}"), True),
        (one_job(f"{_S}, {_T}, timeout: 90"), False),
        (one_job(f"{_S}, {_T}, timeout: '90'"), False),
        (one_job(f"{_S}, {_T}, timeout: ''"), False),
        (one_job(f"{_S}, {_T}, timout: 1m"), False),
        (one_job(f"{_S}, {_T}, max_instances: 2"), True),
        (one_job(f"{_S}, {_T}, max_instances: 0"), False),
        (one_job(f"{_S}, {_T}, max_instances: '2'"), False),
        (one_job(f"{_S}, {_T}, overlap: replace, remove: confirm"), True),
        (one_job(f"{_S}, {_T}, overlap: never"), False),
        (one_job(f"{_S}, {_T}, misfire: {{catch_up: all, catch_up_limit: 5}}"), True),
        (one_job(f"{_S}, {_T}, misfire: {{catch_up: some}}"), False),
        (one_job(f"{_S}, {_T}, paused: true"), True),
        (one_job(f"{_S}, {_T}, paused: {{reason: x, until: '2030-01-01T00:00:00Z'}}"), True),
        (one_job(f"{_S}, {_T}, paused: {{until: soon}}"), False),
        (one_job(f"{_S}, {_T}, paused: 'true'"), False),
        (
            one_job(f"{_S}, {_T}, expect: [{{never_on: sat}}, {{never_on: [sun, '2026-12-24']}}, {{gap_at_most: 3d}}]"),
            True,
        ),
        (one_job(f"{_S}, {_T}, expect: [{{never_at: '02:30'}}, {{never_between: ['22:00', '24:00']}}]"), True),
        (one_job(f"{_S}, {_T}, expect: [{{at_most: 1, per: day, horizon: 90d}}, {{at_least: 1, per: month}}]"), True),
        (one_job(f"{_S}, {_T}, expect: [{{fires_at: '2026-12-01T02:00:00Z'}}]"), True),
        (one_job(f"{_S}, {_T}, expect: {{never_on: sat}}"), False),
        (one_job(f"{_S}, {_T}, expect: [{{never_on: sunday}}]"), False),
        (one_job(f"{_S}, {_T}, expect: [{{never_between: ['22:00']}}]"), False),
        (one_job(f"{_S}, {_T}, expect: [{{at_most: 1}}]"), False),
        (one_job(f"{_S}, {_T}, expect: [{{fires_at: '2026-12-01T02:00:00Z', horizon: 1d}}]"), False),
        (one_job(f"{_S}, {_T}, moved_from: other/old"), True),
        (one_job(f"{_S}, {_T}, moved_from: Old"), False),
        (one_job(f"schedule: {{every: 5m, anchor: '2026-01-01T00:00:00Z', spread: 1m}}, {_T}"), True),
        (one_job(f"schedule: {{cron: '@daily', anchor: '2026-01-01T00:00:00Z'}}, {_T}"), False),
        (one_job(f"schedule: {{cron: '@daily', every: 5m}}, {_T}"), False),
        (one_job(f"schedule: {{}}, {_T}"), False),
        (one_job(f"schedule: {{at: tomorrow}}, {_T}"), False),
        (
            one_job(f"{_S}, target: {{shell: ls, interpreter: [bash, -c], env: {{A: null, B: {{from_file: /x}}}}}}"),
            True,
        ),
        (one_job(f"{_S}, target: {{shell: ls, command: [ls]}}"), False),
        (one_job(f"{_S}, target: {{command: []}}"), False),
        (one_job(f"{_S}, target: {{command: [ls], env: {{A: 5}}}}"), False),
        (one_job(f"{_S}, target: {{command: [ls], env: {{A: {{from_env: X, from_file: Y}}}}}}"), False),
        (one_job(f"{_S}, target: {{python: 'a.b:c', args: [1, null], kwargs: {{k: null}}}}"), True),
        (one_job(f"{_S}, target: {{python: 'a.b:c', env: {{}}}}"), False),
        (
            one_job(f"{_S}, target: {{http: {{url: {{from_env: U}}, method: POST, json: [1], headers: {{A: b}}}}}}"),
            True,
        ),
        (one_job(f"{_S}, target: {{http: {{url: 'http://u', method: post}}}}"), False),
        (one_job(f"{_S}, target: {{http: {{}}}}"), False),
    ],
)
def test_schema_and_models_agree(text: str, good: bool, validator: jsonschema.Draft7Validator) -> None:
    """What editors mark is what validation reports."""
    assert (good, good) == (findings(text) == (), validator.is_valid(yaml.safe_load(text)))
