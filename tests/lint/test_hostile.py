"""Values at the ends of what manifests may say: findings or none, at once, and never an exception."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.source import Position
from schedrun.core.spec import crontab
from schedrun.lint import gaps, schedule, suppress, time
from schedrun.manifest.load import inspect_text
from tests.lint.linted import NOW, lint

_LONG = "999999999d"


@pytest.mark.parametrize(
    "fields",
    [
        f"schedule: {{every: {_LONG}, spread: {_LONG}}}, max_instances: 1000, timeout: 1m",
        f"schedule: {{every: 1h}}, timeout: {_LONG}, max_instances: 1000000000",
        f"schedule: {{every: 1h}}, retries: {{max: 1000, backoff: {_LONG}, max_backoff: {_LONG}, factor: 100}}",
        f"schedule: {{every: 1h}}, misfire: {{catch_up: all, grace: {_LONG}}}",
        f"schedule: {{every: 1ms, start: '1900-01-01T00:00:00Z', end: '9998-01-01T00:00:00Z'}}, kill_after: {_LONG}",
        "schedule: {at: '9998-12-31T23:59:59'}, paused: {until: '9998-12-31T23:59:59'}",
        "schedule: {cron: '* * * * *', end: '1901-01-01T00:00:00Z'}",
    ],
)
@pytest.mark.parametrize("now", [NOW, datetime.max.replace(tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC)])
def test_ends_of_the_calendar(fields: str, now: datetime) -> None:
    """And of what a duration holds."""
    text = (
        f"schedrun: v1\nname: s\njobs: {{j: {{timezone: Europe/Berlin, group: g, target: {{command: [a]}}, {fields}}}}}"
    )
    findings = lint(text, now=now, groups={"g": 1}, max_running=1, fleet_threshold=1)
    assert {"SR508"} <= {finding.code for finding in findings}


@pytest.mark.parametrize(
    "text",
    [
        "&" * 50_000 + " y: |",
        "-" * 50_000,
        "a" * 50_000,
        "\\n" * 50_000,
        "x | " * 20_000,
        "'" * 49_999,
        "password=" * 9_000,
    ],
    ids=lambda text: text[:9],
)
def test_long_texts_cost_no_more_than_their_length(text: str) -> None:
    """In shells, names, arguments and comments; quadratic work would take minutes here."""
    quoted = '"' + text.replace('"', "") + '"'
    manifest = (
        f"schedrun: v1\nname: s\n# schedrun: ignore[SR508] {text[:1000]}\njobs:\n  j:\n    schedule: {{every: 1h}}\n"
        f"    target: {{shell: {quoted}, env: {{{quoted}: {quoted}}}}}\n    description: x{quoted}\n"
    )
    assert lint(manifest)


def test_many_comments_above_one_line_cost_no_more_than_their_number() -> None:
    """With as many findings on that line; to hold each against each would take minutes here."""
    comment = "# schedrun: ignore[SR305] as the vendor does\n"
    job = "jobs: {j: {timezone: EST, schedule: {every: 1h}, target: {command: [a]}}}\n"
    files = inspect_text({"a.yaml": f"schedrun: v1\nname: s\n{comment * 20_000}{job}".encode()}).files.values()
    held = suppress.Suppressions(files, known={"SR305"})
    place = Position("a.yaml", 20_003, 1)
    findings = (Diagnostic("SR305", Severity.WARNING, place, "", job=f"s/j{number}") for number in range(20_000))
    assert all(held.hold(finding) for finding in findings)
    assert [] == list(held.findings(selects=lambda _code: True, sound=lambda _file: True))


def _field(low: int, high: int, *more: str) -> st.SearchStrategy[str]:
    """Return fields of values from `low` to `high`: alone, listed, in ranges, with steps, and `more`."""
    values, steps = st.integers(low, high), st.integers(1, high + 1)
    ranges = st.tuples(values, values).map(lambda pair: f"{min(pair)}-{max(pair)}")
    begun = st.one_of(st.just("*"), values.map(str), ranges)
    items = st.one_of(begun, st.tuples(begun, steps).map(lambda parts: f"{parts[0]}/{parts[1]}"))
    return st.one_of(items, st.lists(items, min_size=2, max_size=3).map(",".join), st.sampled_from(["*", *more]))


_EXPRESSION = st.tuples(
    _field(0, 59),
    _field(0, 23),
    _field(1, 31, "L", "LW", "29/2"),
    _field(1, 12, "2", "jan-mar"),
    _field(0, 7, "mon-fri", "5L", "mon#2", "1,sun"),
).map(" ".join)


@given(_EXPRESSION.filter(lambda text: crontab.validate_cron_expression(text)[0]))
def test_any_expression_can_be_looked_at(text: str) -> None:
    """Each rule has at most one thing to say, in words and with a hint."""
    found = [
        *schedule.of_cron(text, "Europe/Berlin"),
        *time.of_cron(text, "Europe/Berlin", NOW, NOW + timedelta(days=365)),
    ]
    assert len({each.code for each in found}) == len(found)
    assert all(each.message and each.hint for each in found)
    gap = gaps.of_cron(text)
    assert gap is None or gap.total_seconds() >= 60


@given(_EXPRESSION.filter(lambda text: crontab.validate_cron_expression(text)[0]))
def test_the_shortest_gap_is_the_shortest(text: str) -> None:
    """No two fires of a year in UTC come closer, and where there are many fires two come as close."""
    fired = list(fires_of_a_year(text))
    between = [later - earlier for earlier, later in pairwise(fired)]
    gap = gaps.of_cron(text)
    if between:
        assert gap is not None
        assert gap <= min(between)
    if len(fired) >= 1000:
        assert min(between) == gap


def fires_of_a_year(text: str) -> list[datetime]:
    """Return at most 2,000 fires of a year in UTC."""
    from schedrun.core.schedule.cron import Cron
    from schedrun.core.spec.zone import zone_of

    cron = Cron(crontab.parse(text), zone_of("UTC"))
    end = datetime(2027, 6, 1, tzinfo=UTC)
    return cron.latest(after=NOW, until=end, limit=2_000)
