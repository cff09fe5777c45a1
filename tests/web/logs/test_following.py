"""Following a log: what is printed comes once, in order, at true offsets, whatever happens to the run."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from schedrun.core.errors import StoreError
from schedrun.core.ids import log_name
from schedrun.core.run.retention import Pruned
from schedrun.web.logs.output import Output
from tests.virtual import settle
from tests.web.backend import STRANGER
from tests.web.logs.ledger import Printing
from tests.web.streaming import Heard, Stream, listening, names

pytestmark = pytest.mark.anyio


async def later(run: Printing, seconds: float = 0.3) -> None:
    """Let time pass, and what happens then happen."""
    await run.backend.time.advance(seconds)
    await settle()


def stream_of(run: Printing, query: str = "", *, last: int | str | None = None, **fields: Any) -> Any:
    """Open the stream of the run's log."""
    headers = [] if last is None else [("last-event-id", str(last))]
    return listening(run.backend, f"{run.log}/stream{query}", headers=headers, **fields)


def ended(stream: Stream, **data: Any) -> None:
    """Check that the stream has ended with this and nothing else."""
    assert [Heard("end", data)] == stream.heard()
    assert stream.ended


async def test_tells_what_is_printed_as_it_comes(run: Printing) -> None:
    """Each with where it begins, and with what a client says that goes on behind it."""
    async with stream_of(run) as stream:
        assert 200 == stream.status
        assert ("no-store", "no") == (stream.headers["cache-control"], stream.headers["x-accel-buffering"])
        assert [] == stream.heard()
        run.print(b"one\n")
        await later(run)
        assert [Heard("output", {"text": "one\n", "offset": 0}, "4")] == stream.heard()
        run.print("zwölf\n".encode())
        await later(run)
        assert [Heard("output", {"text": "zwölf\n", "offset": 4}, "11")] == stream.heard()
        run.close()
        await run.end("one\nzwölf\n")
        run.discard()
        await later(run)
        ended(stream, status="succeeded")


async def test_comments_come_while_nothing_is_printed(run: Printing) -> None:
    """Each 15 s."""
    async with stream_of(run) as stream:
        await later(run, 31)
        assert 2 == stream.comments()


@pytest.mark.parametrize("left", ["file", "ledger"])
async def test_what_has_ended_is_told_at_once(run: Printing, left: str) -> None:
    """From the file or the ledger."""
    run.print(b"one\n")
    run.close()
    await run.end("one\n", status="failed")
    if left == "ledger":
        run.discard()
    async with stream_of(run) as stream:
        assert [
            Heard("output", {"text": "one\n", "offset": 0}, "4"),
            Heard("end", {"status": "failed"}),
        ] == stream.heard()
        assert stream.ended


@pytest.mark.parametrize("seen", [True, False], ids=["file was seen", "file was not seen"])
async def test_the_end_loses_and_doubles_nothing(run: Printing, seen: bool) -> None:
    """The rest is printed, the file goes and the ledger has all of it between two looks."""
    async with stream_of(run) as stream:
        if seen:
            run.print(b"one\n")
            await later(run)
            assert "one\n" == stream.text()
        run.print(b"two\n")
        run.close()
        whole = "one\ntwo\n" if seen else "two\n"
        await run.end(whole)
        run.discard()
        await later(run)
        (output, end) = stream.heard()
        assert ({"text": "two\n", "offset": len(whole) - 4}, "end") == (output.data, end.name)


async def test_a_character_that_is_printed_in_halves_is_told_whole(run: Printing) -> None:
    """And a half that stays one as what stands for it."""
    async with stream_of(run) as stream:
        run.print(b"a" + "€".encode()[:2])
        await later(run)
        assert "a" == stream.text()
        run.print("€".encode()[2:] + b"\xe2\x82")
        await later(run)
        assert "€" == stream.text()
        run.close()
        await run.end("a€\ufffd")
        run.discard()
        await later(run)
        assert [("output", {"text": "\ufffd", "offset": 4}), ("end", {"status": "succeeded"})] == [
            (event.name, event.data) for event in stream.heard()
        ]


