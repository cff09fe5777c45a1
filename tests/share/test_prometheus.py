"""The alert rules and the dashboard that ship: sound, and about metrics that there are."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from schedrun.core.run.recorded import SyncRecord
from schedrun.core.run.totals import Bucket, Measure, Total, Totals
from schedrun.web import families
from schedrun.web.measures import Measures, OfProcess
from tests import promtool
from tests.share.conftest import ROOT, SHARE

RULES = SHARE / "prometheus" / "schedrun.rules.yml"
RULE_TESTS = ROOT / "tests" / "share" / "schedrun.rules.test.yml"
DASHBOARD = SHARE / "grafana" / "schedrun.json"
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def series() -> dict[str, set[str]]:
    """Return the names of all series that `/metrics` tells, each with its labels."""
    buckets = [Bucket(measure, "set", 1_000_000, 1, 1) for measure in Measure]
    found = Measures(
        live={"set/a"},
        told={"set/a"},
        totals=Totals([Total("set/a", "failed", 1, 1, NOW)], buckets),
        jobs={},
        runs_running=0,
        runs_queued=0,
        overrides=0,
        late_jobs=0,
        sync=SyncRecord((), "a", "a", NOW),
    )
    body, _ = families.text(found, OfProcess(active=True, loop_lag=0, drift_jobs=0))
    samples = [each for family in text_string_to_metric_families(body.decode()) for each in family.samples]
    return {each.name: set(each.labels) for each in samples}


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return [panel for panel in found if panel["type"] != "row"]


def queries() -> Iterator[tuple[str, str]]:
    """Yield the queries of the dashboard, each with its panel's title."""
    for panel in panels():
        yield from ((panel["title"], target["expr"]) for target in panel["targets"])


def names(text: str) -> set[str]:
    return set(re.findall(r"\bschedrun_\w+", text))


def test_rules_name_metrics_that_there_are(series: dict[str, set[str]]) -> None:
    """Every one of them."""
    expressions = re.sub(r"(?m)^\s*(#|summary:|description:).*$", "", RULES.read_text())
    assert names(expressions)
    assert set() == names(expressions) - series.keys()


def test_every_alert_has_a_test_that_it_fires_and_one_that_it_does_not() -> None:
    """By its name in the file that promtool runs."""
    alerts = set(re.findall(r"- alert: (\w+)", RULES.read_text()))
    told = RULE_TESTS.read_text()
    assert alerts == set(re.findall(r"- \{eval_time: \w+, alertname: (\w+)\}", told))
    assert alerts == set(re.findall(r"alertname: (\w+)\n\s+exp_alerts:", told))


def test_every_alert_says_what_and_what_to_do() -> None:
    """A severity, a summary and a description."""
    for block in RULES.read_text().split("- alert: ")[1:]:
        assert re.search(r"labels: \{severity: (critical|warning|info)\}", block), block
        assert re.search(r"summary: \S+", block), block
        assert re.search(r"description: \S+", block), block


@promtool.needed
def test_promtool_accepts_the_rules() -> None:
    """With nothing to remark."""
    checked = promtool.run("check", "rules", "--lint=all", "--lint-fatal", RULES)
    assert 0 == checked.returncode, checked.stdout + checked.stderr


@promtool.needed
def test_the_rules_do_what_their_tests_say() -> None:
    """As promtool evaluates them."""
    tested = promtool.run("test", "rules", RULE_TESTS)
    assert 0 == tested.returncode, tested.stdout + tested.stderr


@pytest.mark.parametrize(("title", "query"), list(queries()), ids=lambda value: value[:40])
def test_queries_name_metrics_and_labels_that_there_are(title: str, query: str, series: dict[str, set[str]]) -> None:
    """In matchers and in what they are summed by."""
    assert names(query)
    assert set() == names(query) - series.keys(), title
    known = set().union(*(series[name] for name in names(query)))
    used = set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)\s*\"", query))
    for labels in re.findall(r"by \(([^)]*)\)", query):
        used |= {label.strip() for label in labels.split(",")}
    assert set() == used - known, title


def test_the_readme_tells_of_every_metric_with_its_labels(series: dict[str, set[str]]) -> None:
    """And of no other."""
    readme = (ROOT / "README.md").read_text()
    table = readme[readme.index("| metric | what it tells |") :].partition("\n\n")[0]
    told = {
        name: set(labels.split(",")) - {""} for name, labels in re.findall(r"`(schedrun_\w+)(?:\{([\w,]+)\})?`", table)
    }
    expected: dict[str, set[str]] = {}
    for name, labels in series.items():
        expected[re.sub(r"_(bucket|sum|count)$", "", name)] = labels - {"le"}
    assert expected == told


def test_the_dashboard_shows_every_metric(series: dict[str, set[str]]) -> None:
    """Each family somewhere."""
    shown = names(DASHBOARD.read_text())
    families_of = {re.sub(r"_(bucket|sum|count)$", "", name) for name in series}
    assert families_of == {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}


def test_panels_do_not_overlap_and_say_what_they_show() -> None:
    """Each in its place, with an id of its own, a unit's worth of words, and the chosen source."""
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24, panel["title"]
        taken |= cells
        assert panel["description"]
        assert "${datasource}" == panel["datasource"]["uid"]
    ids = [panel["id"] for panel in json.loads(DASHBOARD.read_text())["panels"]]
    assert len(ids) == len(set(ids))


@promtool.needed
def test_promtool_parses_every_query(tmp_path: Path) -> None:
    """With what Grafana puts in place of its variables."""
    rules = tmp_path / "queries.yml"
    lines = ["groups:", "- name: dashboard", "  rules:"]
    for number, (_, query) in enumerate(queries()):
        plain = query.replace("$__rate_interval", "5m").replace("$__range", "1d").replace("$set", "(a|b)")
        lines += [f"  - record: query:{number}", f"    expr: {json.dumps(plain)}"]
    rules.write_text("\n".join(lines) + "\n")
    checked = promtool.run("check", "rules", rules)
    assert 0 == checked.returncode, checked.stdout + checked.stderr
    assert f"{len(list(queries()))} rules found" in checked.stdout
