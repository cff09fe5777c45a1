"""Ways in which the files of a state go bad, done to real files."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from schedrun.core.ids import scheduled_run_id
from schedrun.core.spec.job import Job
from schedrun.core.status import RunStatus
from schedrun.protocols import Transaction
from schedrun.stores.sqlite import SqliteStore
from tests.contracts.ledger import DONE, a_job, a_run, at

PAGE = 4096
Damage = Callable[[Path], None]


def garbage_header(state: Path) -> None:
    """Make the first hundred bytes something else."""
    _overwrite(state, 0, b"\xa5" * 100)


def garbage_first_page(state: Path) -> None:
    """Leave the header as it is and garble what follows it: the schema cannot be read."""
    _overwrite(state, 100, b"\xa5" * (PAGE - 100))


def page_in_the_middle(state: Path) -> None:
    """Put something else into one page half-way through, as `dd` does."""
    _overwrite(state, _pages(state) // 2 * PAGE, b"\xa5" * PAGE)


def pages_here_and_there(state: Path) -> None:
    """Fill every twentieth page with zeros."""
    for number in range(20, _pages(state), 20):
        _overwrite(state, number * PAGE, bytes(PAGE))


def cut_in_half(state: Path) -> None:
    """Take the second half of the file away."""
    os.truncate(state, _pages(state) // 2 * PAGE)


def log_cut_in_half(state: Path) -> None:
    """Take the second half of the log away."""
    log = state.with_name(state.name + "-wal")
    os.truncate(log, log.stat().st_size // 2)


def log_cut_to_its_head(state: Path) -> None:
    """Leave next to nothing of the log."""
    os.truncate(state.with_name(state.name + "-wal"), 20)


def log_page_in_the_middle(state: Path) -> None:
    """Leave the log its length, with something else in its middle."""
    log = state.with_name(state.name + "-wal")
    _overwrite(log, log.stat().st_size // 2, b"\xa5" * 64)


def log_head_garbled(state: Path) -> None:
    """Leave the log its length, with something else in its head."""
    _overwrite(state.with_name(state.name + "-wal"), 0, b"\xa5" * 32)


def log_head_of_another_format(state: Path) -> None:
    """Change the first byte of the log alone: its salts are still those that the index knows."""
    _overwrite(state.with_name(state.name + "-wal"), 0, b"\xa5")


def log_emptied(state: Path) -> None:
    """Leave nothing in the log."""
    os.truncate(state.with_name(state.name + "-wal"), 0)


def log_gone(state: Path) -> None:
    """Delete the log."""
    state.with_name(state.name + "-wal").unlink()


def file_gone(state: Path) -> None:
    """Delete the file, and leave its log."""
    state.unlink()


def file_emptied(state: Path) -> None:
    """Leave nothing in the file, and its log as it is."""
    os.truncate(state, 0)


def cut_by_a_little(state: Path) -> None:
    """Take less than a page away."""
    os.truncate(state, state.stat().st_size - 100)


def cut_by_a_page(state: Path) -> None:
    """Take the last page away, so that nothing is left by halves."""
    os.truncate(state, state.stat().st_size - PAGE)


OF_THE_FILE = (
    garbage_header,
    garbage_first_page,
    page_in_the_middle,
    pages_here_and_there,
    cut_in_half,
    cut_by_a_little,
    cut_by_a_page,
)
OF_THE_LOG = (
    log_cut_in_half,
    log_cut_to_its_head,
    log_page_in_the_middle,
    log_head_garbled,
    log_head_of_another_format,
    log_emptied,
    log_gone,
)
OF_THE_FILE_OF_A_LOG = (file_gone, file_emptied)


def contents(state: Path) -> dict[str, bytes]:
    """Return database and log, byte for byte; an empty log, which readers leave behind, is none."""
    files = (state, state.with_name(state.name + "-wal"))
    return {file.name: file.read_bytes() for file in files if file.exists() and file.stat().st_size}


FILL = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.stores.damage import recorded
async def main():
    store = await recorded(Path(sys.argv[1]), int(sys.argv[2]))
    if sys.argv[3] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    await store.close()
asyncio.run(main())
"""


def written(state: Path, *, runs: int, killed: bool = False) -> Path:
    """Let another process record a job and this many of its runs; `killed`, it leaves its log behind."""
    command = [sys.executable, "-c", FILL, str(state), str(runs), "killed" if killed else "closed"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == (-signal.SIGKILL if killed else 0)
    return state


async def recorded(state: Path, runs: int) -> SqliteStore:
    """Record a job that fires each minute, and what became of its fires; return the store."""
    spec = Job.model_validate({"schedule": {"every": "1m"}, "target": {"command": ["true"]}})
    store = await SqliteStore.open(state)

    def some(tx: Transaction, numbers: range) -> None:
        for number in numbers:
            fire = at(number * 60)
            run = a_run(scheduled_run_id("u1", fire), number * 60)
            tx.insert_run(run.started(fire))
            tx.finish_run(run.id, attempt=1, status=RunStatus.SUCCEEDED, at=fire, outcome=DONE)

    await store.write(lambda tx: tx.put_job(a_job(spec=spec, cursor=at(runs * 60))))
    for begin in range(1, runs + 1, 20):
        await store.write(lambda tx, begin=begin: some(tx, range(begin, min(begin + 20, runs + 1))))  # type: ignore[misc]
    return store


def _pages(state: Path) -> int:
    return state.stat().st_size // PAGE


def _overwrite(file: Path, offset: int, content: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(offset)
        opened.write(content)