@pytest.mark.parametrize("offset", range(12))
async def test_goes_on_where_a_client_stopped(run: Printing, offset: int) -> None:
    """While the run goes on; within a character, at the next."""
    run.print("aß€𝄞z".encode())
    async with stream_of(run, last=offset) as stream:
        run.print(b"!")
        await later(run)
        expected = "aß€𝄞z!".encode()[offset:].decode(errors="ignore")
        assert expected == stream.text()


@pytest.mark.parametrize(("last", "field"), [(5, "offset"), (10**15 - 1, "offset"), (10**15, "Last-Event-ID")])
@pytest.mark.parametrize("over", [True, False], ids=["ended", "running"])
async def test_an_id_behind_the_end_is_refused(run: Printing, last: int, field: str, over: bool) -> None:
    """As one of another attempt may be; and so is what is no id."""
    run.print(b"one\n")
    if over:
        run.close()
        await run.end("one\n")
    async with stream_of(run, last=last) as stream:
        assert 422 == stream.status
        assert field in stream.body.decode()
    async with stream_of(run, last="x") as stream:
        assert 422 == stream.status


async def test_an_attempt_ends_and_the_next_has_a_stream_of_its_own(run: Printing) -> None:
    """The end names it; it may be asked for before it begins."""
    async with stream_of(run) as first:
        run.print(b"one\n")
        run.close()
        await run.end("one\n", status="failed", retry_at=run.backend.clock.now() + timedelta(seconds=60))
        run.discard()
        await later(run)
        assert "output" == first.heard()[0].name
        assert b'event: end\ndata: {"status":"failed","next_attempt":2}\n\n' in first.body
        assert first.ended
    async with stream_of(run, "?attempt=2") as second:
        await later(run, 20)
        assert [] == second.heard()
        await run.start()
        run.print(b"two\n")
        await later(run)
        assert [{"text": "two\n", "offset": 0}] == [event.data for event in second.heard()]
        run.close()
        await run.end("two\n")
        await later(run)
        ended(second, status="succeeded")
    async with stream_of(run, "?attempt=1") as again:
        assert [{"text": "one\n", "offset": 0}, {"status": "failed", "next_attempt": 2}] == [
            event.data for event in again.heard()
        ]
    async with stream_of(run, "?attempt=3") as none:
        assert 422 == none.status


async def test_a_run_that_never_starts_ends_with_what_became_of_it(tmp_path: Path) -> None:
    """Nothing was printed."""
    run = Printing(tmp_path)
    await run.queue()
    async with stream_of(run) as stream:
        await later(run, 20)
        assert [] == stream.heard()
        await run.backend.write(lambda tx: tx.drop_run(run.id, at=run.backend.clock.now(), reason="enough"))
        await later(run)
        ended(stream, status="cancelled")


async def test_a_run_that_is_cancelled_before_its_next_attempt_is_over(run: Printing) -> None:
    """How the run ended is told, not only its attempt."""
    await run.end("one\n", status="failed", retry_at=run.backend.clock.now() + timedelta(seconds=60))
    async with stream_of(run, "?attempt=2") as stream:
        await run.backend.write(lambda tx: tx.drop_run(run.id, at=run.backend.clock.now(), reason="enough"))
        await later(run)
        ended(stream, status="cancelled")
    async with stream_of(run) as stream:
        assert "output" == stream.heard()[0].name
        assert b'{"status":"cancelled"}' in stream.body


async def test_a_service_that_was_killed_leaves_what_its_file_holds(run: Printing) -> None:
    """The next one records the attempt as interrupted; nobody who followed misses a byte."""
    async with stream_of(run) as stream:
        run.print(b"one\n")
        await later(run)
        assert "one\n" == stream.text()
        run.print(b"two\n")
        await run.end(None, status="interrupted")
        await later(run)
        assert [{"text": "two\n", "offset": 4}, {"status": "interrupted"}] == [event.data for event in stream.heard()]


async def test_much_output_comes_in_bounded_pieces_and_whole(run: Printing) -> None:
    """However much one read of the file gives; repeated lines are packed a thousandfold."""
    whole = "€uro line\n" * 400_000
    run.print(whole.encode())
    run.close()
    await run.end("cut", status="failed")
    async with stream_of(run) as stream:
        for _ in range(400):
            if stream.ended:
                break
            await settle()
        events = stream.heard()
    texts = [event.data["text"] for event in events[:-1]]
    assert whole == "".join(texts)
    assert 1 << 16 >= max(len(text.encode()) for text in texts)


