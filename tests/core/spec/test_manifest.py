"""Documents, and what may be a default."""

import pytest
from pydantic import ValidationError

from schedrun.core.spec.job import Job
from schedrun.core.spec.manifest import Defaults, Header, Manifest, TargetDefaults
from schedrun.core.spec.target import CommandTarget, HttpRequest

NO_DEFAULTS = {"expect", "description", "moved_from", "paused"}


def test_defaults_are_shaped_like_a_job() -> None:
    """Every field of a job but those that can only be its own."""
    assert Job.model_fields.keys() - NO_DEFAULTS == Defaults.model_fields.keys()


def test_target_defaults_are_what_processes_and_requests_share() -> None:
    """The environment and folder of processes, the headers of requests."""
    process = CommandTarget.model_fields.keys() - {"command"}
    assert process | {"headers"} == TargetDefaults.model_fields.keys()
    assert "headers" in HttpRequest.model_fields


def test_a_document_is_its_header_and_jobs() -> None:
    """Nothing else stands at the top."""
    assert {"schedrun", "name", "labels", "defaults", "jobs"} == Manifest.model_fields.keys()


@pytest.mark.parametrize(
    "said", [{"schedrun": "v2", "name": "s"}, {"schedrun": 1, "name": "s"}, {"schedrun": "v1", "name": "S"}]
)
def test_refuses_other_versions_and_bad_names(said: dict[str, object]) -> None:
    """The version is exact, a name is a name."""
    with pytest.raises(ValidationError):
        Header.model_validate(said)
