"""What a job printed, on a page."""

import pytest

from schedrun.web.pages.output import shown


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        pytest.param("a\tb\nc", "a\tb\nc", id="text-stays"),
        pytest.param("\x1b[31;1mred\x1b[0m", "red", id="colours-go"),
        pytest.param("\x1b]0;title\x07x", "x", id="titles-go"),
        pytest.param("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link", id="links-go"),
        pytest.param("10 %\r20 %\r\n", "10 %␍20 %\n", id="carriage-returns-show"),
        pytest.param("a\x00b\x1bc\x7f", "a␀b␛c␡", id="controls-show"),
        pytest.param("<script>alert(1)</script>", "<script>alert(1)</script>", id="markup-is-for-the-template"),
    ],
)
def test_shows_text_and_nothing_that_acts(printed: str, text: str) -> None:
    """Sequences for terminals go, other control characters become pictures."""
    assert text == shown(printed)
