"""What each page says, to whom."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest

from schedrun.core.errors import StoreError
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Override
from schedrun.core.status import Origin, RunKind, RunStatus
from schedrun.protocols import Transaction
from tests.contracts.ledger import a_job, a_run, a_span, at
from tests.virtual import VirtualClock
from tests.web.backend import READER, STRANGER, StoreBackend, client
from tests.web.pages.looking import HTML, MANIFEST, asked, backend_of, words

pytestmark = pytest.mark.anyio

PAGES = ("/", "/jobs", "/jobs/billing/close-day", "/runs", "/plan")


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_answers(tmp_path: Path, path: str) -> None:
    """As HTML, kept by no cache."""
    async with asked(await backend_of(tmp_path)) as browser:
        answer = await browser.get(path)
    assert (200, "text/html; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    assert "no-store" == answer.headers["cache-control"]
    assert "style=" not in answer.text


@pytest.mark.parametrize("path", [*PAGES, "/runs/r1", "/nothing", "/login"])
async def test_links_hold_under_any_mount(path: str) -> None:
    """Every link, form, script and action begins where the application is mounted."""
    backend = StoreBackend()
    await backend.write(_one_of_everything)
    async with client(backend) as browser:
        transport = browser._transport
        assert isinstance(transport, httpx.ASGITransport)
        transport.root_path = "/ops/schedrun"
        answer = await browser.get(f"/ops/schedrun{path}", headers=HTML)
    found = re.findall(r'(?:href|src|action|data-url|data-next)="([^"]*)"', answer.text)
    assert found
    assert [] == [link for link in found if not link.startswith(("/ops/schedrun/", "#"))]


async def test_nothing_of_a_job_becomes_markup() -> None:
    """Names, reasons, errors and output are text, wherever they stand."""
    evil = "<img src=x onerror=alert(1)>"
    backend = StoreBackend()

    def record(tx: Transaction) -> None:
        spec = a_job().spec.model_copy(update={"description": evil, "owner": evil, "labels": {"team": evil}})
        override = Override(evil, evil, at(0))
        tx.put_job(a_job(key=evil.replace("/", ""), origin=Origin.CODE, spec=spec, file=evil, held=evil))
        tx.put_job(a_job(key=evil, spec=spec, file=evil, override=override))
        tx.insert_run(a_run("r1", 5, status=RunStatus.RUNNING, attempt=1, started_at=at(5)))
        tx.finish_run("r1", attempt=1, status=RunStatus.FAILED, at=at(9), outcome=Outcome(error=evil, output=evil))
        tx.insert_span(a_span(20, 30, reason=evil))

    await backend.write(record)
    async with asked(backend) as browser:
        for path in ("/", "/jobs", f"/jobs/-/{evil}", "/runs", "/runs/r1", f"/jobs?q={evil}", f"/runs?job={evil}"):
            answer = await browser.get(path)
            assert 200 == answer.status_code, path
            assert "<img" not in answer.text, path


async def test_the_overview_says_how_all_stands(tmp_path: Path) -> None:
    """In sync, then degraded with the line that is broken."""
    backend = await backend_of(tmp_path)
    async with asked(backend) as browser:
        assert "In sync The live jobs are what the manifests say." in words(await browser.get("/"))
        (tmp_path / "billing.yaml").write_text(MANIFEST.replace("every:", "evry:"))
        await backend.reconcile()
        said = words(await browser.get("/"))
    assert "Degraded 1 broken file" in said
    assert "did you mean `every`?" in said
    assert re.search(r"\^{4}", said)


async def test_the_overview_says_what_runs_failed_and_comes() -> None:
    """Each of the three lists has its job."""
    backend = StoreBackend(clock=VirtualClock(at(100)))
    await backend.write(_one_of_everything)
    async with asked(backend) as browser:
        said = words(await browser.get("/"))
    assert re.search(r"Running 1 set/ two for 1 min running", said)
    assert re.search(r"Failed last 1 set/ one .* ago failed boom r1", said)
    assert re.search(r"Next set/ one in 1 h 58 min", said)


async def test_pages_without_jobs_say_how_to_begin() -> None:
    """Nothing is said to be left, or to have gone well, where there was never anything."""
    async with asked(StoreBackend()) as browser:
        overview = words(await browser.get("/"))
        listed = words(await browser.get("/jobs"))
    assert "No jobs yet: write a manifest, and they appear here." in overview
    assert "No jobs yet: write a manifest, and they appear here." in listed
    assert "went well." not in overview
    assert "Taller took longer" not in listed


async def test_jobs_are_found_by_text_set_status_and_label() -> None:
    """Each filter leaves out what it does not mean."""
    backend = StoreBackend(clock=VirtualClock(at(100)))
    await backend.write(_one_of_everything)
    queries = {
        "": ["set/one", "set/two", "-/tidy"],
        "?q=TW": ["set/two"],
        "?set=-": ["-/tidy"],
        "?set=set&status=failed": ["set/one"],
        "?label=team%3Ddata": ["set/two"],
        "?label=team%3Dx": [],
    }
    async with asked(backend) as browser:
        for query, keys in queries.items():
            found = re.findall(r'<tr[^>]* data-job="([^"]+)"', (await browser.get(f"/jobs{query}")).text)
            assert sorted(keys) == sorted(found), query


async def test_jobs_come_page_by_page() -> None:
    """No job twice, none left out."""
    backend = StoreBackend()
    await backend.write(lambda tx: [tx.put_job(a_job(f"u{n}", f"set/job-{n:03}")) for n in range(120)])
    found: list[str] = []
    path = "/jobs?q=job"
    async with asked(backend) as browser:
        for _ in range(3):
            text = (await browser.get(path)).text
            found += re.findall(r'<tr[^>]* data-job="([^"]+)"', text)
            following = re.search(r'rel="next" href="([^"]+)"', text)
            path = unescape(following[1]) if following else ""
    assert [f"set/job-{n:03}" for n in range(120)] == found
    assert "" == path


async def test_runs_come_page_by_page_and_filtered() -> None:
    """New runs shift no page."""
    backend = StoreBackend(clock=VirtualClock(at(10_000)))
    await backend.write(lambda tx: tx.put_job(a_job()))
    await backend.write(lambda tx: [tx.insert_run(a_run(f"r{n:03}", n)) for n in range(70)])
    async with asked(backend) as browser:
        first = (await browser.get("/runs")).text
        following = re.search(r'rel="next" href="([^"]+)"', first)
        assert following is not None
        await backend.write(lambda tx: tx.insert_run(a_run("newer", 900)))
        second = (await browser.get(unescape(following[1]))).text
        early = (await browser.get("/runs?from=2026-03-01T00:00&to=2026-03-01T00:00:02&status=queued")).text
    assert [f"r{n:03}" for n in range(69, 19, -1)] == _runs(first)
    assert [f"r{n:03}" for n in range(19, -1, -1)] == _runs(second)
    assert ["r001", "r000"] == _runs(early)


async def test_a_job_shows_its_lines_without_what_is_private(tmp_path: Path) -> None:
    """The manifest's own lines, with their numbers."""
    async with asked(await backend_of(tmp_path)) as browser:
        answer = await browser.get("/jobs/billing/close-day")
    assert "4 close-day:" in words(answer)
    assert "hunter2" not in answer.text


