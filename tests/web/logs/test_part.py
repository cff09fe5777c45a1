"""Parts of a log: the same bytes whether the file or the ledger has them."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from schedrun.core.ids import log_name
from schedrun.core.run.state import RunState
from schedrun.protocols import Reader
from schedrun.targets.live_file import LiveFile
from schedrun.web.logs.part import MOST_BYTES
from tests.web.backend import STRANGER, client
from tests.web.logs.ledger import Printing

pytestmark = pytest.mark.anyio


async def ask(run: Printing, query: str = "", *, path: str | None = None) -> httpx.Response:
    """Ask for a part."""
    async with client(run.backend) as api:
        return await api.get(f"{path or run.log}{query}")


async def part(run: Printing, query: str = "") -> dict[str, Any]:
    """Return a part."""
    answer = await ask(run, query)
    assert 200 == answer.status_code, answer.text
    told: dict[str, Any] = answer.json()
    assert len(told["text"].encode()) == told["next_offset"] - told["offset"]
    return told


def fields(answer: httpx.Response) -> list[str]:
    """Return the fields that a problem names."""
    assert 422 == answer.status_code
    return [fault["field"] for fault in answer.json()["errors"]]


async def test_a_run_that_waits_has_printed_nothing_yet(tmp_path: Path) -> None:
    """It is not complete; cancelled, it is."""
    run = Printing(tmp_path)
    await run.queue()
    assert {"text": "", "offset": 0, "next_offset": 0, "complete": False} == await part(run)
    await run.backend.write(lambda tx: tx.drop_run(run.id, at=run.backend.clock.now(), reason="enough"))
    assert {"text": "", "offset": 0, "next_offset": 0, "complete": True} == await part(run)


async def test_what_a_running_attempt_prints_comes_from_its_file(run: Printing) -> None:
    """As far as it has come."""
    assert {"text": "", "offset": 0, "next_offset": 0, "complete": False} == await part(run)
    run.print(b"one\n")
    assert {"text": "one\n", "offset": 0, "next_offset": 4, "complete": False} == await part(run)
    run.print("zwölf\n".encode())
    assert {"text": "zwölf\n", "offset": 4, "next_offset": 11, "complete": False} == await part(run, "?offset=4")
    assert {"text": "lf", "offset": 8, "next_offset": 10, "complete": False} == await part(run, "?offset=7&limit=3")
    assert {"text": "", "offset": 11, "next_offset": 11, "complete": False} == await part(run, "?offset=11")


@pytest.mark.parametrize("left", ["file", "ledger"])
async def test_the_same_bytes_stand_at_the_same_place_when_it_has_ended(run: Printing, left: str) -> None:
    """Undecodable ones were replaced, and are counted as what stands for them."""
    run.print(b"a\xff\xfe" + "€".encode()[:2])
    live = await part(run)
    assert ("a\ufffd\ufffd", 7) == (live["text"], live["next_offset"])
    run.print("€".encode()[2:] + b"z\xc3")
    run.close()
    await run.end("a\ufffd\ufffd€z\ufffd")
    if left == "ledger":
        run.discard()
    assert {"text": "€z\ufffd", "offset": 7, "next_offset": 14, "complete": True} == await part(run, "?offset=7")


async def test_an_end_between_two_questions_loses_nothing(run: Printing, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file goes right after it was said that the run is running: the ledger has what it held."""
    run.print(b"one\n")
    first = await part(run)

    read = run.backend.read
    ended = False

    async def end_behind(query: Callable[[Reader], Any]) -> Any:
        nonlocal ended
        answer = await read(query)
        if not ended:
            ended = True
            run.print(b"two\n")
            run.close()
            await run.end("one\ntwo\n")
            run.discard()
        return answer

    monkeypatch.setattr(run.backend, "read", end_behind)
    assert {"text": "two\n", "offset": 4, "next_offset": 8, "complete": True} == await part(
        run, f"?offset={first['next_offset']}"
    )


async def test_the_file_is_told_where_the_ledger_has_only_the_beginning(run: Printing) -> None:
    """Also its end, page by page."""
    whole = "".join(f"line {number:09}\n" for number in range(100_000))
    run.print(whole.encode())
    run.close()
    await run.end(whole[: 1 << 20] + "\n[output cut here: 1 more bytes]")
    first = await part(run)
    assert (MOST_BYTES, False) == (first["next_offset"], first["complete"])
    second = await part(run, f"?offset={first['next_offset']}")
    assert second["complete"]
    assert whole == first["text"] + second["text"]


async def test_what_the_ledger_kept_is_told_where_a_file_lost_more(run: Printing) -> None:
    """A disk that was full cut the file off, and nothing of what is known is held back."""
    run.print(b"one\n")
    await run.end("one\ntwo\n", status="failed")
    assert {"text": "one\ntwo\n", "offset": 0, "next_offset": 8, "complete": True} == await part(run)


async def test_a_file_that_a_crash_cut_off_is_told_as_far_as_it_goes(run: Printing) -> None:
    """It is complete: nothing more will come."""
    run.print(b"one\n")
    await run.end(None, status="interrupted")
    assert {"text": "one\n", "offset": 0, "next_offset": 4, "complete": True} == await part(run)


