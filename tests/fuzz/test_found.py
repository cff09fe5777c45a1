"""Inputs that were found by fuzzing, each of which broke something once; and that the fuzzer's own parts work."""

from pathlib import Path

import pytest

from schedrun.render import findings_full
from tests.fuzz import reader, seeds

_FOUND = sorted((Path(__file__).parent / "found").iterdir())


@pytest.mark.parametrize("path", _FOUND, ids=lambda path: path.name)
def test_what_broke_once_holds(path: Path) -> None:
    """The whole way of a validation, for the bytes as they were found."""
    reader.examine(path.read_bytes())


def test_every_seed_holds() -> None:
    """A fuzzer that begins with a fault finds no other."""
    for seed in seeds.seeds():
        reader.examine(seed)


def test_words_are_escaped_whole(tmp_path: Path) -> None:
    """A dictionary with one bad line is refused as a whole."""
    assert r'"\x0D\x0A"' in seeds.dictionary().splitlines()
    assert all(line[0] == line[-1] == '"' and line.isascii() for line in seeds.dictionary().splitlines())


def test_seeds_are_written_by_content(tmp_path: Path) -> None:
    """Twice is once."""
    seeds.write(tmp_path)
    seeds.write(tmp_path)
    assert len(set(seeds.seeds())) == len(list(tmp_path.iterdir()))


def test_sees_a_place_outside_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The examiner can fail."""
    monkeypatch.setattr(reader, "inside", lambda position, data: False)
    with pytest.raises(AssertionError, match="not in the file"):
        reader.examine(b"schedrun: v1\n")


def test_sees_what_could_move_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """So can it for what is shown."""
    monkeypatch.setattr(findings_full, "text", lambda *_, **__: "\x1b[2J")
    with pytest.raises(AssertionError, match="move a terminal"):
        reader.examine(b"schedrun: v1\n")
