"""What every ledger promises about job rows."""

from typing import Any

import pytest

from schedrun.core.errors import StoreError
from schedrun.core.run.recorded import Override
from schedrun.core.spec.job import CodeJob, Job
from schedrun.core.status import Origin
from tests.contracts.ledger import SPEC, Ledger, a_job, a_run, at, recording

FULL = Job.model_validate(
    {
        "schedule": {"every": "1h30m", "anchor": "2026-01-01T00:00:00Z", "spread": "5m"},
        "timezone": "Europe/Berlin",
        "target": {"http": {"url": {"from_env": "HOOK"}, "method": "POST", "json": {"a": [1, None, {"b": "ü"}]}}},
        "labels": {"team": "data"},
        "timeout": "90s",
        "overlap": "queue",
        "misfire": {"grace": "5m", "catch_up": "all"},
        "paused": {"reason": "move", "until": "2026-04-01T00:00:00Z"},
        "remove": "confirm",
    }
)
CODE = CodeJob.model_validate({"schedule": {"at": "2026-05-01T00:00:00Z"}, "target": {"code": "app.tasks:tick"}})


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="plain"),
        pytest.param({"spec": FULL, "revision": "abc+dirty", "covered_until": at(9)}, id="full-spec"),
        pytest.param({"override": Override("rain", "ann", at(1), at(2))}, id="override"),
        pytest.param({"override": Override(None, "ann", at(1))}, id="override-without-end"),
        pytest.param({"held": "too many removals"}, id="held"),
        pytest.param({"removed_at": at(5)}, id="tombstone"),
        pytest.param({"origin": Origin.CODE, "spec": CODE, "file": None, "line": None}, id="code"),
    ],
)
def test_a_row_comes_back_as_it_was_put(ledger: Ledger, fields: dict[str, Any]) -> None:
    """job returns the row of its uid, tombstones included."""
    job = a_job(**fields)
    ledger.write(lambda tx: tx.put_job(job))
    assert job == ledger.read(lambda reader: reader.job("u1"))
    assert type(job.spec) is type(ledger.read(lambda reader: reader.job("u1").spec))  # type: ignore[union-attr]


def test_an_unknown_job_is_none(ledger: Ledger) -> None:
    """job and job_by_key return None when there is no row."""
    assert ledger.read(lambda reader: reader.job("u9")) is None
    assert ledger.read(lambda reader: reader.job_by_key("set/nine")) is None


def test_put_job_replaces_the_row_whole(one_job: Ledger) -> None:
    """A second row of one uid leaves nothing of the first."""
    after = a_job(key="set/new", file=None, line=None, held="yes")
    one_job.write(lambda tx: tx.put_job(after))
    assert [after] == list(one_job.read(lambda reader: reader.jobs(tombstones=True)))
    assert one_job.read(lambda reader: reader.job_by_key("set/one")) is None


def test_put_job_keeps_the_runs_of_the_row(one_job: Ledger) -> None:
    """Replacing a row touches nothing that refers to it."""
    one_job.write(lambda tx: tx.insert_run(a_run()))
    one_job.write(lambda tx: tx.put_job(a_job(key="set/new")))
    assert [a_run()] == list(one_job.read(lambda reader: reader.runs(key="set/new")))


def test_two_live_rows_of_one_key_are_refused(one_job: Ledger) -> None:
    """A key has one live row; the unit that tries may go on."""

    def unit(tx: Any) -> None:
        with pytest.raises(StoreError, match="set/one"):
            tx.put_job(a_job("u2"))
        tx.put_job(a_job("u3", "set/three"))

    one_job.write(unit)
    assert ["u1", "u3"] == [job.uid for job in one_job.read(lambda reader: reader.jobs())]


def test_a_tombstone_leaves_its_key_free(ledger: Ledger) -> None:
    """job_by_key prefers the live row, and among tombstones the newest."""
    ledger.write(lambda tx: tx.put_job(a_job("u1", removed_at=at(5))))
    ledger.write(lambda tx: tx.put_job(a_job("u2", removed_at=at(7))))
    ledger.write(lambda tx: tx.put_job(a_job("u3", removed_at=at(6))))
    assert ledger.read(lambda reader: reader.job_by_key("set/one").uid) == "u2"  # type: ignore[union-attr]
    ledger.write(lambda tx: tx.put_job(a_job("u4")))
    assert ledger.read(lambda reader: reader.job_by_key("set/one").uid) == "u4"  # type: ignore[union-attr]


def test_a_tombstone_can_come_back(one_job: Ledger) -> None:
    """The same uid is live, removed and live again."""
    one_job.write(lambda tx: tx.put_job(a_job(removed_at=at(5))))
    assert list(one_job.read(lambda reader: reader.jobs())) == []
    one_job.write(lambda tx: tx.put_job(a_job()))
    assert [a_job()] == list(one_job.read(lambda reader: reader.jobs()))


def test_jobs_are_ordered_by_key(ledger: Ledger) -> None:
    """jobs returns the live rows by key, with tombstones all of them, a key's newest first."""
    rows = [
        a_job("u1", "set/b"),
        a_job("u2", "set/a", removed_at=at(1)),
        a_job("u3", "set/a", removed_at=at(2)),
        a_job("u4", "set/a"),
        a_job("u5", "set/c", removed_at=at(1)),
    ]
    ledger.write(recording(*rows))
    assert ["u4", "u1"] == [job.uid for job in ledger.read(lambda reader: reader.jobs())]
    every = ledger.read(lambda reader: reader.jobs(tombstones=True))
    assert ["u4", "u3", "u2", "u1", "u5"] == [job.uid for job in every]


def test_unchanged_specs_are_the_same_object(one_job: Ledger) -> None:
    """A row that is read again has the spec it was put with, also once its cursor has moved."""
    assert SPEC is one_job.read(lambda reader: reader.jobs())[0].spec
    one_job.write(lambda tx: tx.move_cursor("u1", at(60)))
    assert SPEC is one_job.read(lambda reader: reader.jobs())[0].spec


def test_move_cursor_changes_nothing_else(ledger: Ledger) -> None:
    """The cursor moves, in either direction, and the rest of the row stays."""
    ledger.write(lambda tx: tx.put_job(a_job(held="h", override=Override("r", "b", at(1)))))
    for moved in (at(60), at(30.000001)):
        ledger.write(lambda tx, moved=moved: tx.move_cursor("u1", moved))  # type: ignore[misc]  # bound early
        expected = a_job(held="h", override=Override("r", "b", at(1)), cursor=moved)
        assert expected == ledger.read(lambda reader: reader.job("u1"))


def test_move_cursor_refuses_an_unknown_job(ledger: Ledger) -> None:
    """A cursor without a row raises StoreError."""
    with pytest.raises(StoreError, match="u9"):
        ledger.write(lambda tx: tx.move_cursor("u9", at(1)))


def test_keys_are_those_of_known_uids(one_job: Ledger) -> None:
    """keys leaves unknown uids out and includes tombstones."""
    one_job.write(lambda tx: tx.put_job(a_job("u2", "set/two", removed_at=at(1))))
    expected = {"u1": "set/one", "u2": "set/two"}
    assert expected == one_job.read(lambda reader: reader.keys(["u2", "u9", "u1"]))
    assert one_job.read(lambda reader: reader.keys(iter(()))) == {}


def test_readable_rows_are_not_unreadable(one_job: Ledger) -> None:
    """unreadable is empty while every spec parses."""
    assert list(one_job.read(lambda reader: reader.unreadable())) == []
