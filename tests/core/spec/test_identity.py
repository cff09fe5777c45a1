"""Names of sets and jobs."""

import pytest
from pydantic import TypeAdapter, ValidationError

from schedrun.core.spec.identity import Name, OldName, is_name, old_key

GOOD = ["a", "0", "close-day", "a.b_c-d", "a" * 63]
BAD = ["", "A", "-a", ".a", "_a", "a b", "a/b", "a" * 64, "é", "a\n"]


@pytest.mark.parametrize("text", GOOD)
def test_takes_names(text: str) -> None:
    """Lower case, digits, dot, underscore and dash, at most 63 of them."""
    assert (True, text, text) == (
        is_name(text),
        TypeAdapter(Name).validate_python(text),
        TypeAdapter(OldName).validate_python(text),
    )


@pytest.mark.parametrize("text", BAD)
def test_refuses_what_is_no_name(text: str) -> None:
    """With the code of bad ids."""
    assert not is_name(text)
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Name).validate_python(text)
    assert "SR106" == caught.value.errors()[0]["type"]


@pytest.mark.parametrize("text", ["a/", "/a", "a/b/c", "A/b"])
def test_an_old_name_has_at_most_a_set_before_it(text: str) -> None:
    """`id` or `set/id`."""
    with pytest.raises(ValidationError):
        TypeAdapter(OldName).validate_python(text)


def test_an_old_name_is_a_key() -> None:
    """An id alone is one of the same set."""
    assert ("s/a", "t/a") == (old_key("a", job_set="s"), old_key("t/a", job_set="s"))
