"""Manifests with everything filled in."""

import json

import yaml

from schedrun.manifest.document import rendered
from tests.manifest.findings import GOOD, HEAD, loaded

TEXT = f"""{HEAD}labels: {{team: a}}
defaults: {{timeout: 10m, overlap: allow}}
jobs:
  one: {GOOD}
  two:
    schedule: {{every: 5m, spread: 10s}}
    overlap: queue
    target:
      http: {{url: "https://x.y", headers: {{A: {{from_env: B}}}}, json: {{k: null, v: [1]}}}}
    paused: {{reason: why}}
---
schedrun: v1
name: t
jobs: {{three: {{schedule: {{at: "2030-01-01T00:00:00Z"}}, target: {{python: "a:b", kwargs: {{k: null}}}}}}}}
"""


def test_fills_in_defaults_and_keeps_references() -> None:
    """One document a set; secrets stay references; nulls in arguments and bodies stay."""
    documents = rendered(loaded(a=TEXT))
    assert ["s", "t"] == list(documents)
    one, two = documents["s"]["jobs"]["one"], documents["s"]["jobs"]["two"]
    assert ("10m", "allow", {"team": "a"}) == (one["timeout"], one["overlap"], one["labels"])
    assert {"grace": "1h", "catch_up": "latest", "catch_up_limit": 100} == one["misfire"]
    assert {"A": {"from_env": "B"}} == two["target"]["http"]["headers"]
    assert {"k": None, "v": [1]} == two["target"]["http"]["json"]
    assert {"k": None} == documents["t"]["jobs"]["three"]["target"]["kwargs"]


def test_is_a_good_manifest_again() -> None:
    """What is rendered says the same when it is read."""
    desired = loaded(a=TEXT)
    documents = rendered(desired)
    assert documents == json.loads(json.dumps(documents))
    again = loaded(a=yaml.safe_dump_all(documents.values()))
    assert {} == again.broken
    assert {key: job.spec for key, job in desired.jobs.items()} == {key: job.spec for key, job in again.jobs.items()}
    assert documents == rendered(again)