async def test_each_attempt_has_an_output_of_its_own(run: Printing) -> None:
    """The last one is meant where none is named."""
    run.print(b"one\n")
    run.close()
    await run.end("one\n", status="failed", retry_at=run.backend.clock.now() + timedelta(seconds=1))
    run.discard()
    assert ("one\n", True) == ((await part(run))["text"], (await part(run))["complete"])
    await run.start()
    assert ("", False) == ((await part(run))["text"], (await part(run))["complete"])
    run.print(b"two\n")
    assert ("two\n", False) == ((await part(run))["text"], (await part(run))["complete"])
    first = await part(run, "?attempt=1")
    assert ("one\n", True) == (first["text"], first["complete"])
    assert ["attempt"] == fields(await ask(run, "?attempt=3"))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?offset=5", "offset"),
        ("?offset=999999999999999", "offset"),
        ("?offset=1000000000000000", "offset"),
        ("?offset=-1", "offset"),
        ("?offset=x", "offset"),
        ("?limit=0", "limit"),
        ("?limit=1048577", "limit"),
        ("?attempt=0", "attempt"),
        ("?attempt=2", "attempt"),
        ("?file=/etc/passwd", "file"),
    ],
)
@pytest.mark.parametrize("ended", [True, False], ids=["ended", "running"])
async def test_what_is_out_of_range_is_named(run: Printing, query: str, field: str, ended: bool) -> None:
    """422, whether the run goes on or not."""
    run.print(b"one\n")
    if ended:
        run.close()
        await run.end("one\n")
        run.discard()
    assert [field] == fields(await ask(run, query))


async def test_an_offset_into_what_was_not_written_is_out_of_range(run: Printing) -> None:
    """While a run has printed nothing."""
    assert ["offset"] == fields(await ask(run, "?offset=1"))


@pytest.mark.parametrize(
    ("run_id", "status"), [("0123456789abcdef0123", 404), ("..", 404), ("%2e%2e%2fstate.db", 404), ("a%00b", 422)]
)
async def test_no_request_names_a_file(run: Printing, run_id: str, status: int) -> None:
    """Only runs that the ledger knows have a log."""
    assert status == (await ask(run, path=f"/api/v1/runs/{run_id}/log")).status_code


async def test_a_file_that_cannot_be_read_is_told(run: Printing) -> None:
    """503, and not a bug."""
    path = run.folder / log_name(run.id, 1)
    path.mkdir(parents=True)
    answer = await ask(run)
    assert (503, "store_unavailable") == (answer.status_code, answer.json()["code"])
    assert "directory" in answer.json()["detail"]


async def test_a_file_that_is_no_log_has_no_text(run: Printing) -> None:
    """What cannot be unpacked is left out."""
    run.folder.mkdir()
    (run.folder / log_name(run.id, 1)).write_bytes(b"no gzip")
    assert "" == (await part(run))["text"]


async def test_who_may_not_read_hears_nothing(run: Printing) -> None:
    """401."""
    async with client(run.backend, STRANGER) as api:
        assert 401 == (await api.get(run.log)).status_code


async def test_a_secret_that_a_read_cuts_stays_masked(tmp_path: Path) -> None:
    """The text is masked before it is cut."""
    from schedrun.secret import Masker
    from schedrun.targets.output import Output

    run = Printing(tmp_path)
    await run.queue()
    await run.start()
    printed = Output(Masker(["hunter2xyz"]), open_file=lambda: LiveFile(run.folder / log_name(run.id, 1)))
    told = ""
    for piece in (b"key=hunt", b"er2", b"xyz;", b" end hunter"):
        printed.feed(piece)
        printed.spill()
        assert printed.file is not None
        await asyncio.to_thread(printed.file.flush)
        while found := (await part(run, f"?offset={len(told.encode())}&limit=3"))["text"]:
            told += found
    assert "key=***; end " == told


def test_states_of_runs_say_what_may_come() -> None:
    """An attempt that goes on, one that comes, and those that have ended."""
    from schedrun.core.status import RunStatus

    running, waiting = RunState("r", "u", RunStatus.RUNNING, 2), RunState("r", "u", RunStatus.QUEUED, 2)
    ended = RunState("r", "u", RunStatus.FAILED, 2)
    assert [False, True, True] == [running.may_come(number) for number in (1, 2, 3)]
    assert [False, False, True] == [waiting.may_come(number) for number in (1, 2, 3)]
    assert [False, False, False] == [ended.may_come(number) for number in (1, 2, 3)]
    assert [True, False, False] == [running.has_ended(number) for number in (1, 2, 3)]
    assert [True, True, False] == [ended.has_ended(number) for number in (1, 2, 3)]


async def test_a_part_needs_nothing_that_stands_far_before_it(run: Printing) -> None:
    """Who pages through a long log has each byte read once: the beginning is not there any more."""
    text = "".join(f"{number} zwölf\n" for number in range(300_000))
    run.print(text.encode())
    first = await part(run)
    path = run.folder / log_name(run.id, 1)
    with path.open("r+b") as file:
        file.write(b"\0" * 1_000)
    pieces, offset = [first["text"]], first["next_offset"]
    while offset < len(text.encode()):
        found = await part(run, f"?offset={offset}")
        pieces.append(found["text"])
        offset = found["next_offset"]
    assert text == "".join(pieces)
