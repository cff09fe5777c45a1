"""The first MiB of a text."""

import pytest

from schedrun.targets.cap import OUTPUT_CAP, capped


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("short", "short", id="short"),
        pytest.param("lone \udcff", "lone ?", id="lone-surrogate"),
        pytest.param("k\u00e4se", "k\u00e4se", id="not-ascii"),
        pytest.param("x" * OUTPUT_CAP, "x" * OUTPUT_CAP, id="exactly-full"),
        pytest.param("x" * (OUTPUT_CAP + 5), "x" * OUTPUT_CAP + "\n[output cut here: 5 more bytes]", id="too-long"),
        pytest.param(
            "x" * (OUTPUT_CAP - 1) + "\u00e4",
            "x" * (OUTPUT_CAP - 1) + "\n[output cut here: 1 more bytes]",
            id="splits-a-character",
        ),
    ],
)
def test_caps_text(text: str, expected: str) -> None:
    """What is recorded can always be stored and shown."""
    assert expected == capped(text)