async def test_a_removed_job_keeps_its_page() -> None:
    """It says so, and nothing can be done with it."""
    backend = StoreBackend(clock=VirtualClock(at(100)))
    await backend.write(lambda tx: tx.put_job(a_job(removed_at=at(40))))
    async with asked(backend) as browser:
        answer = await browser.get("/jobs/set/one")
    assert "Removed 1 min ago: it fires no more." in words(answer)
    assert "data-act" not in answer.text


async def test_a_paused_job_says_by_whom_and_until_when() -> None:
    """And offers to resume it."""
    backend = StoreBackend(clock=VirtualClock(at(100)))
    override = Override("moving house", "ann", at(40), at(100) + timedelta(hours=3))
    await backend.write(lambda tx: tx.put_job(a_job()._replace(override=override)))
    async with asked(backend) as browser:
        answer = await browser.get("/jobs/set/one")
    assert "Paused by ann: moving house, since Sun 1 Mar 00:00:40, until Sun 1 Mar 03:01:40 (in 3 h)" in words(answer)
    assert 'data-act="resume"' in answer.text


async def test_a_run_says_why_it_went_as_it_did() -> None:
    """With what it printed, its end first where that is long."""
    backend = StoreBackend(clock=VirtualClock(at(100)))
    await backend.write(_one_of_everything)
    async with asked(backend) as browser:
        answer = await browser.get("/runs/r1")
    said = words(answer)
    assert 1 == said.count("boom")
    assert "It failed: boom" in said
    assert "SCHEDRUN_RUN_ID r1" in said
    assert "printed &lt;this&gt;" in answer.text
    assert 'role="log"' in answer.text


