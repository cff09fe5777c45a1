"""What is applied, what would change, what comes; syncing, and confirming removals."""

import os
from pathlib import Path

import httpx
import pytest

from schedrun.core.errors import StateMissingError, StoreError
from schedrun.web.backend import Process
from tests.web.backend import READER, StoreBackend, client
from tests.web.routes.rig import MANIFEST, problem

pytestmark = pytest.mark.anyio

BROKEN = """\
schedrun: v1
name: ops
jobs:
  beat:
    schedule: {every: 1s}
    target: {command: ["true"], env: {LEVEL: plainly private}, workdirs: x}
"""


class TestStatus:
    """`GET /status`."""

    async def test_says_that_all_is_applied(self, api: httpx.AsyncClient) -> None:
        """With both revisions, and who answers."""
        status = (await api.get("/status")).json()
        revision = status["revision"]
        assert {
            "ok": True,
            "revision": revision,
            "broken": [],
            "blocked": [],
            "applied_revision": revision,
            "attempted_revision": revision,
            "process": {"pid": os.getpid(), "role": "active", "active_pid": os.getpid()},
        } == status

    async def test_before_the_first_reconcile_nothing_is_applied(self) -> None:
        """Nulls, and nothing is wrong."""
        async with client(StoreBackend()) as api:
            status = (await api.get("/api/v1/status")).json()
        assert (True, None, None) == (status["ok"], status["applied_revision"], status["attempted_revision"])

    async def test_a_finding_carries_its_line_masked(
        self, api: httpx.AsyncClient, backend: StoreBackend, tmp_path: Path
    ) -> None:
        """The frame marks what is wrong and shows nothing private."""
        (tmp_path / "ops.yaml").write_text(BROKEN)
        await backend.reconcile()
        status = (await api.get("/status")).json()
        (finding,) = status["broken"]
        assert (False, 6, 64) == (status["ok"], finding["line"], finding["column"])
        assert '6 |     target: {command: ["true"], env: *****' == finding["frame"].split("\n")[0]
        assert status["attempted_revision"] != status["applied_revision"]

    async def test_a_frame_of_a_file_that_is_gone_is_null(
        self, api: httpx.AsyncClient, backend: StoreBackend, tmp_path: Path
    ) -> None:
        """The finding stays until the next reconcile."""
        (tmp_path / "ops.yaml").write_text(BROKEN)
        await backend.reconcile()
        (tmp_path / "ops.yaml").unlink()
        assert [None] == [finding["frame"] for finding in (await api.get("/status")).json()["broken"]]

    async def test_a_standby_names_the_active_process(self, api: httpx.AsyncClient, backend: StoreBackend) -> None:
        """Or says that there is none."""
        backend.role = Process("standby", 42, 7)
        assert {"pid": 7, "role": "standby", "active_pid": 42} == (await api.get("/status")).json()["process"]

    @pytest.mark.parametrize("error", [StoreError("the disk is full"), StateMissingError("x/state.db")])
    async def test_a_ledger_that_cannot_be_read_is_unavailable(
        self, api: httpx.AsyncClient, backend: StoreBackend, error: StoreError
    ) -> None:
        """503, on every route that asks it."""
        backend.failure = error
        for path in ("/status", "/jobs", "/jobs/a/b", "/runs", "/runs/r", "/spans", "/plan", "/forecast"):
            told = problem(await api.get(path))
            assert (503, "store_unavailable") == (told["status"], told["code"]), path
        assert 503 == problem(await api.post("/sync"))["status"]


class TestPlan:
    """`GET /plan` and `POST /sync`."""

    async def test_shows_what_applying_would_change_and_then_applies_it(
        self, api: httpx.AsyncClient, tmp_path: Path
    ) -> None:
        """The plan is the command's; syncing answers as the status does."""
        (tmp_path / "billing.yaml").write_text(MANIFEST.replace("17 4 * *", "17 5 * *").replace("plainly", "quite"))
        plan = (await api.get("/plan")).json()
        (first, _) = plan["changes"]
        assert ("update", "billing/close-day") == (first["action"], first["job"])
        assert {"path": "schedule.cron", "before": "17 4 * * mon-fri", "after": "17 5 * * mon-fri"} in first["fields"]
        assert "quite" not in str(plan)
        assert 2 == plan["summary"]["update"]
        synced = await api.post("/sync")
        assert (200, True) == (synced.status_code, synced.json()["ok"])
        assert [] == (await api.get("/plan")).json()["changes"]

    async def test_a_service_without_manifests_has_no_plan(self) -> None:
        """404, and nothing to apply is 409."""
        async with client(StoreBackend()) as api:
            assert "no_manifests" == problem(await api.get("/api/v1/plan"))["code"]
            told = problem(await api.post("/api/v1/sync"))
            assert (409, "unknown_verb") == (told["status"], told["code"])

    async def test_only_an_operator_syncs(self, backend: StoreBackend) -> None:
        """A reader may look at the plan."""
        async with client(backend, READER) as api:
            assert 403 == problem(await api.post("/api/v1/sync"))["status"]
            assert 403 == problem(await api.post("/api/v1/removals", json={"jobs": ["a/b"]}))["status"]
            assert 200 == (await api.get("/api/v1/plan")).status_code


