"""What an unquoted scalar means."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.manifest.scalars import Refused, meaning


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("Null", None),
        ("true", True), ("False", False), ("TRUE", True),
        ("0", 0), ("-0", 0), ("7", 7), ("-12", -12), ("+3", 3), ("0x1F", 31), ("9223372036854775807", 2**63 - 1),
        ("1.5", 1.5), ("-.5", -0.5), ("3.", 3.0), ("1.5e+3", 1500.0), ("01.5", 1.5),
        ("2026-01-01", "2026-01-01"), ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("1.2.3", "1.2.3"), ("10m", "10m"), ("0 2 * * *", "0 2 * * *"), ("02:30", "02:30"), ("-", "-"), (".", "."),
        ("none", "none"), ("nULL", "nULL"), ("+", "+"), ("0o", "0o"), ("0x", "0x"), ("e3", "e3"),
    ],
)  # fmt: skip
def test_takes_what_all_yaml_reads_alike(text: str, value: object) -> None:
    """Null, true, false, plain numbers and text."""
    assert (type(value), value) == (type(meaning(text)), meaning(text))


@pytest.mark.parametrize(
    "text",
    [
        "y", "Y", "yes", "No", "NO", "on", "Off", "n", "=", "<<",
        "22:30", "1:30:00", "-1:30", "12:30:45.5", "010", "08", "-010", "0o10", "0b101", "1_000", "0x1_F", "1_0.5",
        "0_", "-0_", "0_7", "0b_", "0x_",
        "1e3", "1.0e3", "1E-3",
    ],
)  # fmt: skip
def test_refuses_what_two_yamls_read_differently(text: str) -> None:
    """One code for all, a message with both readings, and a hint that says what to write."""
    refused = meaning(text)
    assert isinstance(refused, Refused)
    assert "SR011" == refused.code
    assert "YAML 1.1" in refused.message
    assert f'"{text}"' in refused.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("22:30", "`22:30` is the number 1350 in YAML 1.1 and text in YAML 1.2"),
        ("010", "`010` is the number 8 in YAML 1.1 and the number 10 in YAML 1.2"),
        ("no", "`no` is false in YAML 1.1 and text in YAML 1.2"),
        ("0o10", "`0o10` is text in YAML 1.1 and the number 8 in YAML 1.2"),
    ],
)
def test_names_both_readings(text: str, message: str) -> None:
    """People see what would have happened."""
    refused = meaning(text)
    assert isinstance(refused, Refused)
    assert message == refused.message


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "9223372036854775808", "1.5e+999", "9" * 5000])
def test_refuses_numbers_that_no_record_can_hold(text: str) -> None:
    """Infinities, not-a-numbers and huge integers are the same in all YAML, and of no use in a manifest."""
    refused = meaning(text)
    assert isinstance(refused, Refused)
    assert "SR102" == refused.code


@given(st.text(alphabet="0123456789+-._:eExobfnyNY~", max_size=8))
@settings(max_examples=300)
def test_agrees_with_pyyaml_on_what_it_takes(text: str) -> None:
    """What is taken is what a YAML 1.1 loader reads, timestamps aside."""
    taken = meaning(text)
    if isinstance(taken, Refused):
        return
    resolved = yaml.SafeLoader("").resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]  # the stubs lack it
    if resolved == "tag:yaml.org,2002:timestamp" or text in {"+.5", "-.5"} or text.lstrip("+-").startswith("."):
        return  # PyYAML reads no sign before `.5`; the type's own definition does
    expected = yaml.SafeLoader("").construct_object(yaml.ScalarNode(resolved, text))
    assert expected == taken
