"""Defaults laid below jobs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.manifest import merge
from schedrun.manifest.node import Node, plain
from schedrun.manifest.reader import read


def node(text: str) -> Node:
    """Return the root of a text."""
    return read(text.encode(), file="a.yaml").documents[0].root


def merged(job: str, *, defaults: str = "{}", labels: str | None = None) -> object:
    """Return a job with defaults below it, as plain values."""
    below = merge.Defaults(labels=node(labels) if labels else None, defaults=node(defaults))
    return plain(below.below(node(job)).value)


@pytest.mark.parametrize(
    ("defaults", "job", "expected"),
    [
        pytest.param("{timeout: 1m}", "{}", {"timeout": "1m"}, id="fills-in"),
        pytest.param("{timeout: 1m}", "{timeout: 2m}", {"timeout": "2m"}, id="the-job-wins"),
        pytest.param("{timeout: 1m}", "{timeout: null}", {}, id="null-takes-away"),
        pytest.param("{}", "{timeout: null}", {}, id="null-without-default"),
        pytest.param(
            "{misfire: {grace: 1m, catch_up: all}}",
            "{misfire: {grace: 2m}}",
            {"misfire": {"grace": "2m", "catch_up": "all"}},
            id="key-by-key",
        ),
        pytest.param("{misfire: {grace: 1m}}", "{misfire: null}", {}, id="null-takes-a-mapping-away"),
        pytest.param(
            "{misfire: {grace: 1m, catch_up: all}}",
            "{misfire: {grace: null}}",
            {"misfire": {"catch_up": "all"}},
            id="null-takes-an-entry-away",
        ),
        pytest.param(
            "{schedule: {spread: 1m}}",
            "{schedule: {cron: x}}",
            {"schedule": {"cron": "x", "spread": "1m"}},
            id="schedule",
        ),
        pytest.param(
            "{target: {env: {A: 'a', B: 'b'}, workdir: /w}}",
            "{target: {command: [x], env: {B: c, A: null}}}",
            {"target": {"command": ["x"], "env": {"B": "c"}, "workdir": "/w"}},
            id="command",
        ),
        pytest.param(
            "{target: {env: {A: 'a'}, headers: {H: 'h'}}}",
            "{target: {shell: x}}",
            {"target": {"shell": "x", "env": {"A": "a"}}},
            id="shell-takes-no-headers",
        ),
        pytest.param(
            "{target: {env: {A: 'a'}, headers: {H: 'h', I: 'i'}}}",
            "{target: {http: {url: 'http://u', headers: {I: j}}}}",
            {"target": {"http": {"url": "http://u", "headers": {"I": "j", "H": "h"}}}},
            id="http-takes-headers",
        ),
        pytest.param(
            "{target: {env: {A: 'a'}, headers: {H: 'h'}}}",
            "{target: {python: 'a:b', args: [1]}}",
            {"target": {"python": "a:b", "args": [1]}},
            id="python-takes-nothing",
        ),
        pytest.param(
            "{target: {env: {A: {from_env: X}}}}",
            "{target: {shell: x, env: {A: {from_file: /y}}}}",
            {"target": {"shell": "x", "env": {"A": {"from_file": "/y"}}}},
            id="a-reference-is-one-value",
        ),
        pytest.param(
            "{}",
            "{target: {python: 'a:b', kwargs: {k: null}}}",
            {"target": {"python": "a:b", "kwargs": {"k": None}}},
            id="null-in-arguments-stays",
        ),
        pytest.param(
            "{}",
            "{target: {http: {url: 'http://u', json: {k: null}}}}",
            {"target": {"http": {"url": "http://u", "json": {"k": None}}}},
            id="null-in-a-body-stays",
        ),
    ],
)
def test_merges(defaults: str, job: str, expected: object) -> None:
    """Mappings merge, lists and scalars replace, null takes away; each kind of target takes what it has."""
    assert expected == merged(job, defaults=defaults)


def test_labels_of_document_defaults_and_job_merge() -> None:
    """The nearer one wins, and null takes away what lies below it."""
    assert {"labels": {"a": "3", "c": "1", "d": "2"}} == merged(
        "{labels: {a: '3', b: null}}", defaults="{labels: {b: '2', d: '2'}}", labels="{a: '1', b: '1', c: '1'}"
    )


def test_every_value_keeps_its_place() -> None:
    """A default is found where the defaults are, a job's value where the job is."""
    defaults = node("x: 1\nmisfire: {grace: 1m}\n")
    job = node("\n\n\nmisfire: {catch_up: all}\n")
    value = merge.Defaults(labels=None, defaults=defaults).below(job).value
    assert isinstance(value, dict)
    misfire = value["misfire"]
    assert isinstance(misfire.value, dict)
    assert (1, 3) == (misfire.value["grace"].place.start_mark.line, misfire.value["catch_up"].place.start_mark.line)


_LABELS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["'1'", "'2'", "null"]), max_size=4)


@given(_LABELS, _LABELS, _LABELS)
def test_labels_are_what_dictionaries_would_give(
    document: dict[str, str], defaults: dict[str, str], job: dict[str, str]
) -> None:
    """Merging equals the union with the nearer last, without what the nearest says is null."""
    nearest = document | defaults | job
    expected = {key: value.strip("'") for key, value in nearest.items() if value != "null"}
    actual = merged(f"{{labels: {_flow(job)}}}", defaults=f"{{labels: {_flow(defaults)}}}", labels=_flow(document))
    assert {"labels": expected} == actual


def _flow(labels: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in labels.items()) + "}"
