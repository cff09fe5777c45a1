"""People at the dashboard of a running service: what they see, and what they do."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e import dashboard
from tests.e2e.service import Project, eventually
from tests.free_port import free_port
from tests.web import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(chromium.PROGRAM is None, reason=chromium.MISSING),
]

YEARLY = "  {job}:\n    schedule: {{cron: '0 0 1 1 *'}}\n    target: {{shell: '{shell}'}}\n"


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Open Chromium once."""
    with chromium.browser() as opened:
        yield opened


def jobs(*names: str, shell: str = "true") -> str:
    return "".join(YEARLY.format(job=name, shell=shell) for name in names)


def test_an_edit_appears_and_a_break_shows_its_line(project: Project, browser: "Browser") -> None:
    """Without a reload: a new job, then the frame of a slip, then all is well again."""
    from playwright.sync_api import expect

    project.write(jobs("one"))
    _, address = dashboard.start(project)
    with dashboard.operating(browser, project, address) as page:
        page.goto("/jobs")
        page.evaluate("window.sameDocument = true")
        expect(page.locator('[data-job="s/one"]')).to_be_visible()
        project.write(jobs("one", "two"))
        expect(page.locator('[data-job="s/two"]')).to_be_visible()
        assert page.evaluate("window.sameDocument")
        page.goto("/")
        expect(page.get_by_role("heading", level=1)).to_have_text("In sync")
        project.write(jobs("one", "two").replace("schedule", "shedule", 1))
        expect(page.get_by_role("heading", level=1)).to_have_text("Degraded")
        expect(page.locator(".frame", has_text="shedule")).to_contain_text("^^^^^^^")
        expect(page.locator(".finding", has_text="did you mean `schedule`?")).to_be_visible()
        project.write(jobs("one", "two"))
        expect(page.get_by_role("heading", level=1)).to_have_text("In sync")


def test_a_job_is_triggered_and_its_output_followed(project: Project, browser: "Browser") -> None:
    """Lines show while they are written, and the end shows too."""
    from playwright.sync_api import expect

    project.write(jobs("slow", shell='echo begin; until [ -e go ]; do sleep 0.05; done; echo "<b>end</b>"'))
    _, address = dashboard.start(project)
    with dashboard.operating(browser, project, address) as page:
        page.goto("/jobs")
        row = page.locator('[data-job="s/slow"]')
        row.get_by_role("button", name="Trigger").click()
        row.locator(".said").get_by_role("link").click()
        log = page.get_by_role("log")
        expect(log).to_have_text(re.compile(r"^begin\s*$"))
        expect(page.locator("#run-status")).to_have_text("running")
        (project.root / "go").touch()
        expect(log).to_have_text(re.compile(r"^begin\s+<b>end</b>\s*$"))
        expect(page.locator("#run-status")).to_have_text("succeeded")
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


def test_the_next_attempt_takes_the_place_of_the_last(project: Project, browser: "Browser") -> None:
    """Its output shows without a reload, and both attempts stand in a table."""
    from playwright.sync_api import expect

    shell = "echo this is $SCHEDRUN_ATTEMPT; until [ -e go ]; do sleep 0.05; done; exit $((2 - SCHEDRUN_ATTEMPT))"
    project.write(jobs("shaky", shell=shell).rstrip() + "\n    retries: {max: 1, backoff: 10ms, jitter: false}\n")
    _, address = dashboard.start(project)
    with dashboard.operating(browser, project, address) as page:
        page.goto("/jobs/s/shaky")
        page.get_by_role("button", name="Trigger").click()
        page.locator(".said").get_by_role("link").click()
        expect(page.get_by_role("log")).to_have_text(re.compile(r"^this is 1\s*$"))
        (project.root / "go").touch()
        expect(page.get_by_role("log")).to_have_text(re.compile(r"^this is 2\s*$"))
        expect(page.locator("#run-status")).to_have_text("succeeded")
        expect(page.locator(".attempts tbody tr")).to_have_count(2)


def test_a_job_is_paused_and_resumed(project: Project, browser: "Browser") -> None:
    """The service knows the reason and who gave it."""
    from playwright.sync_api import expect

    project.write(jobs("one"))
    _, address = dashboard.start(project)
    with dashboard.operating(browser, project, address, width=390) as page:
        page.goto("/jobs/s/one")
        page.get_by_role("button", name="Pause").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill("moving house")
        dialog.get_by_role("button", name="Pause").click()
        expect(page.locator(".notice")).to_contain_text("moving house")
        assert "paused" == project.jobs()["s/one"]["status"]
        page.get_by_role("button", name="Resume").click()
        expect(page.locator(".notice")).to_have_count(0)
        eventually(lambda: project.jobs()["s/one"]["status"] == "pending", what="the job to be resumed")


def test_a_held_removal_is_confirmed(project: Project, browser: "Browser") -> None:
    """Two of three jobs go only when somebody says so."""
    from playwright.sync_api import expect

    project.write(jobs("one", "two", "three"))
    _, address = dashboard.start(project)
    with dashboard.operating(browser, project, address) as page:
        page.goto("/plan")
        expect(page.get_by_text("Nothing to change")).to_be_visible()
        project.write(jobs("one"))
        held = page.locator('[data-change="s/two"]')
        expect(held).to_contain_text("Held back")
        page.get_by_role("button", name="Confirm all 2 removals").click()
        expect(page.get_by_text("Nothing to change")).to_be_visible()
        assert ["s/one"] == list(project.jobs())


def test_what_changed_while_the_service_was_away_shows_after_it_is_back(project: Project, browser: "Browser") -> None:
    """The page says that it waits, and asks anew once it is connected."""
    from playwright.sync_api import expect

    project.write(jobs("one"))
    port = free_port()
    service, address = dashboard.start(project, port=port)
    with dashboard.operating(browser, project, address) as page:
        page.goto("/jobs")
        expect(page.locator("#live")).to_have_text("Live")
        service.stop()
        expect(page.locator("#live")).to_have_text("Reconnecting …")
        project.write(jobs("one", "two"))
        dashboard.start(project, port=port)
        expect(page.locator('[data-job="s/two"]')).to_be_visible()
        expect(page.locator("#live")).to_have_text("Live")


def test_who_has_no_token_looks_and_is_led_to_the_login(project: Project, browser: "Browser") -> None:
    """On this machine; a wrong token is refused in words, the right one comes back to the page."""
    from playwright.sync_api import expect

    project.write(jobs("one"))
    _, address = dashboard.start(project)
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/jobs")
    row = page.locator('[data-job="s/one"]')
    expect(row.get_by_role("button", name="Trigger")).to_be_disabled()
    row.get_by_role("link", name="Log in to act").click()
    page.get_by_label("Token").fill("x" * 40)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    page.get_by_label("Token").fill(dashboard.token(project))
    page.get_by_role("button", name="Log in").click()
    expect(page.locator('[data-job="s/one"]').get_by_role("button", name="Trigger")).to_be_enabled()
    assert page.url == f"{address}/jobs"
    context.close()
