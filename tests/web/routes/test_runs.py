"""Runs and spans: lists, pages, one run, and its cancelling."""

import httpx
import pytest

from schedrun.core.status import RunStatus
from tests.web.backend import READER, StoreBackend, client
from tests.web.routes.rig import problem, ran, row_of, skipped

pytestmark = pytest.mark.anyio


async def ids(api: httpx.AsyncClient, query: str = "") -> list[str]:
    """Return the runs that a query lists."""
    answer = await api.get(f"/runs{query}")
    assert 200 == answer.status_code, answer.text
    return [run["id"] for run in answer.json()["runs"]]


class TestList:
    """`GET /runs`."""

    async def test_says_of_a_run_what_the_command_says_without_its_output(
        self, api: httpx.AsyncClient, backend: StoreBackend
    ) -> None:
        """Every other member, instants in UTC."""
        run_id = await ran(backend, "ops/beat", hours_ago=1, status=RunStatus.FAILED)
        assert [
            {
                "id": run_id,
                "job": "ops/beat",
                "fire_time": "2026-06-01T11:00:00Z",
                "kind": "scheduled",
                "status": "failed",
                "attempt": 1,
                "started_at": "2026-06-01T11:00:00Z",
                "finished_at": "2026-06-01T11:00:10Z",
                "retry_at": None,
                "exit_code": 3,
                "error": None,
            }
        ] == (await api.get("/runs")).json()["runs"]

    async def test_lists_what_is_meant_newest_first(self, api: httpx.AsyncClient, backend: StoreBackend) -> None:
        """By job, status and fire time; `from` is inside, `to` is not."""
        old = await ran(backend, "ops/beat", hours_ago=3)
        failed = await ran(backend, "ops/beat", hours_ago=2, status=RunStatus.FAILED)
        other = await ran(backend, "billing/fx-rates", hours_ago=1)
        assert [other, failed, old] == await ids(api)
        assert [failed, old] == await ids(api, "?job=ops/beat")
        assert [failed] == await ids(api, "?status=failed&status=timed_out")
        assert [failed] == await ids(api, "?from=2026-06-01T10:00:00Z&to=2026-06-01T13:00:00%2B02:00")
        assert [] == await ids(api, "?job=ops/beat&from=2026-06-01T10:00:01Z")

    async def test_pages_go_on_and_nothing_new_shifts_them(self, api: httpx.AsyncClient, backend: StoreBackend) -> None:
        """Walked to the end, each run comes once."""
        known = [await ran(backend, "ops/beat", hours_ago=hours) for hours in range(1, 8)]
        walked: list[str] = []
        query = "?limit=2&job=ops/beat"
        cursor = ""
        while True:
            page = (await api.get(f"/runs{query}{cursor}")).json()
            walked += [run["id"] for run in page["runs"]]
            await ran(backend, "ops/beat", hours_ago=-len(walked))
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert known == walked

    async def test_lists_the_runs_of_a_removed_job(self, api: httpx.AsyncClient, backend: StoreBackend) -> None:
        """What it did is still asked for by its name."""
        run_id = await ran(backend, "ops/beat", hours_ago=1)
        row = await row_of(backend, "ops/beat")
        await backend.write(lambda tx: tx.put_job(row._replace(removed_at=backend.clock.now())))
        assert [run_id] == await ids(api, "?job=ops/beat")

    @pytest.mark.parametrize(
        ("field", "query"),
        [
            ("job", "job=billing/nobody"),
            ("job", "job="),
            ("status.1", "status=failed&status=lost"),
            ("from", "from=yesterday"),
            ("from", "from=2026-06-01T12:00:00"),
            ("to", "to=1780315200"),
            ("to", "to=2026-06-01T25:00:00Z"),
            ("output", "output=true"),
            ("limit", "limit=-1"),
        ],
    )
    async def test_wrong_input_is_named(self, api: httpx.AsyncClient, field: str, query: str) -> None:
        """Unknown, out of range, or of the wrong form."""
        told = problem(await api.get(f"/runs?{query}"))
        assert (422, field) == (told["status"], told["errors"][0]["field"])


