"""What every ledger promises about spans and verdicts."""

from dataclasses import replace
from typing import Any

import pytest

from schedrun.core.errors import StoreError
from schedrun.core.run.span import Span
from schedrun.core.status import RunKind, SpanStatus
from schedrun.protocols import Reader
from tests.contracts.ledger import Ledger, a_job, a_run, a_span, at, recording


def spans(reader: Reader) -> list[Span]:
    return list(reader.spans())


def test_a_span_that_goes_on_is_one_row(one_job: Ledger) -> None:
    """The newest span is extended when verdict and reason are the same."""
    one_job.write(recording(*(a_span(n, n) for n in (1, 2, 3))))
    one_job.write(lambda tx: tx.insert_span(a_span(4, 9, count=6)))
    assert [a_span(1, 9, count=9)] == one_job.read(spans)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"status": SpanStatus.SKIPPED}, id="other-verdict"),
        pytest.param({"reason": "too late"}, id="other-reason"),
        pytest.param({"job_uid": "u2"}, id="other-job"),
    ],
)
def test_another_verdict_is_another_row(one_job: Ledger, fields: dict[str, Any]) -> None:
    """Spans of another verdict, reason or job stay apart."""
    one_job.write(lambda tx: tx.put_job(a_job("u2", "set/two")))
    one_job.write(lambda tx: tx.insert_span(a_span(1, 2)))
    other = a_span(3, 4, **fields)
    one_job.write(lambda tx: tx.insert_span(other))
    assert [other, a_span(1, 2)] == one_job.read(spans)


def test_only_the_newest_span_is_extended(one_job: Ledger) -> None:
    """An older span with the same verdict is left alone once another one followed."""
    parts = [a_span(1, 2), a_span(3, 4, reason="too late"), a_span(5, 6)]
    one_job.write(recording(*parts))
    assert parts[::-1] == one_job.read(spans)


def test_a_run_between_separates(one_job: Ledger) -> None:
    """A scheduled run with a fire time between the two keeps them apart."""
    one_job.write(lambda tx: tx.insert_span(a_span(1, 2)))
    one_job.write(lambda tx: tx.insert_run(a_run(fire=3)))
    one_job.write(lambda tx: tx.insert_span(a_span(4, 5)))
    assert [a_span(4, 5), a_span(1, 2)] == one_job.read(spans)


@pytest.mark.parametrize(
    "run",
    [
        pytest.param(a_run(fire=2), id="at-the-end-of-the-first"),
        pytest.param(a_run(fire=4), id="at-the-begin-of-the-second"),
        pytest.param(a_run(fire=3, kind=RunKind.MANUAL), id="manual"),
        pytest.param(a_run(fire=3, job_uid="u2"), id="of-another-job"),
    ],
)
def test_other_runs_do_not_separate(one_job: Ledger, run: Any) -> None:
    """Only scheduled runs of the same job strictly between count."""
    one_job.write(lambda tx: tx.put_job(a_job("u2", "set/two")))
    one_job.write(lambda tx: tx.insert_span(a_span(1, 2)))
    one_job.write(lambda tx: tx.insert_run(run))
    one_job.write(lambda tx: tx.insert_span(a_span(4, 5)))
    assert [a_span(1, 5, count=2)] == one_job.read(spans)


@pytest.mark.parametrize("first", [1, 2])
def test_a_span_that_does_not_begin_later_is_a_row_of_its_own(one_job: Ledger, first: int) -> None:
    """A span that touches the newest one does not extend it: counts would lie."""
    one_job.write(lambda tx: tx.insert_span(a_span(1, 2)))
    one_job.write(lambda tx: tx.insert_span(a_span(first, 5)))
    assert [a_span(first, 5), a_span(1, 2)] == one_job.read(spans)


def test_a_span_needs_its_job(ledger: Ledger) -> None:
    """A span of an unknown job raises StoreError."""
    with pytest.raises(StoreError, match="u1"):
        ledger.write(lambda tx: tx.insert_span(a_span(1, 2)))


def test_spans_are_the_newest_first(one_job: Ledger) -> None:
    """spans returns the newest by last, at most limit, of one job or of all."""
    one_job.write(lambda tx: tx.put_job(a_job("u2", "set/two")))
    parts = [a_span(n, n, reason=str(n), job_uid=f"u{n % 2 + 1}") for n in (1, 4, 2, 3, 5)]
    one_job.write(recording(*parts))
    assert ["5", "4", "3"] == [span.reason for span in one_job.read(lambda reader: reader.spans(limit=3))]
    of_one = one_job.read(lambda reader: reader.spans(key="set/one", limit=1))
    assert ["4"] == [span.reason for span in of_one]
    assert list(one_job.read(lambda reader: reader.spans(key="set/nine"))) == []


