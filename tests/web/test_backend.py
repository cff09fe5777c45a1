"""The backend of the web's tests acts on its rows as a service does."""

from pathlib import Path

import pytest

from schedrun.reconcile.requests import RequestRefusedError
from tests.web.backend import StoreBackend, client

pytestmark = pytest.mark.anyio

MANIFEST = """\
schedrun: v1
name: billing
jobs:
  close-day:
    schedule: {cron: "17 4 * * *"}
    target: {command: ["true"]}
"""


async def test_applies_manifests_and_carries_out_verbs(tmp_path: Path) -> None:
    """A trigger leaves a queued run of the job that the manifest brings."""
    (tmp_path / "jobs.yaml").write_text(MANIFEST)
    backend = StoreBackend(manifests=tmp_path)
    await backend.reconcile()
    answer = await backend.ask("trigger", {"job": "billing/close-day"}, by="ops", request_id="one")
    assert await backend.ask("trigger", {"job": "billing/close-day"}, by="ops", request_id="one") == answer
    assert answer["status"] == "queued"


async def test_refuses_as_a_service_does() -> None:
    """What a verb refuses is raised with its reason."""
    with pytest.raises(RequestRefusedError, match="no job has this id"):
        await StoreBackend().ask("pause", {"job": "a/b"}, by="ops")


async def test_serves_the_application() -> None:
    """The client asks the application in this process."""
    async with client(StoreBackend()) as asked:
        assert (await asked.get("/nothing")).status_code == 404
