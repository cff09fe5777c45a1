"""The editors' schema: fresh, well formed, and of one mind with the models."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest
import regress
import yaml
from hypothesis import given
from hypothesis import strategies as st

from schedrun.manifest.schema import manifest_schema
from tests.manifest.findings import GOOD, HEAD, findings, one_job

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "schemas" / "manifest.schema.json"


def _patterned(_validator: object, pattern: str, text: object, _schema: object) -> Iterator[Any]:
    """Read patterns as editors do: in ECMA 262, and as Unicode, where they try that first."""
    if isinstance(text, str) and regress.Regex(pattern, "u").find(text) is None:
        yield jsonschema.ValidationError(f"{text!r} does not match {pattern!r}")


Validator = jsonschema.validators.extend(jsonschema.Draft7Validator, {"pattern": _patterned})
VALIDATOR = Validator(manifest_schema())


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    """Build a validator of the schema."""
    return VALIDATOR


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
        (one_job(f"schedule: {{cron: '@Daily'}}, {_T}"), False),
        (one_job(f"schedule: {{cron: '60 * * * *'}}, {_T}"), False),
        (one_job(f"schedule: {{cron: '0 2 * * fri,mon#2,5L'}}, {_T}"), True),
        (one_job(f"schedule: {{cron: '0, 2 * * *'}}, {_T}"), False),
        (one_job(f"schedule: {{cron: '0 2 * * * *'}}, {_T}"), False),
        (one_job(f"schedule: {{every: 0s}}, {_T}"), False),
        (one_job(f"{_S}, {_T}, timeout: 0h0m"), False),
        (one_job(f"{_S}, {_T}, misfire: {{grace: 0s}}, kill_after: 0s, retries: {{backoff: 0s}}"), True),
        (one_job(f"{_S}, target: {{python: 'a.b.c'}}"), False),
        (one_job(f"{_S}, target: {{python: 'a.b:'}}"), False),
        (one_job(f"{_S}, target: {{http: {{url: 'ftp://x'}}}}"), False),
        (one_job(f"{_S}, target: {{http: {{url: x.example}}}}"), False),
        (one_job(f"{_S}, target: {{http: {{url: 'https://'}}}}"), False),
        (one_job(f"{_S}, target: {{http: {{url: 'http://x', headers: {{'A B': c}}}}}}"), False),
        (one_job(f"{_S}, target: {{command: [ls], env: {{'A=B': c}}}}"), False),
        (one_job(f"{_S}, target: {{command: [ls], env: {{A: {{from_env: SCHEDRUN_A}}}}}}"), False),
        (one_job(f"{_S}, target: {{command: [ls], env: {{A: {{from_file: b}}}}}}"), False),
        (one_job(f"{_S}, {_T}, on_failure: [{{slack: ftp://x}}]"), False),
        (one_job(f"{_S}, {_T}, on_failure: [{{email: [ann]}}]"), False),
        (one_job(f"{_S}, {_T}, on_late: [{{apprise: discord}}]"), False),
        (one_job(f"{_S}, {_T}, on_late: [{{apprise: 'discord://a/b'}}, {{webhook: {{from_env: A}}}}]"), True),
        (one_job(f"{_S}, {_T}, monitor: {{url: hc-ping.com}}"), False),
        (one_job(f"{_S}, target: {{python: 'a:b'}}, retries: {{max: 1, when: {{exceptions: [e.aÉ]}}}}"), True),
    ],
)
def test_schema_and_models_agree(text: str, good: bool, validator: jsonschema.Draft7Validator) -> None:
    """What editors mark is what validation reports."""
    assert (good, good) == (findings(text) == (), validator.is_valid(yaml.safe_load(text)))


def _near(*good: str) -> st.SearchStrategy[str]:
    """Return texts that belong into a field, as they are or with one letter more, less or in place of another."""
    letters = st.sampled_from(["", *sorted({*"".join(good), *"\u00e9\u0660\u017f\U0001d49c\n \t0.:@/-=_A"})])
    return st.builds(
        lambda text, place, letter, cut: text[:place] + letter + text[place + cut :],
        st.sampled_from(good),
        st.integers(0, 30),
        letters,
        st.integers(0, 1),
    )


_DURATIONS = _near("0s", "1h30m", "90s", "1w2d3h4m5s6ms", "0h1m", "00d")
_WEB = ("https://x.example/p?q=1#f", "HTTP://u:p@x:8080", "http://[::1]/", "http://127.0.0.1", "http://m\u00fcnchen.de")
_VARIABLES = ("TOKEN", "a.b", "A B", "SCHEDRUN")
_FIELDS: dict[str, tuple[str, st.SearchStrategy[str]]] = {
    "cron": (
        f"schedule: {{cron: TEXT}}, {_T}",
        _near(
            "17 4 * * mon-fri",
            "*/5 0-23/2 1,15,L jan,FEB *",
            " 0 0 lw * 7\n",
            "007 2 * * Mon#2,5L",
            "@daily",
            "@weekly ",
        ),
    ),
    "every": (f"schedule: {{every: TEXT}}, {_T}", _DURATIONS),
    "grace": (f"{_S}, {_T}, misfire: {{grace: TEXT}}", _DURATIONS),
    "python": (f"{_S}, target: {{python: TEXT}}", _near("a:b", "billing.tasks:Close.run", "a_1.b2:_c")),
    "exception": (
        f"{_S}, target: {{python: 'a:b'}}, retries: {{max: 1, when: {{exceptions: [TEXT]}}}}",
        _near("OSError", "json.JSONDecodeError", "a_1.B2"),
    ),
    "variable": (f"{_S}, target: {{command: [a], env: {{A: {{from_env: TEXT}}}}}}", _near(*_VARIABLES)),
    "file": (f"{_S}, target: {{command: [a], env: {{A: {{from_file: TEXT}}}}}}", _near("/run/secrets/a", "/")),
    "env": (f"{_S}, target: {{command: [a], env: {{TEXT: b}}}}", _near(*_VARIABLES)),
    "header": (
        f"{_S}, target: {{http: {{url: 'http://x', headers: {{TEXT: b}}}}}}",
        _near("X-Request-Id", "a!#$%&'*+.^_`|~"),
    ),
    "url": (f"{_S}, target: {{http: {{url: TEXT}}}}", _near(*_WEB)),
    "webhook": (f"{_S}, {_T}, on_failure: [{{webhook: TEXT}}]", _near(*_WEB)),
    "email": (f"{_S}, {_T}, on_failure: [{{email: [TEXT]}}]", _near("a@b.example", "m\u00fcller+x@m\u00fcnchen.de")),
    "apprise": (
        f"{_S}, {_T}, on_failure: [{{apprise: TEXT}}]",
        _near("discord://a/b", "Mailtos://u:p@x?a=b", "a+b.c-1://d"),
    ),
    "at": (
        f"schedule: {{at: TEXT}}, timezone: UTC, {_T}",
        _near("2030-12-01T02:00:00Z", "2030-12-01 02:00", "2030-12-01t02:00:00.123456+00:00"),
    ),
    "size": (
        f"{_S}, target: {{python: 'a:b'}}, isolation: process, memory_limit: TEXT",
        _near("256M", "1.5GiB", "100KB"),
    ),
    "time": (f"{_S}, {_T}, must_finish_by: TEXT", _near("06:00", "23:59")),
    "bound": (f"{_S}, {_T}, expect: [{{never_between: ['00:00', TEXT]}}]", _near("24:00", "06:00", "23:59:59")),
    "never": (f"{_S}, {_T}, expect: [{{never_at: TEXT}}]", _near("03:30", "2030-12-01T02:30:00Z", "03:30:15")),
    "day": (f"{_S}, {_T}, expect: [{{never_on: TEXT}}]", _near("sat", "2026-12-24")),
    "name": (f"{_S}, {_T}, group: TEXT", _near("a", "fx-api.1_b", "a" * 63)),
    "old name": (f"{_S}, {_T}, moved_from: TEXT", _near("a", "billing/close-day")),
}


@pytest.mark.parametrize("field", _FIELDS)
@given(data=st.data())
def test_the_schema_refuses_nothing_that_is_valid(field: str, data: st.DataObject) -> None:
    """Whatever stands in a field: an editor that marks what runs is worse than none."""
    fields, texts = _FIELDS[field]
    text = one_job(fields.replace("TEXT", json.dumps(data.draw(texts), ensure_ascii=False)))
    if findings(text) == ():
        VALIDATOR.validate(yaml.safe_load(text))
