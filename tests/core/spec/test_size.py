"""Sizes as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schedrun.core.spec import size
from schedrun.core.spec.size import Size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1K", 1024),
        ("256M", 256 * 1024**2),
        ("256Mi", 256 * 1024**2),
        ("256MiB", 256 * 1024**2),
        ("1.5G", 1536 * 1024**2),
        ("100MB", 100_000_000),
        ("2GB", 2_000_000_000),
    ],
)
def test_units_count_in_1024s_and_with_a_bare_b_in_1000s(text: str, expected: int) -> None:
    """As `ls -h` and `dd` do."""
    assert expected == size.parse(text)


@pytest.mark.parametrize("text", ["", "5", "5 M", "M", "-5M", "0M", "5m", "5T", "1e3M", "5MiBs", "\u0665M", "0.0001K"])
def test_refuses_what_is_no_size(text: str) -> None:
    """Without a unit nobody knows what is meant."""
    with pytest.raises(ValueError, match="no size"):
        size.parse(text)


@given(st.integers(1, 2**50))
def test_text_reads_back(number: int) -> None:
    """Whatever was recorded is the same after a restart."""
    assert number == size.parse(size.text_of(number))


@pytest.mark.parametrize("value", [5, True, None, "5"])
def test_a_manifest_writes_text(value: object) -> None:
    """A bare number has no unit."""
    with pytest.raises(ValidationError):
        TypeAdapter(Size).validate_python(value)
