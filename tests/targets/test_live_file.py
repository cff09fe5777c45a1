"""Live files: one stream, readable at each flush; a disk that is full ends the file and nothing else."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from schedrun.stores import logs
from schedrun.targets.live_file import LiveFile

NOTE = "\n[the rest of the output could not be written: No space left on device]\n"


def text_of(path: Path) -> str:
    return "".join(logs.read(path))


def full(*_: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a file in a folder that is not there yet."""
    return tmp_path / "state.db.logs" / "run-1.gz"


def test_holds_everything_once_it_is_closed(path: Path) -> None:
    """One gzip stream with its end; nobody else may read it."""
    file = LiveFile(path)
    file.write(b"one\n")
    file.flush()
    file.write(b"two\n")
    file.close()
    with logs.LogFile(path) as reader:
        assert "one\ntwo\n" == "".join(reader.read())
        assert reader.complete
    assert [0o700, 0o600] == [stat.S_IMODE(one.stat().st_mode) for one in (path.parent, path)]
    assert file.fault is None


def test_can_be_read_at_each_flush(path: Path) -> None:
    """What was written before it is there, the stream goes on."""
    file = LiveFile(path)
    file.write(b"one\n")
    file.flush()
    assert "one\n" == text_of(path)
    file.write(b"two\n")
    file.flush()
    assert "one\ntwo\n" == text_of(path)
    file.close()


def test_is_gone_when_it_is_not_needed(path: Path) -> None:
    """Asked twice, it is gone all the same."""
    file = LiveFile(path)
    file.close()
    file.remove()
    file.remove()
    assert not path.exists()


def test_says_why_it_cannot_be_made(tmp_path: Path) -> None:
    """Writing to it changes nothing."""
    (tmp_path / "folder").write_text("in the way")
    file = LiveFile(tmp_path / "folder" / "run-1.gz")
    writes: tuple[Callable[[], None], ...] = (lambda: file.write(b"one"), file.flush, file.close, file.remove)
    for write in writes:
        write()
    assert "File exists" == file.fault


def test_follows_no_link(path: Path, tmp_path: Path) -> None:
    """What lies there already is not ours to follow."""
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere")
    assert LiveFile(path).fault is not None
    assert not (tmp_path / "elsewhere").exists()


class TestFullDisk:
    def write(self, path: Path, *, recovers: bool, monkeypatch: pytest.MonkeyPatch, break_: Callable[..., int]) -> str:
        file = LiveFile(path)
        file.write(b"one\n")
        file.flush()
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", break_)
            file.write(b"two\n")
            file.flush()
            assert "No space left on device" == file.fault
            file.write(b"three\n")
            file.flush()
            if not recovers:
                file.close()
        if recovers:
            file.close()
        return text_of(path)

    def test_ends_with_a_note(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """There is space again when the run ends: what was on its way is there, and then the note."""
        assert f"one\ntwo\n{NOTE}" == self.write(path, recovers=True, monkeypatch=monkeypatch, break_=full)

    def test_ends_where_it_ends(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Not even the note fits: what was written before stays readable."""
        assert "one\n" == self.write(path, recovers=False, monkeypatch=monkeypatch, break_=full)

    def test_goes_on_behind_a_write_that_was_taken_in_part(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The stream is not torn."""
        right, calls = os.write, [0]

        def partly(descriptor: int, data: bytes) -> int:
            calls[0] += 1
            return right(descriptor, bytes(data[:3])) if calls[0] == 1 else full()

        assert f"one\ntwo\n{NOTE}" == self.write(path, recovers=True, monkeypatch=monkeypatch, break_=partly)

    @pytest.mark.parametrize(
        ("total", "left", "expected"),
        [
            pytest.param(100 << 30, 63 << 20, f"one\ntwo\n{NOTE}", id="large"),
            pytest.param(100 << 30, 65 << 20, "one\ntwo\n", id="large-with-room"),
            pytest.param(20 << 20, (1 << 20) - 1, f"one\ntwo\n{NOTE}", id="small"),
            pytest.param(20 << 20, 1 << 20, "one\ntwo\n", id="small-with-room"),
        ],
    )
    def test_leaves_the_last_of_the_disk_to_the_ledger(
        self, path: Path, monkeypatch: pytest.MonkeyPatch, total: int, left: int, expected: str
    ) -> None:
        """Nothing could start any more if the output of one job took it."""
        file = LiveFile(path)
        file.write(b"one\n")
        file.flush()
        monkeypatch.setattr(os, "fstatvfs", lambda _: SimpleNamespace(f_frsize=1, f_blocks=total, f_bavail=left))
        file.write(b"two\n")
        file.flush()
        file.close()
        assert expected == text_of(path)
