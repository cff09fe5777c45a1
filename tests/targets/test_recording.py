"""What a run prints, from the first byte to the ledger's text and the live file."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from schedrun.secret import Masker
from schedrun.stores import logs
from schedrun.targets import recording
from schedrun.targets.cap import OUTPUT_CAP
from schedrun.targets.live_file import LiveFile, Logs
from schedrun.targets.recording import Recorded, Recording
from tests.targets.contexts import RUN_ID, run_context, until

pytestmark = pytest.mark.anyio

NAME = f"{RUN_ID}-2.gz"
ALL = f"schedrun runs logs {RUN_ID}"


class Tap:
    """A source that notes whether it is asked to pause."""

    def __init__(self) -> None:
        self.paused = False
        self.pauses = 0

    def pause(self) -> None:
        self.pauses += not self.paused
        self.paused = True

    def resume(self) -> None:
        self.paused = False


async def record(
    pieces: Sequence[bytes],
    folder: Path | None,
    *,
    secrets: Sequence[str] = (),
    after: Callable[[], Awaitable[None]] | None = None,
) -> Recorded:
    """Record the pieces as the output of a run, and call `after` between the last of them and the end."""
    kept = None if folder is None else Logs(folder)
    taking = Recording(Masker(secrets), run_context(), logs=kept)
    for piece in pieces:
        taking.feed(piece)
    if after is not None:
        await after()
    recorded = await taking.end()
    if kept is not None:
        kept.close()
    return recorded


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def text_of(folder: Path) -> str:
    return "".join(logs.read(folder / NAME))


async def test_little_output_never_touches_the_disk(tmp_path: Path) -> None:
    """The folder is not even made."""
    assert Recorded("onetwo", None) == await record([b"one", b"two"], tmp_path / "logs")
    assert not (tmp_path / "logs").exists()


async def test_without_a_folder_only_the_cap_counts(tmp_path: Path) -> None:
    """An embedded scheduler keeps no files."""
    recorded = await record([b"x" * OUTPUT_CAP, b"12345"], None)
    assert Recorded("x" * OUTPUT_CAP + "\n[output cut here: 5 more bytes]", None) == recorded


async def test_what_the_ledger_cannot_hold_is_in_the_file(tmp_path: Path) -> None:
    """From the first byte; the ledger's text names the command that prints it."""
    pieces = [random.Random(1).randbytes(40_000).hex().encode() for _ in range(40)]
    recorded = await record(pieces, tmp_path)
    whole = b"".join(pieces).decode()
    note = f"\n[output cut here: {len(whole) - OUTPUT_CAP:,} more bytes; `{ALL}` prints all of it]"
    assert Recorded(whole[:OUTPUT_CAP] + note, None) == recorded
    assert whole == text_of(tmp_path)


async def test_exactly_full_is_not_too_much(tmp_path: Path) -> None:
    """Nothing is cut, so no file stays."""
    recorded = await record([b"x" * (OUTPUT_CAP - 10), b"y" * 10], tmp_path)
    assert "x" * (OUTPUT_CAP - 10) + "y" * 10 == recorded.text
    if recorded.discard is not None:
        recorded.discard()
    assert [] == files(tmp_path)


async def test_a_run_that_goes_on_can_be_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file is there soon after its first output; in the end the ledger has all, and the file may go."""
    monkeypatch.setattr(recording, "SPILL_AFTER_SECONDS", 0)

    async def seen() -> None:
        await until(lambda: (tmp_path / NAME).exists() and text_of(tmp_path) == "one")

    recorded = await record([b"one"], tmp_path, after=seen)
    assert "one" == recorded.text == text_of(tmp_path)
    assert recorded.discard is not None
    recorded.discard()
    assert [] == files(tmp_path)


async def test_what_is_printed_later_is_there_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece is flushed, also the beginning of what is no secret after all."""
    monkeypatch.setattr(recording, "SPILL_AFTER_SECONDS", 0)
    monkeypatch.setattr(recording, "FLUSH_SECONDS", 0)
    kept = Logs(tmp_path)
    taking = Recording(Masker(["s3cret"]), run_context(), logs=kept)
    printed = ""
    for piece, shown in (("one ", "one "), ("s3c", "one "), ("ond ", "one s3cond "), ("s3cret", "one s3cond ***")):
        printed += piece
        taking.feed(piece.encode())
        await until(lambda: (tmp_path / NAME).exists() and text_of(tmp_path) == shown)  # noqa: B023  called at once
    assert "one s3cond ***" == (await taking.end()).text
    kept.close()


@pytest.mark.parametrize("split", range(1, 12))
async def test_no_secret_is_in_the_file_wherever_it_is_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, split: int
) -> None:
    """Between two reads, with a flush of the file between them, across the cap, and in what is beyond it."""
    monkeypatch.setattr(recording, "FLUSH_SECONDS", 0)
    secret, longer = "s3cret-value", "s3cret-value-and-more"
    first, second = secret[:split].encode(), secret[split:].encode()
    kept = Logs(tmp_path)
    taking = Recording(Masker([secret, longer]), run_context(), logs=kept)
    # The first ends just before the cap, at it or behind it, as its mask is shorter; the rest is beyond it.
    taking.feed(b"x" * (OUTPUT_CAP - split) + first)
    await until((tmp_path / NAME).exists)
    await asyncio.sleep(0.01)
    taking.feed(second + b" ")
    taking.feed(longer.encode() + b" " + first)
    await asyncio.sleep(0.01)
    taking.feed(second + b"-and-more.")
    recorded = await taking.end()
    kept.close()
    assert "x" * (OUTPUT_CAP - split) + "*** *** ***." == text_of(tmp_path)
    assert "s3c" not in recorded.text


async def test_the_source_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory does not grow with what is printed: who prints faster than the disk takes it, waits."""
    piece = random.Random(2).randbytes(1 << 16)
    tap, kept = Tap(), Logs(tmp_path)
    taking = Recording(Masker(()), run_context(), logs=kept, source=tap)
    fed = most = 0
    for _ in range(400):
        await until(lambda: not tap.paused)
        taking.feed(piece)
        fed += len(piece)
        most = max(most, taking.waiting_bytes)
    recorded = await taking.end()
    kept.close()
    assert fed == OUTPUT_CAP + int(recorded.text.rpartition("here: ")[2].partition(" ")[0].replace(",", ""))
    assert tap.pauses
    assert not tap.paused
    assert most <= (1 << 20) + len(piece)


async def test_a_full_disk_costs_the_file_and_not_the_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger's text says that not even the file has all of it."""

    def full(file: LiveFile, *, reserve: int = 0) -> None:
        file.fault = "No space left on device"

    monkeypatch.setattr(LiveFile, "_send", full)
    recorded = await record([b"x" * OUTPUT_CAP, b"12345"], tmp_path)
    note = f"\n[output cut here: 5 more bytes, of which `{ALL}` prints what could be written: No space left on device]"
    assert "x" * OUTPUT_CAP + note == recorded.text
    assert recorded.discard is None


async def test_a_bug_is_told_and_ends_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What was kept by then is still there."""
    monkeypatch.setattr(recording, "SPILL_AFTER_SECONDS", 0)

    def broken(file: LiveFile) -> None:
        raise ZeroDivisionError("a bug")

    def told() -> bool:
        return "output_lost" in [getattr(record, "event", None) for record in caplog.records]

    monkeypatch.setattr(LiveFile, "flush", broken)
    assert "one" == (await record([b"one"], tmp_path, after=lambda: until(told))).text