async def test_a_slow_client_holds_back_the_reading(run: Printing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read ahead of it, and nothing is lost."""
    taken = 0
    new = Output.new

    def counting(output: Output, standing: Any) -> Any:
        nonlocal taken
        for text in new(output, standing):
            taken += len(text)
            yield text

    monkeypatch.setattr(Output, "new", counting)
    whole = "line\n" * 300_000
    run.print(whole.encode())
    async with stream_of(run) as stream:
        stream.takes.clear()
        sent = len(stream.body)
        await later(run, 5)
        assert sent == len(stream.body)
        assert taken < len(whole) // 4 + len(stream.body)
        stream.takes.set()
        for _ in range(400):
            await settle()
            if len(stream.body) > len(whole) * 6 // 5:  # in JSON each line is longer by one
                break
        await later(run)
        assert whole == stream.text()


async def test_a_ledger_that_cannot_be_read_for_a_while_stops_nothing(run: Printing) -> None:
    """What is printed comes all the same, and the end when it can be known."""
    async with stream_of(run) as stream:
        run.backend.failure = StoreError("disk I/O error")
        run.print(b"one\n")
        run.backend.writes += 1
        await later(run)
        assert "one\n" == stream.text()
        run.close()
        run.backend.failure = None
        await run.end("one\n")
        run.backend.failure = StoreError("disk I/O error")
        await later(run, 5)
        assert [] == stream.heard()
        run.backend.failure = None
        await later(run)
        ended(stream, status="succeeded")
    run.backend.failure = StoreError("disk I/O error")
    async with stream_of(run) as refused:
        assert 503 == refused.status


async def test_a_file_that_cannot_be_read_is_no_bug(run: Printing, caplog: pytest.LogCaptureFixture) -> None:
    """503 at the begin; later the stream ends, so that its client asks again and hears why."""
    path = run.folder / log_name(run.id, 1)
    async with stream_of(run) as stream:
        path.mkdir(parents=True)
        await later(run)
        assert stream.ended
        assert "log_unreadable" in [getattr(record, "event", "") for record in caplog.records]
    async with stream_of(run) as refused:
        assert 503 == refused.status


async def test_a_run_that_is_forgotten_ends_its_stream(run: Printing, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing more to tell."""
    async with stream_of(run) as stream:
        await run.end("one\n")
        now = run.backend.clock.now() + timedelta(seconds=9)

        def forget(tx: Any) -> Pruned:
            tx.put_job(tx.job("u1")._replace(cursor=now))
            pruned: Pruned = tx.prune("u1", before=now, keep=None, limit=10)
            return pruned

        assert 1 == (await run.backend.write(forget)).runs
        await later(run)
        assert stream.ended
        assert [] == names(stream.heard())


async def test_a_client_that_leaves_lets_go_of_the_file(run: Printing, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, not at the next output."""
    closed = 0
    close = Output.close

    def counting(output: Output) -> None:
        nonlocal closed
        closed += 1
        close(output)

    monkeypatch.setattr(Output, "close", counting)
    run.print(b"one\n")
    async with stream_of(run) as stream:
        before = closed
        stream.left.set()
        await settle()
        assert before + 1 == closed


@pytest.mark.parametrize(("run_id", "status"), [("0123456789abcdef0123", 404), ("a%00b", 422)])
async def test_only_runs_of_the_ledger_have_a_stream(run: Printing, run_id: str, status: int) -> None:
    """No request names a file."""
    async with listening(run.backend, f"/api/v1/runs/{run_id}/log/stream") as stream:
        assert status == stream.status


async def test_who_may_not_read_hears_nothing(run: Printing) -> None:
    """Neither output nor events."""
    async with stream_of(run, caller=STRANGER) as stream:
        assert 401 == stream.status
    async with listening(run.backend, "/api/v1/events", caller=STRANGER) as stream:
        assert 401 == stream.status
