"""The jobs: list, filters, pages, one of them, and what is done with one."""

import httpx
import pytest

from schedrun.core.run.run import Run
from schedrun.core.status import Origin, RunKind, RunStatus
from tests.contracts.ledger import a_job
from tests.web.backend import READER, STRANGER, StoreBackend, client
from tests.web.routes.rig import PRIVATE, problem, ran, row_of

pytestmark = pytest.mark.anyio


async def keys(api: httpx.AsyncClient, query: str = "") -> list[str]:
    """Return the jobs that a query lists."""
    answer = await api.get(f"/jobs{query}")
    assert 200 == answer.status_code, answer.text
    return [job["job"] for job in answer.json()["jobs"]]


class TestList:
    """`GET /jobs`."""

    async def test_says_of_a_job_what_the_command_says_and_more(self, api: httpx.AsyncClient) -> None:
        """Every member, instants in UTC."""
        (row,) = (await api.get("/jobs", params={"q": "invoices"})).json()["jobs"]
        file = row.pop("file")
        assert file.endswith("/billing.yaml")
        revision = row.pop("revision")
        assert {
            "job": "billing/close-day",
            "status": "pending",
            "schedule": "at 04:17 on Monday to Friday, Europe/Berlin",
            "next_fire": "2026-06-02T02:17:00Z",
            "paused": False,
            "line": 5,
            "set": "billing",
            "labels": {"team": "payments", "tier": "1"},
            "owner": "oncall",
            "timezone": "Europe/Berlin",
            "origin": "manifest",
            "late": None,
        } == row
        assert 12 == len(revision)

    @pytest.mark.parametrize(
        ("expected", "query"),
        [
            (["billing/close-day", "billing/fx-rates", "billing/rests", "ops/beat"], ""),
            (["ops/beat"], "?set=ops"),
            ([], "?set=op"),
            (["billing/close-day"], "?label=team=payments&label=tier=1"),
            ([], "?label=team=payments&label=tier=2"),
            (["billing/rests"], "?status=paused"),
            (["billing/rests", "ops/beat"], "?status=paused&status=failed"),
            (["billing/fx-rates"], "?q=FX-"),
            (["billing/close-day"], "?q=YESTERDAY%27S"),
            (["billing/close-day"], "?set=billing&q=day&status=pending"),
            ([], "?set=-"),
        ],
    )
    async def test_lists_what_is_meant(
        self, api: httpx.AsyncClient, backend: StoreBackend, expected: list[str], query: str
    ) -> None:
        """Filters hold together; a status that is repeated widens."""
        await ran(backend, "ops/beat", hours_ago=0, status=RunStatus.FAILED)
        assert expected == await keys(api, query)

    @pytest.mark.parametrize("query", ["", "&status=pending&status=paused", "&q=b"])
    async def test_pages_go_on_and_nothing_new_shifts_them(
        self, api: httpx.AsyncClient, backend: StoreBackend, query: str
    ) -> None:
        """The second page begins behind the last key of the first, whatever has come before that."""
        first = (await api.get(f"/jobs?limit=2{query}")).json()
        assert ["billing/close-day", "billing/fx-rates"] == [job["job"] for job in first["jobs"]]
        await backend.write(lambda tx: tx.put_job(a_job("new", "billing/before")))
        second = (await api.get(f"/jobs?limit=2{query}&cursor={first['next_cursor']}")).json()
        assert (["billing/rests", "ops/beat"], None) == ([job["job"] for job in second["jobs"]], second["next_cursor"])

    async def test_a_page_that_ends_with_the_list_has_no_next(self, api: httpx.AsyncClient) -> None:
        """Not even where it is full."""
        assert (await api.get("/jobs?limit=4")).json()["next_cursor"] is None

    @pytest.mark.parametrize(
        ("field", "query"),
        [
            ("limit", "limit=0"),
            ("limit", "limit=501"),
            ("limit", "limit=many"),
            ("limit", "limit=1_0"),
            ("limit", "limit=1.0"),
            ("limit", "limit=1&limit=1"),
            ("q", "q=a&q=b"),
            ("status.0", "status=asleep"),
            ("label.0", "label=team"),
            ("set", "set=a/b"),
            ("q", "q="),
            ("sort", "sort=job"),
            ("cursor", "cursor=???"),
            ("cursor", "cursor=abcd"),
        ],
    )
    async def test_wrong_input_is_named(self, api: httpx.AsyncClient, field: str, query: str) -> None:
        """Unknown, out of range, or of the wrong form."""
        told = problem(await api.get(f"/jobs?{query}"))
        assert (422, [field]) == (told["status"], [error["field"] for error in told["errors"]])
        assert "field" in told["errors"][0]

    async def test_a_forged_or_foreign_cursor_is_refused(self, api: httpx.AsyncClient) -> None:
        """One of other filters, of another list, or with a letter changed."""
        cursor = (await api.get("/jobs?limit=1")).json()["next_cursor"]
        for url in (
            f"/jobs?limit=1&status=paused&cursor={cursor}",
            f"/runs?cursor={cursor}",
            f"/jobs?cursor={'A' if cursor[0] != 'A' else 'B'}{cursor[1:]}",
            f"/jobs?cursor={cursor[:-4]}",
        ):
            assert "bad_cursor" == problem(await api.get(url))["code"], url
        assert 200 == (await api.get(f"/jobs?limit=3&cursor={cursor}")).status_code