async def test_the_plan_shows_fields_and_runs(tmp_path: Path) -> None:
    """Before, after, and what appears and vanishes; nothing private."""
    backend = await backend_of(tmp_path)
    (tmp_path / "billing.yaml").write_text(MANIFEST.replace("17 4", "45 5").replace("hunter2hunter2", "correcthorse"))
    async with asked(backend) as browser:
        answer = await browser.get("/plan")
    said = words(answer)
    assert "schedule.cron 17 4 * * * 45 5 * * *" in said
    assert "7 move" in said
    assert "target.env.TOKEN (value hidden) (value hidden)" in said
    assert "correcthorse" not in answer.text


async def test_the_plan_promises_nothing_of_files_that_it_cannot_read(tmp_path: Path) -> None:
    """While one is broken nobody knows whether the live jobs are what it says."""
    backend = await backend_of(tmp_path)
    (tmp_path / "shop.yaml").write_text("schedrun: v1\nname: shop\njobs: [\n")
    async with asked(backend) as browser:
        said = words(await browser.get("/plan"))
    assert "Nothing to change in the files that can be read." in said
    assert "the live jobs are what the manifests say" not in said


async def test_held_removals_are_confirmed_on_the_plan(tmp_path: Path) -> None:
    """One by one, or all of them."""
    backend = await backend_of(tmp_path)
    (tmp_path / "billing.yaml").write_text("schedrun: v1\nname: billing\njobs: {}\n")
    await backend.reconcile()
    async with asked(backend) as browser:
        text = (await browser.get("/plan")).text
    assert 2 == text.count("Confirm removal</button>")
    assert "Confirm all 2 removals" in text


async def test_without_manifests_there_is_no_plan() -> None:
    """An application whose jobs are all code."""
    async with asked(StoreBackend()) as browser:
        assert "No manifests are followed here" in words(await browser.get("/plan"))


async def test_who_may_only_look_gets_disabled_buttons() -> None:
    """Beside a link to the login that comes back."""
    backend = StoreBackend()
    await backend.write(_one_of_everything)
    async with asked(backend, READER) as browser:
        text = (await browser.get("/jobs/set/one")).text
    buttons = re.findall(r"<button[^>]*data-act[^>]*>", text)
    assert buttons
    assert all("disabled" in button for button in buttons)
    assert 'href="/login?next=%2Fjobs%2Fset%2Fone"' in text


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        pytest.param("/nowhere", 404, "Nothing is at this path.", id="no-page"),
        pytest.param("/jobs/a/b", 404, "There is no job a/b.", id="no-job"),
        pytest.param("/runs/abc", 404, "There is no run abc.", id="no-run"),
        pytest.param("/static/nothing.js", 404, None, id="no-file-is-no-page"),
        pytest.param("/jobs?status=well", 422, "'well' is no status.", id="no-status"),
        pytest.param("/jobs?label=team", 422, "'team' is no label.", id="no-label"),
        pytest.param("/runs?from=soon", 422, "'soon' is no instant.", id="no-instant"),
        pytest.param("/runs?before=xyz", 422, "`cursor` is none", id="no-place"),
    ],
)
async def test_errors_look_like_pages(path: str, status: int, said: str | None) -> None:
    """With what is wrong and what to do; their status stays."""
    async with asked(StoreBackend()) as browser:
        answer = await browser.get(path)
    assert status == answer.status_code
    assert (said is not None) == answer.headers["content-type"].startswith("text/html")
    if said is not None:
        assert said in words(answer)


