"""The end of an output, as the page of a run holds it: the same bytes that its stream counts."""

import re
from pathlib import Path

import pytest

from schedrun.core.run.outcome import Outcome
from schedrun.core.status import RunStatus
from schedrun.protocols import Transaction
from schedrun.render.run_details import RunDetails
from schedrun.web import questions
from schedrun.web.logs.part import part
from schedrun.web.pages import run
from schedrun.web.pages.run import TAIL_BYTES, Tail
from tests.contracts.ledger import a_job, a_run, at
from tests.web.backend import StoreBackend
from tests.web.logs.ledger import Printing
from tests.web.pages.looking import asked, words

pytestmark = pytest.mark.anyio


@pytest.fixture
async def printing(tmp_path: Path) -> Printing:
    """Give a run that was just started."""
    return await Printing.started(tmp_path)


async def details(printing: Printing) -> RunDetails:
    """Return what the page asks the ledger."""
    backend = printing.backend
    now, process = backend.clock.now(), backend.process()
    found, _ = await backend.read(
        lambda reader: questions.run_details(reader, printing.id, fires=backend.fires, now=now, process=process)
    )
    return found


async def tail(printing: Printing) -> Tail:
    """Return the end as the page holds it."""
    found = await details(printing)
    return run.tail(found, printing.folder, number=run.last_attempt(found.run))


async def test_a_run_that_has_printed_nothing_has_an_empty_end(printing: Printing) -> None:
    """There is neither a file nor a word in the ledger."""
    assert Tail("", 0, 0) == await tail(printing)


async def test_what_runs_shows_what_its_file_holds_so_far(printing: Printing) -> None:
    """From the first byte, where all of it has room."""
    printing.print("zwölf\n".encode())
    assert Tail("zwölf\n", 0, 7) == await tail(printing)


async def test_what_has_ended_without_a_file_shows_what_the_ledger_kept(printing: Printing) -> None:
    """The last attempt's output stands there."""
    await printing.end("done\n")
    assert Tail("done\n", 0, 5) == await tail(printing)


async def test_a_long_output_shows_its_end_and_cuts_no_character(printing: Printing) -> None:
    """Where the cut falls within a character, the end begins with the next one."""
    text = "é" * (2 * TAIL_BYTES) + "x"
    await printing.end(text)
    begin = 4 * TAIL_BYTES + 1 - TAIL_BYTES + 1
    assert Tail(text[begin // 2 :], begin, 4 * TAIL_BYTES + 1) == await tail(printing)


async def test_a_stream_goes_on_from_the_end_of_a_file_that_grows(printing: Printing) -> None:
    """What comes later stands at the byte that the page names."""
    printing.print("é".encode() * TAIL_BYTES)
    shown = await tail(printing)
    printing.print(b"later\n")
    following = await part(printing.backend, printing.id, attempt=None, offset=shown.end, limit=100)
    assert ("later\n", shown.end) == (following.text, following.offset)


async def test_a_file_that_lost_its_end_yields_to_what_the_ledger_kept(printing: Printing) -> None:
    """A file that holds less than the ledger is not shown."""
    printing.print(b"begun\n")
    await printing.end("begun\nand ended\n")
    assert Tail("begun\nand ended\n", 0, 16) == await tail(printing)


async def test_a_file_that_cannot_be_read_leaves_the_page_whole(printing: Printing) -> None:
    """A folder stands in its place: the ledger's words are shown."""
    printing.print(b"begun\n")
    printing.close()
    assert printing.file is not None
    (path,) = printing.folder.iterdir()
    path.unlink()
    path.mkdir()
    await printing.end("kept\n")
    assert Tail("kept\n", 0, 5) == await tail(printing)


@pytest.mark.parametrize(
    ("asked_for", "printed", "says"),
    [
        pytest.param("", "from the second", "of attempt 2", id="the-last"),
        pytest.param("?attempt=2", "from the second", "of attempt 2", id="the-last-by-number"),
        pytest.param("?attempt=1", "from the first", "of attempt 1, show the last", id="an-earlier-one"),
    ],
)
async def test_each_attempt_has_its_output(asked_for: str, printed: str, says: str) -> None:
    """The table of attempts leads to the others, and only what goes on is followed."""
    async with asked(await _tried_twice()) as browser:
        answer = await browser.get(f"/runs/r1{asked_for}")
    (log,) = re.findall(r'<pre id="log"[^>]*data-active="(\w+)"[^>]*>\s*([^<]*)</pre>', answer.text)
    assert ("no", printed) == log
    assert says in words(answer)
    others = re.findall(r'href="(/runs/r1\?attempt=\d)"', answer.text)
    assert ["/runs/r1?attempt=2" if "first" in printed else "/runs/r1?attempt=1"] == others


@pytest.mark.parametrize("number", ["0", "3", "-1", "one", "\u0661"])
async def test_an_attempt_that_never_was_is_refused(number: str) -> None:
    """With those that there are."""
    async with asked(await _tried_twice()) as browser:
        answer = await browser.get("/runs/r1", params={"attempt": number})
    assert 422 == answer.status_code
    assert "is no attempt of this run. Choose one from 1 to 2." in words(answer)


async def _tried_twice() -> StoreBackend:
    backend = StoreBackend()

    def record(tx: Transaction) -> None:
        tx.put_job(a_job())
        tx.insert_run(a_run("r1"))
        for number, word, status in (1, "first", RunStatus.FAILED), (2, "second", RunStatus.SUCCEEDED):
            tx.start_run("r1", at=at(10 * number))
            outcome = Outcome(exit_code=2 - number, output=f"from the {word}")
            retry_at = at(20) if number == 1 else None
            tx.finish_run(
                "r1", attempt=number, status=status, at=at(10 * number + 5), outcome=outcome, retry_at=retry_at
            )

    await backend.write(record)
    return backend