class TestOne:
    """`GET /jobs/JOB`."""

    async def test_shows_the_row_and_what_belongs_to_it(self, api: httpx.AsyncClient, backend: StoreBackend) -> None:
        """Spec and lines are masked; fires and runs are the next and the last."""
        run_id = await ran(backend, "billing/close-day", hours_ago=2)
        whole = (await api.get("/jobs/billing/close-day")).json()
        (row,) = (await api.get("/jobs?q=close-day")).json()["jobs"]
        assert row == {name: whole[name] for name in row}
        assert {"cron": "17 4 * * mon-fri"} == whole["spec"]["schedule"]
        assert ["2026-06-02T02:17:00Z", "2026-06-03T02:17:00Z"] == whole["next_fires"][:2]
        assert [run_id] == [run["id"] for run in whole["last_runs"]]
        assert "output" not in whole["last_runs"][0]
        assert [] == whole["overrides"]
        assert whole["source"].startswith("  close-day:\n    description: Close yesterday's invoices\n")
        assert whole["source"].endswith("      env:\n        *****")

    @pytest.mark.parametrize("job", ["close-day", "fx-rates"])
    async def test_shows_nothing_private(self, api: httpx.AsyncClient, job: str) -> None:
        """Neither in spec nor in source, also while the file is broken."""
        text = (await api.get(f"/jobs/billing/{job}")).text
        assert [] == [private for private in PRIVATE if private in text]

    async def test_finds_a_job_that_is_declared_in_code(self, api: httpx.AsyncClient, backend: StoreBackend) -> None:
        """Its path has `-` for a set; it has no lines."""
        await backend.write(
            lambda tx: tx.put_job(a_job("c", "tick/x".replace("/", "-"), origin=Origin.CODE, file=None, line=None))
        )
        whole = (await api.get("/jobs/-/tick-x")).json()
        assert ("tick-x", None, "code", None) == tuple(whole[name] for name in ("job", "set", "origin", "source"))
        assert ["tick-x"] == await keys(api, "?set=-")

    async def test_an_unknown_job_is_not_found(self, api: httpx.AsyncClient, backend: StoreBackend) -> None:
        """Nor is one that was removed."""
        row = await row_of(backend, "ops/beat")
        await backend.write(lambda tx: tx.put_job(row._replace(removed_at=backend.clock.now())))
        for job in ("billing/nobody", "-/nobody", "ops/beat"):
            told = problem(await api.get(f"/jobs/{job}"))
            assert (404, "job_not_found") == (told["status"], told["code"])