class TestRemovals:
    """`POST /removals`."""

    @pytest.fixture(autouse=True)
    async def shrunk(self, backend: StoreBackend, tmp_path: Path) -> None:
        """Drop two of three jobs of a set."""
        (tmp_path / "billing.yaml").write_text(MANIFEST[: MANIFEST.index("  fx-rates")])
        await backend.reconcile()

    async def test_confirms_exactly_these(self, api: httpx.AsyncClient) -> None:
        """The other one stays held, for the reason that it had."""
        reason = "2 of 3 jobs of billing would go at once"
        held = [{"job": f"billing/{job}", "reason": reason} for job in ("fx-rates", "rests")]
        assert held == (await api.get("/status")).json()["blocked"]
        answer = await api.post("/removals", json={"jobs": ["billing/fx-rates"]})
        assert (200, held[1:]) == (answer.status_code, answer.json()["blocked"])
        answer = await api.post("/removals", json={"jobs": ["billing/rests"]})
        assert (200, True) == (answer.status_code, answer.json()["ok"])
        assert ["billing/close-day", "ops/beat"] == [job["job"] for job in (await api.get("/jobs")).json()["jobs"]]

    async def test_another_plan_than_was_seen_is_refused(
        self, api: httpx.AsyncClient, backend: StoreBackend, tmp_path: Path
    ) -> None:
        """409 names what is held back now, and nothing is applied."""
        (tmp_path / "billing.yaml").write_text(MANIFEST[: MANIFEST.index("  rests")])
        told = problem(await api.post("/removals", json={"jobs": ["billing/fx-rates", "billing/rests"]}))
        assert (409, "plan_changed") == (told["status"], told["code"])
        assert [{"job": "billing/rests", "reason": "2 of 3 jobs of billing would go at once"}] == told["blocked"]
        assert 4 == len((await api.get("/jobs")).json()["jobs"])

    @pytest.mark.parametrize(
        ("field", "body"),
        [
            ("body.jobs", {}),
            ("body.jobs", {"jobs": []}),
            ("body.jobs.0", {"jobs": [""]}),
            ("body.jobs", {"jobs": "a/b"}),
            ("body.all", {"jobs": ["a/b"], "all": True}),
        ],
    )
    async def test_a_wrong_body_is_named(self, api: httpx.AsyncClient, field: str, body: object) -> None:
        """An empty list confirms nothing."""
        told = problem(await api.post("/removals", json=body))
        assert (422, field) == (told["status"], told["errors"][0]["field"])


class TestForecast:
    """`GET /forecast`."""

    async def test_lists_fires_and_counts_what_is_dense(self, api: httpx.AsyncClient) -> None:
        """By time; the end is outside, pauses are left out."""
        answer = (await api.get("/forecast?from=2026-06-02T02:17:00Z&to=2026-06-03T02:17:00Z")).json()
        assert {"job": "billing/close-day", "at": "2026-06-02T02:17:00Z"} == answer["fires"][0]
        assert {"billing/close-day": 1, "billing/fx-rates": 96} == {
            job: [fire["job"] for fire in answer["fires"]].count(job)
            for job in {fire["job"] for fire in answer["fires"]}
        }
        assert [{"job": "ops/beat", "count": 86_400}] == answer["dense"]

    async def test_looks_a_day_ahead_from_now(self, api: httpx.AsyncClient) -> None:
        """Where nothing else is said."""
        answer = (await api.get("/forecast")).json()
        assert [86_400] == [dense["count"] for dense in answer["dense"]]
        assert "2026-06-01T12:00:00Z" <= answer["fires"][0]["at"]

    @pytest.mark.parametrize(
        ("field", "query"),
        [
            ("to", "from=2026-06-01T00:00:00Z&to=2026-07-02T00:00:01Z"),
            ("to", "from=2026-06-01T00:00:00Z&to=2026-06-01T00:00:00Z"),
            ("to", "to=2026-06-01T11:00:00Z"),
            ("from", "from=now"),
            ("from", "from=2100-01-01T00:00:00Z"),
            ("days", "days=3"),
        ],
    )
    async def test_wrong_input_is_named(self, api: httpx.AsyncClient, field: str, query: str) -> None:
        """At most 31 days, and forward."""
        told = problem(await api.get(f"/forecast?{query}"))
        assert (422, field) == (told["status"], told["errors"][0]["field"])

    async def test_31_days_are_not_too_many(self, api: httpx.AsyncClient) -> None:
        """The bound itself is inside."""
        assert 200 == (await api.get("/forecast?from=2026-06-01T00:00:00Z&to=2026-07-02T00:00:00Z")).status_code
