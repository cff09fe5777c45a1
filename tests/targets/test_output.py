"""The first MiB, as text."""

import pytest

from schedrun.secret import Masker
from schedrun.targets.output import Output


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        pytest.param([], "", id="nothing"),
        pytest.param([b"abc", b"defgh"], "abcdefgh", id="exactly-full"),
        pytest.param([b"abc", b"defghi"], "abcdefgh\n[output cut here: 1 more bytes]", id="one-too-many"),
        pytest.param([b"abcdefghi", b"jk", b"l"], "abcdefgh\n[output cut here: 4 more bytes]", id="goes-on"),
        pytest.param([b"abcdefg\xc3\xa4x"], "abcdefg\n[output cut here: 2 more bytes]", id="splits-a-character"),
        pytest.param([b"abc\xc3", b"\xa4"], "abc\u00e4", id="character-in-two-pieces"),
        pytest.param([b"abc\xc3"], "abc\ufffd", id="ends-inside-a-character"),
    ],
)
def test_keeps_as_much_as_the_cap_allows(pieces: list[bytes], expected: str) -> None:
    """And says how many bytes it left out."""
    output = Output(Masker(()), cap=8)
    for piece in pieces:
        output.feed(piece)
    assert expected == output.text()


def test_masks_before_it_cuts() -> None:
    """A cap inside a secret would else leave its beginning."""
    output = Output(Masker(["s3cret"]), cap=8)
    output.feed(b"1234s3c")
    output.feed(b"ret56789")
    assert "1234***5\n[output cut here: 4 more bytes]" == output.text()


def test_masks_what_is_held_back_at_the_end() -> None:
    """The rest comes out only when nothing more can follow."""
    output = Output(Masker(["s3cret", "s3cret-longer"]))
    output.feed(b"x s3cret")
    assert "x ***" == output.text()
