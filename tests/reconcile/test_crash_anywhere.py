"""A process that ends between any two statements of its units, or within a write: the next one makes it whole."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from schedrun.core.ids import JobKey
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunStatus
from schedrun.protocols import Reader
from schedrun.stores import checking
from schedrun.stores.readonly import open_reader
from tests.reconcile.crashes import SCRIPT, Image, Process, Witness, after, copy, play

LOST = {"s/all", "s/goes", "s/once", "s/pauses", "s/new"}
"""Jobs without retries: an attempt that the crash cut was their last."""


class Told(NamedTuple):
    """What a ledger says: runs and spans of each job by its key, and what was forgotten of the one that is pruned."""

    runs: dict[JobKey, list[Run]]
    spans: dict[JobKey, list[Span]]
    forgotten: tuple[datetime, datetime] | None

    def verdicts(self, key: JobKey, instant: datetime) -> int:
        """Return how many verdicts the occurrence has."""
        ran = sum(run.fire_time == instant for run in self.runs[key])
        return ran + sum(span.first <= instant <= span.last for span in self.spans[key])

    def instants(self, key: JobKey) -> set[datetime]:
        """Return the occurrences that are named."""
        ends = (end for span in self.spans[key] for end in (span.first, span.last))
        return {*(run.fire_time for run in self.runs[key]), *ends}

    def counted(self, key: JobKey) -> int:
        """Return how many occurrences have their verdict."""
        return len(self.runs[key]) + sum(span.count for span in self.spans[key])


def told(state: Path) -> Told:
    with open_reader(state) as reader:
        return reader.read(_told)


def _told(reader: Reader) -> Told:
    keys = sorted(reader.keys(reader.uids()).values())
    return Told(
        {key: list(reader.runs(key=key, limit=10_000)) for key in keys},
        {key: list(reader.spans(key=key, limit=10_000)) for key in keys},
        reader.forgotten("uid of s/often"),
    )


def take_images(folder: Path, *, pages: int | None) -> tuple[list[Image], Path, int]:
    """Play the script once; return what lay on disk at each statement, the state at the end, how many statements.

    Moments at which the same bytes lay there in the same step are one: what follows them is the same.
    """
    state, witness = folder / "whole" / "state.db", Witness()
    images: list[Image] = []
    seen: set[tuple[int, bytes]] = set()
    step = statements = 0  # `before` looks at both

    def before(statement: str) -> None:
        nonlocal statements
        statements += 1
        files = [state.with_name(state.name + suffix) for suffix in ("", "-wal")]
        content = hashlib.sha256(b"".join(file.read_bytes() for file in files if file.exists())).digest()
        if (step, content) not in seen:
            seen.add((step, content))
            image = copy(state, folder / f"image{len(images)}")
            images.append(Image(image, step, statement, tuple(witness.started)))

    process = Process(state, witness, before=before, pages=pages)
    for now, act in SCRIPT:
        act(process, now)
        step += 1
    play(process, begin=len(SCRIPT))
    process.close()
    return images, state, statements


def torn(images: list[Image], folder: Path) -> Iterator[Image]:
    """Yield what lies there when the process ends within the write of a log: a part of what was appended."""
    for index, (earlier, later) in enumerate(pairwise(images)):
        sizes = [log.stat().st_size if log.exists() else 0 for log in (_log(earlier.state), _log(later.state))]
        if earlier.step == later.step and sizes[0] < sizes[1]:
            for number, size in enumerate(((sizes[0] + sizes[1]) // 2, sizes[1] - 1)):
                image = copy(later.state, folder / f"torn{index}-{number}")
                os.truncate(_log(image), size)
                yield Image(image, earlier.step, f"within {later.statement}", earlier.started)


def _log(state: Path) -> Path:
    return state.with_name(state.name + "-wal")


def assert_it_is_made_whole(image: Image, whole: Told) -> None:
    """Let the next process take the image over and do what is left; compare with the one that never crashed."""
    witness = Witness(list(image.started))
    next_process = Process(image.state, witness)
    next_process.recover(SCRIPT[min(image.step, len(SCRIPT) - 1)][0])
    play(next_process, begin=image.step)
    next_process.close()
    where = f"step {image.step}, in front of {image.statement}"

    assert () == checking.check(image.state).flaws, where
    twice = {started: count for started, count in Counter(witness.started).items() if count > 1}
    assert {} == twice, where
    found = told(image.state)
    assert found.runs.keys() == whole.runs.keys(), where
    for key in found.runs.keys() - {"s/often"}:
        # The same occurrences, each exactly once.
        instants = whole.instants(key) | found.instants(key)
        assert {1} >= {ledger.verdicts(key, instant) for ledger in (whole, found) for instant in instants}, (where, key)
        assert whole.counted(key) == found.counted(key), (where, key)
    assert (whole.forgotten is None) is (found.forgotten is None), where
    begun = {run_id for run_id, _ in witness.started}
    for key, runs in found.runs.items():
        for run in runs:
            if run.status is RunStatus.INTERRUPTED:
                assert key in LOST, (where, key)
                # It was cut, or its process ended before it could start what it had claimed.
                assert run.id not in begun or (run.id, run.attempt) in image.started, (where, key)
            else:
                assert run.status in {RunStatus.SUCCEEDED, RunStatus.CANCELLED}, (where, key)


PARTS = 4
"""The images are looked at in so many tests, which may run side by side."""


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("pages", [pytest.param(None, id="large-cache"), pytest.param(1, id="spilling-cache")])
def test_a_crash_between_any_two_statements_converges(tmp_path: Path, pages: int | None, part: int) -> None:
    """Every statement of plan, claim, finish, apply and prune; also where pages are written before the commit."""
    images, state, statements = take_images(tmp_path, pages=pages)
    assert () == checking.check(state).flaws
    whole = told(state)
    assert set(range(len(SCRIPT))) <= {image.step for image in images}
    assert statements > 500
    for image in (*images, *torn(images, tmp_path))[part::PARTS]:
        assert_it_is_made_whole(image, whole)


def test_the_script_does_everything(tmp_path: Path) -> None:
    """Retries, spans of each kind, a removal, a pause and forgotten occurrences come to pass in it."""
    state, witness = tmp_path / "state" / "state.db", Witness()
    process = Process(state, witness)
    play(process)
    process.close()
    with open_reader(state) as reader:
        spans = {str(span.status) for span in reader.read(lambda r: r.spans(limit=10_000))}
        statuses = {str(run.status) for run in reader.read(lambda r: r.runs(limit=10_000))}
        attempts = {run.attempt for run in reader.read(lambda r: r.runs(limit=10_000))}
        forgotten = reader.read(lambda r: r.forgotten("uid of s/often"))
        gone = reader.read(lambda r: r.job("uid of s/goes"))
    assert {"superseded", "missed", "skipped"} == spans
    assert {"succeeded", "cancelled"} <= statuses
    assert {1, 2} <= attempts
    assert forgotten is not None
    assert gone is not None
    assert gone.removed_at == after(121)