class TestSpans:
    """`GET /spans`."""

    async def test_pages_of_spans(self, api: httpx.AsyncClient, backend: StoreBackend) -> None:
        """Newest first, of all jobs or of one."""
        await skipped(backend, "ops/beat", hours_ago=(3, 2, 1))
        await skipped(backend, "billing/fx-rates", hours_ago=(2.5,))
        first = (await api.get("/spans?limit=3")).json()
        assert ["2026-06-01T11:00:00Z", "2026-06-01T10:00:00Z", "2026-06-01T09:30:00Z"] == [
            span["last"] for span in first["spans"]
        ]
        second = (await api.get(f"/spans?limit=3&cursor={first['next_cursor']}")).json()
        assert {
            "spans": [
                {
                    "job": "ops/beat",
                    "first": "2026-06-01T09:00:00Z",
                    "last": "2026-06-01T09:00:00Z",
                    "count": 1,
                    "status": "missed",
                    "reason": "reason 0",
                    "decided_at": "2026-06-01T09:00:00Z",
                    "blocked_by": None,
                }
            ],
            "next_cursor": None,
        } == second
        of_one = (await api.get("/spans?job=billing/fx-rates")).json()["spans"]
        assert ["billing/fx-rates"] == [span["job"] for span in of_one]

    async def test_a_cursor_of_runs_is_foreign(self, api: httpx.AsyncClient, backend: StoreBackend) -> None:
        """Though it holds a place as its own do."""
        for hours in (1, 2):
            await ran(backend, "ops/beat", hours_ago=hours)
        cursor = (await api.get("/runs?limit=1")).json()["next_cursor"]
        assert "bad_cursor" == problem(await api.get(f"/spans?cursor={cursor}"))["code"]


class TestOne:
    """`GET /runs/ID`."""

    async def test_shows_the_run_its_attempts_and_why(self, api: httpx.AsyncClient, backend: StoreBackend) -> None:
        """The members of the list, and everything else."""
        run_id = await ran(backend, "billing/fx-rates", hours_ago=1, status=RunStatus.FAILED, output="oh\n")
        whole = (await api.get(f"/runs/{run_id}")).json()
        (row,) = (await api.get("/runs")).json()["runs"]
        assert row == {name: whole[name] for name in row}
        assert ("oh\n", 1) == (whole["output"], whole["max_attempts"])
        assert [
            {
                "number": 1,
                "status": "failed",
                "started_at": "2026-06-01T11:00:00Z",
                "finished_at": "2026-06-01T11:00:10Z",
                "exit_code": 3,
                "error": None,
                "output": "oh\n",
            }
        ] == whole["attempts"]
        assert ("run", None) == (whole["why"]["finding"], whole["why"]["gap"])
        assert "failed" in whole["why"]["sentence"]
        assert whole["due"] == whole["why"]["due"]
        assert whole["due"] > whole["fire_time"]

    async def test_an_unknown_run_is_not_found(self, api: httpx.AsyncClient) -> None:
        """404; what is no id at all is 422."""
        assert "run_not_found" == problem(await api.get("/runs/0123456789abcdef0123"))["code"]
        assert 422 == problem(await api.get("/runs/a%20b"))["status"]


class TestCancel:
    """`POST /runs/ID/cancel`."""

    async def test_cancels_a_run_that_waits_once(self, api: httpx.AsyncClient) -> None:
        """Then it has ended, and 409 says how."""
        run_id = (await api.post("/jobs/ops/beat/trigger")).json()["run"]["id"]
        answer = await api.post(f"/runs/{run_id}/cancel")
        assert (202, {"run": {"id": run_id, "status": "cancelled"}}) == (answer.status_code, answer.json())
        told = problem(await api.post(f"/runs/{run_id}/cancel"))
        assert (409, "run_finished", "cancelled") == (told["status"], told["code"], told["run_status"])

    async def test_an_unknown_run_is_not_found(self, api: httpx.AsyncClient) -> None:
        """404."""
        assert "run_not_found" == problem(await api.post("/runs/0123456789abcdef0123/cancel"))["code"]

    async def test_only_an_operator_cancels(self, backend: StoreBackend) -> None:
        """A reader may look."""
        async with client(backend, READER) as api:
            assert 403 == problem(await api.post("/api/v1/runs/r/cancel"))["status"]
