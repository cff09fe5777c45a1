"""Where pages are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.ids import named_key
from schedrun.web.pages import links


@pytest.mark.parametrize(
    ("key", "name"),
    [
        pytest.param("billing/close-day", "billing/close-day", id="manifest"),
        pytest.param("tidy_up", "-/tidy_up", id="code"),
        pytest.param("a b?#%", "-/a%20b%3F%23%25", id="what-a-path-may-not-hold"),
    ],
)
def test_a_job_has_a_name_in_paths(key: str, name: str) -> None:
    """A code job stands in the set that is called `-`."""
    assert name == links.job_name(key)


@given(st.from_regex(r"\A[^/]+(/[^/]+)?\Z").filter(lambda key: not key.startswith("-/")))
def test_a_path_leads_back_to_its_job(key: str) -> None:
    """Every key survives the way there and back."""
    from urllib.parse import unquote

    job_set, _, job_id = links.job_name(key).partition("/")
    assert key == named_key(unquote(job_set), unquote(job_id))


def test_a_query_holds_what_says_something() -> None:
    """Empty fields are left out, the others encoded."""
    assert "/jobs?q=a%26b" == links.with_query("/jobs", q="a&b", status="", after=None)
    assert "/jobs" == links.with_query("/jobs", q="")
