"""Pages of jobs, runs and spans: what is on them, and that nothing that comes meanwhile shifts them."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schedrun.core.run.page import Place, Placed, RunFilter
from schedrun.core.run.run import Run
from schedrun.core.status import RunKind, RunStatus
from schedrun.protocols import Reader, Transaction
from tests.contracts.ledger import Ledger, a_job, a_run, a_span, at, recording, run_through

ANY = RunFilter()


def ids(page: list[Placed[Run]]) -> list[str]:
    return [each.record.id for each in page]


def runs_of(ledger: Ledger, *, before: Place | None = None, limit: int = 50) -> list[Placed[Run]]:
    return list(ledger.read(lambda reader: reader.runs_page(ANY, before=before, limit=limit)))


def all_pages(reader: Reader, wanted: RunFilter, *, limit: int) -> list[str]:
    """Walk through the pages to the end."""
    found: list[str] = []
    before: Place | None = None
    while page := reader.runs_page(wanted, before=before, limit=limit):
        found += [each.record.id for each in page]
        before = page[-1].place
    return found


@pytest.fixture
def history(ledger: Ledger) -> Ledger:
    """Fill two jobs with runs of every status, some at one instant."""

    def fill(tx: Transaction) -> None:
        ends = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.TIMED_OUT, RunStatus.CANCELLED, RunStatus.INTERRUPTED)
        for number in range(30):
            run = a_run(f"a{number:02}", number // 3 + number % 3 / 4)
            run_through(tx, run, end=100 + number, status=ends[number % 5])
            other = a_run(f"b{number:02}", number // 3, job_uid="u2", kind=RunKind.MANUAL)
            run_through(tx, other, end=100 + number, status=ends[number % 5])
        tx.insert_run(a_run("q", 50))
        tx.insert_run(a_run("r", 51, job_uid="u2"))
        assert tx.start_run("r", at=at(51))

    ledger.write(recording(a_job(), a_job("u2", "set/two")))
    ledger.write(fill)
    return ledger


WANTED = {
    "all": ANY,
    "job": RunFilter(job_uid="u1"),
    "manual": RunFilter(job_uid="u2"),
    "unknown job": RunFilter(job_uid="nobody"),
    "failed": RunFilter(statuses=frozenset({RunStatus.FAILED})),
    "unsuccessful": RunFilter(statuses=frozenset({RunStatus.FAILED, RunStatus.TIMED_OUT, RunStatus.CANCELLED})),
    "succeeded": RunFilter(statuses=frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED})),
    "active": RunFilter(statuses=frozenset({RunStatus.QUEUED, RunStatus.RUNNING})),
    "running or failed": RunFilter(statuses=frozenset({RunStatus.RUNNING, RunStatus.FAILED})),
    "none": RunFilter(statuses=frozenset()),
    "failed of a job": RunFilter(job_uid="u1", statuses=frozenset({RunStatus.FAILED})),
    "window": RunFilter(since=at(2), until=at(6)),
    "failed in a window": RunFilter(statuses=frozenset({RunStatus.FAILED}), since=at(2), until=at(6)),
    "job in a window": RunFilter(job_uid="u1", since=at(2), until=at(6)),
    "succeeded in a window": RunFilter(statuses=frozenset({RunStatus.SUCCEEDED}), since=at(2), until=at(6)),
    "active in a window": RunFilter(statuses=frozenset({RunStatus.QUEUED, RunStatus.RUNNING}), since=at(51)),
}


def _fits(run: Run, wanted: RunFilter) -> bool:
    return (
        wanted.job_uid in {None, run.job_uid}
        and (wanted.statuses is None or run.status in wanted.statuses)
        and (wanted.since is None or run.fire_time >= wanted.since)
        and (wanted.until is None or run.fire_time < wanted.until)
    )


@pytest.mark.parametrize("limit", [1, 2, 7, 500])
@pytest.mark.parametrize("wanted", WANTED.values(), ids=WANTED.keys())
def test_pages_hold_each_wanted_run_once_newest_first(history: Ledger, wanted: RunFilter, limit: int) -> None:
    """Whatever the size of a page, its filter and its fire times, the pages together are the list."""
    newest_first = [run.id for run in history.read(lambda reader: reader.runs(limit=500)) if _fits(run, wanted)]
    walked = history.read(lambda reader: all_pages(reader, wanted, limit=limit))
    assert sorted(newest_first) == sorted(walked)
    known = {run.id: run.fire_time for run in history.read(lambda reader: reader.runs(limit=500))}
    fire_times = [known[run_id] for run_id in walked]
    assert sorted(fire_times, reverse=True) == fire_times


def test_tells_runs_of_one_fire_time_apart_by_their_recording(ledger: Ledger) -> None:
    """The run that was recorded last stands first."""
    ledger.write(recording(*(a_job(f"u{number}", f"set/{number}") for number in range(9))))
    ledger.write(recording(*(a_run(f"r{number}", 5, job_uid=f"u{number}") for number in range(9))))
    assert [f"r{number}" for number in reversed(range(9))] == ids(runs_of(ledger))
    middle = runs_of(ledger)[4].place
    assert ["r3", "r2", "r1", "r0"] == ids(runs_of(ledger, before=middle))


def test_no_new_run_shifts_a_page(history: Ledger) -> None:
    """What is recorded between two looks is on neither page."""
    first = runs_of(history, limit=10)
    expected = ids(runs_of(history, before=first[-1].place, limit=10))
    history.write(recording(a_run("new", 90), a_run("late", first[0].record.fire_time.second + 0.5, job_uid="u2")))
    assert expected == ids(runs_of(history, before=first[-1].place, limit=10))


def test_a_run_of_a_list_shows_its_end_without_its_output(one_job: Ledger) -> None:
    """Exit code and error are there; what was printed is not read."""
    one_job.write(lambda tx: run_through(tx, a_run("r"), end=2))
    (shown,) = runs_of(one_job)
    whole = one_job.read(lambda reader: reader.run("r"))
    assert whole is not None
    assert (0, "done\n", None) == (shown.record.exit_code, whole.output, shown.record.output)
    assert (RunStatus.SUCCEEDED, at(2)) == (shown.record.status, shown.record.finished_at)


def test_pages_of_spans_go_on_where_the_last_one_ended(ledger: Ledger) -> None:
    """By last, those of one last by their recording; of one job, or of all."""
    ledger.write(recording(*(a_job(f"u{number}", f"set/{number}") for number in range(5))))
    ledger.write(recording(*(a_span(number, 50, job_uid=f"u{number}") for number in range(5))))
    ledger.write(recording(a_span(60, 70, reason="other")))
    first = ledger.read(lambda reader: reader.spans_page(limit=3))
    assert [60, 4, 3] == [(each.record.first - at(0)) // timedelta(seconds=1) for each in first]
    second = ledger.read(lambda reader: reader.spans_page(before=first[-1].place, limit=9))
    assert ["u2", "u1", "u0"] == [each.record.job_uid for each in second]
    of_one = ledger.read(lambda reader: reader.spans_page(job_uid="u1", limit=9))
    assert [at(70), at(50)] == [each.record.last for each in of_one]
    rest = ledger.read(lambda reader: reader.spans_page(job_uid="u1", before=of_one[0].place, limit=9))
    assert [at(50)] == [each.record.last for each in rest]
    assert [] == list(ledger.read(lambda reader: reader.spans_page(job_uid="nobody", limit=9)))


def test_pages_of_jobs_leave_tombstones_out(ledger: Ledger) -> None:
    """Live rows by key, from behind one key and below another."""
    ledger.write(recording(*(a_job(key, key) for key in ("b/1", "a/2", "a/1", "a", "a0/1"))))
    ledger.write(recording(a_job("gone", "a/0", removed_at=at(1))))

    def keys(after: str = "", below: str | None = None, limit: int = 9) -> list[str]:
        return [job.key for job in ledger.read(lambda reader: reader.jobs_page(after=after, below=below, limit=limit))]

    assert ["a", "a/1", "a/2", "a0/1", "b/1"] == keys()
    assert ["a/1", "a/2"] == keys(after="a/", below="a0")
    assert ["a/2", "a0/1"] == keys(after="a/1", limit=2)
    assert [] == keys(after="b/1")


def test_asks_for_the_active_runs_and_last_ends_of_some_jobs(history: Ledger) -> None:
    """Those of other jobs are left out, unknown ones have none."""
    both = history.read(lambda reader: reader.active_runs_of(["u2", "u1", "nobody"]))
    assert list(history.read(lambda reader: reader.active_runs())) == list(both)
    assert ["r"] == [run.id for run in history.read(lambda reader: reader.active_runs_of(["u2"]))]
    ends = history.read(lambda reader: reader.last_finished())
    assert {"u1": ends["u1"]} == history.read(lambda reader: reader.last_finished_of(["u1", "nobody"]))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    statuses=st.none() | st.frozensets(st.sampled_from(RunStatus)),
    job=st.sampled_from([None, "u1", "u2"]),
    since=st.none() | st.integers(0, 11),
    until=st.none() | st.integers(0, 11),
    limit=st.integers(1, 9),
)
def test_any_filter_and_page_size_give_the_same_runs(  # the parts of one question
    history: Ledger,
    statuses: frozenset[RunStatus] | None,
    job: str | None,
    since: int | None,
    until: int | None,
    limit: int,
) -> None:
    """The pages of any question hold what filtering the whole list does."""
    wanted = RunFilter(job, statuses, None if since is None else at(since), None if until is None else at(until))
    expected = {run.id for run in history.read(lambda reader: reader.runs(limit=500)) if _fits(run, wanted)}
    walked = history.read(lambda reader: all_pages(reader, wanted, limit=limit))
    assert (len(expected), expected) == (len(walked), set(walked))