class TestTrigger:
    """`POST /jobs/JOB/trigger`."""

    async def test_answers_with_the_run(self, api: httpx.AsyncClient, backend: StoreBackend) -> None:
        """It was asked for by who asked."""
        answer = await api.post("/jobs/billing/close-day/trigger")
        assert (202, "queued") == (answer.status_code, answer.json()["run"]["status"])
        (run,) = (await api.get("/runs")).json()["runs"]
        assert ("manual", run["id"]) == (run["kind"], answer.json()["run"]["id"])
        assert ("ops", "trigger") == (backend.asked[-1].by, backend.asked[-1].verb)

    async def test_one_key_gives_one_run_a_job(self, api: httpx.AsyncClient) -> None:
        """Another job's is another run, and so is another key's."""

        async def trigger(job: str, key: str) -> str:
            answer = await api.post(f"/jobs/{job}/trigger", headers={"Idempotency-Key": key})
            assert 202 == answer.status_code, answer.text
            run: str = answer.json()["run"]["id"]
            return run

        first = await trigger("billing/close-day", "k")
        assert first == await trigger("billing/close-day", "k")
        assert first != await trigger("billing/fx-rates", "k")
        assert 2 == len((await api.get("/runs")).json()["runs"])

    async def test_a_busy_job_names_the_run_in_its_way(self, api: httpx.AsyncClient) -> None:
        """409, and the same key still gives its run."""
        active = (await api.post("/jobs/billing/close-day/trigger")).json()["run"]["id"]
        told = problem(await api.post("/jobs/billing/close-day/trigger"))
        assert (409, "job_busy", active) == (told["status"], told["code"], told["active_run"])

    @pytest.mark.parametrize("key", ["", "x" * 256])
    async def test_a_key_without_letters_or_end_is_refused(self, api: httpx.AsyncClient, key: str) -> None:
        """It is 1 to 255 characters."""
        told = problem(await api.post("/jobs/billing/close-day/trigger", headers={"Idempotency-Key": key}))
        assert "Idempotency-Key" == told["errors"][0]["field"]

    async def test_two_keys_are_refused(self, api: httpx.AsyncClient) -> None:
        """Either would be a guess."""
        keys = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
        told = problem(await api.post("/jobs/billing/close-day/trigger", headers=keys))
        assert (422, "Idempotency-Key") == (told["status"], told["errors"][0]["field"])


class TestPause:
    """`POST /jobs/JOB/pause` and `/resume`."""

    async def test_pauses_and_resumes(self, api: httpx.AsyncClient) -> None:
        """Each answers with the job as it stands then."""
        body = {"reason": "vendor outage", "until": "2026-06-01T16:00:00+02:00"}
        paused = await api.post("/jobs/billing/fx-rates/pause", json=body)
        assert (200, "paused", True) == (paused.status_code, paused.json()["status"], paused.json()["paused"])
        assert [
            {
                "reason": "vendor outage",
                "by": "ops",
                "since": "2026-06-01T12:00:00Z",
                "until": "2026-06-01T14:00:00Z",
            }
        ] == (await api.get("/jobs/billing/fx-rates")).json()["overrides"]
        resumed = await api.post("/jobs/billing/fx-rates/resume")
        assert (200, "pending") == (resumed.status_code, resumed.json()["status"])

    async def test_what_its_manifest_pauses_is_resumed_there(self, api: httpx.AsyncClient) -> None:
        """409 names the place."""
        told = problem(await api.post("/jobs/billing/rests/resume"))
        assert (409, "paused_by_manifest", 18) == (told["status"], told["code"], told["line"])
        assert told["file"].endswith("billing.yaml")

    @pytest.mark.parametrize(
        ("field", "body"),
        [
            ("body.reason", {}),
            ("body.reason", {"reason": ""}),
            ("body.reason", {"reason": " \t"}),
            ("body.reason", {"reason": 5}),
            ("body.until", {"reason": "x", "until": "tomorrow"}),
            ("body.until", {"reason": "x", "until": "2027-06-01T12:00:00"}),
            ("body.until", {"reason": "x", "until": "2027-02-30T12:00:00Z"}),
            ("body.until", {"reason": "x", "until": "2026-06-01T12:00:00Z"}),
            ("body.until", {"reason": "x", "until": 1800000000}),
            ("body.why", {"reason": "x", "why": "y"}),
            ("body", []),
        ],
    )
    async def test_a_wrong_body_is_named(self, api: httpx.AsyncClient, field: str, body: object) -> None:
        """Instants have an offset and lie ahead, and nothing is there that is not known."""
        told = problem(await api.post("/jobs/billing/fx-rates/pause", json=body))
        assert (422, field) == (told["status"], told["errors"][0]["field"])

    async def test_a_body_that_is_no_json_is_named(self, api: httpx.AsyncClient) -> None:
        """As every other fault."""
        answer = await api.post(
            "/jobs/billing/fx-rates/pause", content=b"{", headers={"content-type": "application/json"}
        )
        assert 422 == problem(answer)["status"]