async def test_programs_get_documents_of_errors() -> None:
    """Whoever asks for no page gets none."""
    async with client(StoreBackend()) as program:
        answer = await program.get("/nowhere")
    assert "application/problem+json" == answer.headers["content-type"]


async def test_a_state_that_cannot_be_read_is_a_page_too() -> None:
    """With the status that tells it."""
    backend = StoreBackend()
    backend.failure = StoreError("the disk is gone")
    async with asked(backend) as browser:
        answer = await browser.get("/")
    assert 503 == answer.status_code
    assert "The disk is gone." in words(answer)


async def test_strangers_are_led_to_the_login() -> None:
    """Which they may see; it sends nobody elsewhere."""
    async with asked(StoreBackend(), STRANGER) as browser:
        refused = await browser.get("/jobs?q=a")
        login = await browser.get("/login?next=//evil.example/")
    assert 401 == refused.status_code
    assert 'href="/login?next=%2Fjobs%3Fq%3Da"' in refused.text
    assert 200 == login.status_code
    assert 'data-next="/"' in login.text


@pytest.mark.parametrize(
    "given", ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "/\r\n/evil.example"]
)
async def test_who_has_logged_in_is_sent_nowhere_else(given: str) -> None:
    """Browsers read a URL without its tabs and line ends, and a backslash as a slash."""
    async with asked(StoreBackend(), STRANGER) as browser:
        login = await browser.get("/login", params={"next": given})
    assert 'data-next="/"' in login.text


async def test_files_are_asked_for_again_only_when_they_changed() -> None:
    """A tag makes that cheap, and every file has its type."""
    async with asked(StoreBackend(), STRANGER) as browser:
        first = await browser.get("/static/page.js")
        again = await browser.get("/static/page.js", headers={"If-None-Match": first.headers["etag"]})
        style = await browser.get("/static/base.css")
    assert (200, "text/javascript; charset=utf-8") == (first.status_code, first.headers["content-type"])
    assert (304, b"") == (again.status_code, again.content)
    assert "text/css; charset=utf-8" == style.headers["content-type"]


def _runs(text: str) -> list[str]:
    return re.findall(r'<tr[^>]* data-run="([^"]+)"', text)


def _one_of_everything(tx: Transaction) -> None:
    """Record a job that failed, one that runs, one of code, and a stretch that never ran."""
    labelled = a_job().spec.model_copy(update={"labels": {"team": "data"}})
    tx.put_job(a_job())
    tx.put_job(a_job("u2", "set/two", spec=labelled))
    tx.put_job(a_job("u3", "tidy", origin=Origin.CODE, file=None, line=None, spec=a_job().spec))
    tx.insert_run(a_run("r1", 5, status=RunStatus.RUNNING, attempt=1, started_at=at(5)))
    outcome = Outcome(exit_code=1, error="boom", output="printed <this>\n")
    tx.finish_run("r1", attempt=1, status=RunStatus.FAILED, at=at(9), outcome=outcome)
    tx.insert_run(
        a_run("r2", 6, job_uid="u2", kind=RunKind.MANUAL, status=RunStatus.RUNNING, attempt=1, started_at=at(6))
    )
    tx.insert_span(a_span(20, 30))
