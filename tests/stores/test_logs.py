"""Output files: read from their first byte, also while they grow, and whatever a crash left of them."""

import gzip
import random
import zlib
from pathlib import Path

import pytest

from schedrun.stores import logs


class Writer:
    """Writes a stream as runs do, flushed whenever the test says so."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._gzip = zlib.compressobj(1, zlib.DEFLATED, 31)
        path.touch()

    def write(self, data: bytes) -> None:
        self._append(self._gzip.compress(data) + self._gzip.flush(zlib.Z_SYNC_FLUSH))

    def end(self) -> None:
        self._append(self._gzip.flush(zlib.Z_FINISH))

    def _append(self, packed: bytes) -> None:
        with self._path.open("ab") as file:
            file.write(packed)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the file is, or will be."""
    return tmp_path / "run-1.gz"


class TestRead:
    def test_gives_the_whole_text(self, path: Path) -> None:
        """Also one that is far longer than a piece, and packed into next to nothing."""
        text = "ä line\n" * 1_000_000
        path.write_bytes(gzip.compress(text.encode()))
        pieces = list(logs.read(path))
        assert text == "".join(pieces)
        assert max(len(piece) for piece in pieces) <= 1 << 18

    def test_gives_what_hardly_packs(self, path: Path) -> None:
        """Pieces end anywhere in the packed bytes."""
        data = random.Random(1).randbytes(500_000).hex()
        path.write_bytes(gzip.compress(data.encode(), 1))
        assert data == "".join(logs.read(path))

    @pytest.mark.parametrize("length", range(0, 60, 7))
    def test_gives_what_is_there_of_a_stream_that_was_cut(self, path: Path, length: int) -> None:
        """Whatever the crash left: a beginning of the text, and no error."""
        packed = zlib.compressobj(0, zlib.DEFLATED, 31)
        stream = packed.compress(b"0123456789" * 4) + packed.flush(zlib.Z_SYNC_FLUSH)
        path.write_bytes(stream[:length])
        assert ("0123456789" * 4).startswith("".join(logs.read(path)))

    def test_gives_all_that_was_flushed(self, path: Path) -> None:
        """A service that was killed left its last flush."""
        writer = Writer(path)
        writer.write("käse\n".encode())
        assert "käse\n" == "".join(logs.read(path))

    def test_stops_where_the_file_is_damaged(self, path: Path) -> None:
        """No traceback for what a bad disk did."""
        path.write_bytes(b"this is no gzip stream")
        with logs.LogFile(path) as file:
            assert [] == list(file.read())
            assert file.complete

    def test_replaces_what_is_no_text(self, path: Path) -> None:
        """A character that never ended too."""
        path.write_bytes(gzip.compress(b"a\xffb\xc3"))
        assert "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}" == "".join(logs.read(path))

    def test_says_that_there_is_none(self, path: Path) -> None:
        """The caller then has the ledger's text."""
        with pytest.raises(FileNotFoundError):
            list(logs.read(path))

    def test_gives_each_byte_once(self, path: Path) -> None:
        """What came since the last time, a split character only when it is whole."""
        writer = Writer(path)
        with logs.LogFile(path) as file:
            assert [] == list(file.read())
            writer.write(b"one\xc3")
            assert ["one"] == list(file.read())
            writer.write(b"\xa4two")
            assert ["ätwo"] == list(file.read())
            assert not file.complete
            writer.end()
            assert [] == list(file.read())
            assert file.complete

    @pytest.mark.parametrize("kind", ["repeated", "random", "mixed"])
    def test_goes_on_from_a_checkpoint(self, path: Path, kind: str) -> None:
        """After any piece, however well it packs, also when more was written since; another file takes none."""
        hexed = random.Random(1).randbytes(300_000).hex()
        text = {"repeated": "ä line\n" * 200_000, "random": hexed, "mixed": f"{'€' * 300_000}{hexed}"}[kind]
        writer, checkpoints, read = Writer(path), [], ""
        writer.write(text.encode())
        with logs.LogFile(path) as file:
            for piece in file.read():
                read += piece
                checkpoints.append((len(read), file.checkpoint()))
        writer.write(b"end")
        writer.end()
        found = [(length, known) for length, known in checkpoints if known is not None]
        assert len(found) >= len(checkpoints) / 3
        for length, known in found:
            for _ in "twice":
                with logs.LogFile(path) as file:
                    assert file.go_on_from(known)
                    assert f"{text}end"[length:] == "".join(file.read())
        other = path.with_name("other.gz")
        other.write_bytes(path.read_bytes())
        with logs.LogFile(other) as file:
            assert not file.go_on_from(found[0][1])
            assert f"{text}end" == "".join(file.read())

    def test_reads_on_in_a_file_that_was_deleted(self, path: Path) -> None:
        """The ledger had all of it, but who follows has begun with the file."""
        writer = Writer(path)
        writer.write(b"one ")
        with logs.LogFile(path) as file:
            assert ["one "] == list(file.read())
            writer.write(b"two")
            writer.end()
            path.unlink()
            assert ["two"] == list(file.read())
            assert file.complete