@pytest.mark.parametrize("action", ["trigger", "pause", "resume"])
async def test_only_an_operator_acts(backend: StoreBackend, action: str) -> None:
    """A reader may look, a stranger may not even that."""
    for caller, expected, may_look in ((READER, 403, 200), (STRANGER, 401, 401)):
        async with client(backend, caller) as api:
            answer = await api.post(f"/api/v1/jobs/billing/fx-rates/{action}", json={"reason": "x"})
            assert expected == problem(answer)["status"]
            assert may_look == (await api.get("/api/v1/jobs/billing/fx-rates")).status_code
    assert [] == backend.asked


@pytest.mark.parametrize(("action", "body"), [("trigger", {}), ("pause", {"reason": "x"}), ("resume", {})])
async def test_an_unknown_job_cannot_be_acted_on(api: httpx.AsyncClient, action: str, body: dict[str, str]) -> None:
    """404, whichever process found out."""
    told = problem(await api.post(f"/jobs/billing/nobody/{action}", json=body))
    assert (404, "job_not_found") == (told["status"], told["code"])


async def test_nobody_takes_the_request(api: httpx.AsyncClient, backend: StoreBackend) -> None:
    """503 once it is withdrawn."""
    backend.answers = False
    told = problem(await api.post("/jobs/billing/fx-rates/resume"))
    assert (503, "no_answer") == (told["status"], told["code"])


async def test_a_running_job_is_running(api: httpx.AsyncClient, backend: StoreBackend) -> None:
    """The row says how it stands now."""
    row, now = await row_of(backend, "billing/fx-rates"), backend.clock.now()
    run = Run("r", row.uid, now, RunKind.MANUAL, RunStatus.QUEUED, now)
    await backend.write(lambda tx: (tx.insert_run(run), tx.start_run("r", at=now)))
    assert ["billing/fx-rates"] == await keys(api, "?status=running")


@pytest.mark.parametrize("path", ["/jobs/billing/fx-rates/trigger", "/jobs/billing/fx-rates/resume", "/sync"])
async def test_a_body_that_nobody_reads_is_refused(api: httpx.AsyncClient, path: str) -> None:
    """Arguments that were sent to the wrong route, and what is no JSON; an empty object says nothing."""
    for body in ('{"until": null}', "{", "[]"):
        told = problem(await api.post(path, content=body, headers={"Content-Type": "application/json"}))
        assert (422, "body") == (told["status"], told["errors"][0]["field"])
    answer = await api.post(path, content=" {} ", headers={"Content-Type": "application/json"})
    assert answer.status_code in {200, 202}, answer.text