def test_verdicts_are_runs_and_the_spans_that_touch(one_job: Ledger) -> None:
    """verdicts answers for (after, until]: scheduled runs as (t, t), spans whole, ordered by first."""
    parts = [a_span(1, 2, reason="a"), a_span(3, 6, reason="b"), a_span(12, 14, reason="c"), a_span(16, 17)]
    one_job.write(recording(*parts))
    runs = [a_run(f"r{fire}", fire) for fire in (5, 7, 8, 15)]
    manual = a_run("m", 9)._replace(kind=RunKind.MANUAL)
    one_job.write(recording(*runs, manual))
    expected = [(3, 6), (7, 7), (8, 8), (12, 14), (15, 15)]
    found = one_job.read(lambda reader: reader.verdicts("u1", after=at(5), until=at(15)))
    assert [(at(first), at(last)) for first, last in expected] == list(found)
    assert list(one_job.read(lambda reader: reader.verdicts("u9", after=at(0), until=at(99)))) == []


def test_a_span_keeps_when_it_was_decided_and_what_it_made_way_for(one_job: Ledger) -> None:
    """An extended one says when the verdict on its last occurrence was given."""
    blocked = a_span(1, 1, decided_at=at(1.5), blocked_by="r1")
    one_job.write(recording(blocked, replace(blocked, first=at(2), last=at(2), decided_at=at(2.5))))
    assert [replace(blocked, last=at(2), count=2, decided_at=at(2.5))] == one_job.read(spans)
    other = a_span(3, 3, decided_at=at(3.5), blocked_by="r2")
    one_job.write(recording(other))
    assert other == one_job.read(spans)[0]


def test_spans_over_are_those_that_touch_the_stretch(one_job: Ledger) -> None:
    """By their first, both ends inclusive, of one job."""
    parts = [a_span(1, 2), a_span(3, 4, reason="too late"), a_span(5, 9), a_span(11, 12, reason="too late")]
    one_job.write(recording(*parts))
    assert parts[1:3] == list(one_job.read(lambda reader: reader.spans_over("u1", first=at(4), last=at(10))))
    assert [] == list(one_job.read(lambda reader: reader.spans_over("u9", first=at(4), last=at(10))))


def test_a_span_is_cut_to_what_stands(one_job: Ledger) -> None:
    """It ends as `kept` does, and what is cut off has no verdict any more."""
    parts = [a_span(1, 2, reason="a"), a_span(3, 9, count=7, decided_at=at(9.5)), a_span(11, 12, reason="c")]
    one_job.write(recording(*parts))
    kept = replace(parts[1], last=at(5), count=3, decided_at=at(5.5))
    assert one_job.write(lambda tx: tx.cut_span(parts[1], kept=kept))
    assert [parts[2], kept, parts[0]] == one_job.read(spans)
    assert [] == list(one_job.read(lambda reader: reader.verdicts("u1", after=at(5), until=at(10))))
    one_job.write(lambda tx: tx.insert_run(a_run(fire=6)))


def test_a_span_of_which_nothing_stands_goes(one_job: Ledger) -> None:
    """The others stay, and the newest of them is extended again."""
    parts = [a_span(1, 2), a_span(3, 4, reason="too late")]
    one_job.write(recording(*parts))
    assert one_job.write(lambda tx: tx.cut_span(parts[1], kept=None))
    one_job.write(lambda tx: tx.insert_span(a_span(3, 4)))
    assert [a_span(1, 4, count=2)] == one_job.read(spans)


@pytest.mark.parametrize("other", [a_span(1, 3), a_span(2, 2), a_span(1, 2, job_uid="u9")])
def test_a_span_that_is_not_there_is_not_cut(one_job: Ledger, other: Span) -> None:
    """First, last and job tell which is meant; False when there is none."""
    one_job.write(recording(a_span(1, 2)))
    assert not one_job.write(lambda tx: tx.cut_span(other, kept=None))
    assert not one_job.write(lambda tx: tx.cut_span(other, kept=replace(other, last=other.first)))
    assert [a_span(1, 2)] == one_job.read(spans)
