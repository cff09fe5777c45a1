"""Metrics and traces of `schedrun run`: over a socket, over a restart, and as far as a collector."""

import http.client
from contextlib import closing

import pytest
from prometheus_client.parser import text_string_to_metric_families

from schedrun.tracing.identity import span_of
from tests import promtool
from tests.e2e.service import SELDOM, Project, Service, eventually, witnessed
from tests.e2e.test_web import ANY_PORT
from tests.tracing.collector import collector

pytestmark = pytest.mark.real_time


def scrape(service: Service, serving: dict[str, str]) -> str:
    host, _, port = serving["address"].rpartition(":")
    with closing(http.client.HTTPConnection(host, int(port), timeout=30)) as connection:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        assert 200 == answer.status
        return answer.read().decode()


def value(text: str, name: str, **labels: str) -> float:
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
    (found,) = [each.value for each in samples if (each.name, each.labels) == (f"schedrun_{name}", labels)]
    return float(found)


def succeeded(text: str) -> float:
    return value(text, "runs_total", job="s/a", status="succeeded")


def test_totals_go_on_over_a_restart_with_its_history_forgotten(project: Project) -> None:
    """What a scrape was told once is never less, though no run of it is left."""
    project.write(witnessed("a"))
    first = project.start(**ANY_PORT)
    serving = first.wait_for("serving")
    # One of them is kept, and the second service may make up for another.
    eventually(lambda: succeeded(scrape(first, serving)) >= 3, what="three runs that are counted")
    assert 0 == first.stop()
    project.write(witnessed("a", SELDOM))
    assert 0 == project.call("state", "prune", "--keep-runs", "1").code

    second = project.start(**ANY_PORT)
    text = scrape(second, second.wait_for("serving"))
    assert succeeded(text) >= len(project.lines()) - 1
    assert len(project.runs()) < succeeded(text)
    assert succeeded(text) == value(text, "run_duration_seconds_count", set="s")
    assert (1, 0) == (value(text, "active"), value(text, "broken_files"))
    assert 0 == second.stop()


@promtool.needed
def test_promtool_accepts_what_a_service_tells(project: Project) -> None:
    """All of it."""
    project.write(witnessed("a", SELDOM))
    service = project.start(**ANY_PORT)
    checked = promtool.run("check", "metrics", stdin=scrape(service, service.wait_for("serving")))
    assert (0, "", "") == (checked.returncode, checked.stdout, checked.stderr)
    assert 0 == service.stop()


def test_a_command_finds_its_trace_and_a_collector_gets_it(project: Project) -> None:
    """By the variable that says where, and nothing else."""
    project.write(witnessed("a", then='echo "$TRACEPARENT" >> parents'))
    parents = project.root / "parents"
    with collector() as (address, received):
        service = project.start(OTEL_EXPORTER_OTLP_ENDPOINT=address)
        eventually(lambda: parents.exists() and parents.read_text(), what="a run that is traced")
        assert 0 == service.stop()
    run_id = project.lines()[0].split()[2]
    assert span_of(run_id, 1).traceparent(sampled=True) == parents.read_text().splitlines()[0]
    assert {"/v1/traces"} == {request.path for request in received}


def test_without_such_a_variable_nothing_is_traced(project: Project) -> None:
    """And nothing said of it."""
    project.write(witnessed("a", then='echo "<$TRACEPARENT>" >> parents'))
    service = project.start()
    parents = project.root / "parents"
    eventually(lambda: parents.exists() and parents.read_text(), what="a run")
    assert 0 == service.stop()
    assert {"<>"} == set(parents.read_text().splitlines())
    assert [] == service.events("traces_unavailable")
