"""Which ends `retries.when` may name."""

import pytest
from pydantic import ValidationError

from schedrun.core.spec.retries import When


@pytest.mark.parametrize("code", [1, 255, -1, -9, -64])
def test_takes_exit_codes_of_failures(code: int) -> None:
    """Negative ones are signals."""
    assert [code] == When(exit_codes=[code]).exit_codes


@pytest.mark.parametrize("status", [300, 404, 429, 503, 599])
def test_takes_statuses_of_failures(status: int) -> None:
    """No redirect is followed, so that is a failure too."""
    assert [status] == When(statuses=[status]).statuses


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("exit_codes", 0, "exit code 0 is success, which is never retried"),
        ("exit_codes", 256, "no process ends with exit code 256"),
        ("exit_codes", -65, "no process ends with exit code -65"),
        ("statuses", 200, "status 200 is success, which is never retried"),
        ("statuses", 299, "status 299 is success, which is never retried"),
        ("statuses", 100, "status 100 is none of HTTP's failures"),
        ("statuses", 600, "status 600 is none of HTTP's failures"),
        ("exceptions", "not a name", "'not a name' names no exception"),
        ("exceptions", "json.", "'json.' names no exception"),
    ],
)
def test_refuses_what_is_never_retried(field: str, value: object, words: str) -> None:
    """With a code, at the value, and with what to write instead."""
    with pytest.raises(ValidationError) as caught:
        When.model_validate({field: [value]})
    (error,) = caught.value.errors()
    assert ("SR102", (field, 0), words) == (error["type"], error["loc"], error["msg"])
    assert error["ctx"]["hint"]
