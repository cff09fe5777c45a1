"""Buttons that act, and what is said of it."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.web.browser.opened import ask_to_pause, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route


def test_a_job_is_triggered_in_place(browser: "Browser", acted_on: str) -> None:
    """The row says which run it is, and leads to it."""
    with opened(browser, acted_on) as page:
        page.goto("/jobs?set=shop")
        row = page.locator('[data-job="shop/sitemap"]')
        row.get_by_role("button", name="Trigger").click()
        said = row.locator(".said")
        expect(said).to_have_text(re.compile(r"^Queued as run [0-9a-f]{8}$"))
        run = said.get_by_role("link")
        run.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Run {page.url.rpartition('/')[2][:8]}")


def test_what_was_not_answered_is_asked_for_again_as_the_same(browser: "Browser", acted_on: str) -> None:
    """Also after a refresh: it may have begun a run that the page has not shown yet. What was answered is over."""
    keys: list[str | None] = []

    def cut_off(route: "Route") -> None:
        keys.append(route.request.headers.get("idempotency-key"))
        if len(keys) == 1:
            route.abort()
        else:
            route.fulfill(status=202, json={"run": {"id": "b" * 20, "status": "queued"}})

    with opened(browser, acted_on, allowed="ERR_FAILED") as page:
        page.route("**/trigger", cut_off)
        page.goto("/jobs/shop/sitemap")
        button, said = page.get_by_role("button", name="Trigger"), page.locator(".page-head .said")
        button.click()
        expect(said).to_contain_text("The service cannot be reached.")
        page.evaluate("async () => (await import('/static/live.js')).refresh()")
        for _ in range(2):
            button.click()
            expect(said).to_contain_text("Queued as run bbbbbbbb")
            said.evaluate("it => it.replaceChildren()")
    assert keys[0] == keys[1]
    assert keys[1] != keys[2]


def test_pausing_asks_for_a_reason(browser: "Browser", acted_on: str) -> None:
    """Without one nothing happens; the row turns to Resume, and back, without a reload."""
    with opened(browser, acted_on) as page:
        page.goto("/jobs?set=shop")
        page.evaluate("window.sameDocument = true")
        row = page.locator('[data-job="shop/clean-sessions"]')
        row.get_by_role("button", name="Pause").click()
        dialog = page.get_by_role("dialog", name="Pause shop/clean-sessions")
        dialog.get_by_role("button", name="Pause").click()
        expect(dialog).to_be_visible()
        dialog.get_by_label("Reason").fill("moving house")
        dialog.get_by_label("Until").fill("2026-12-24T18:30")
        dialog.get_by_role("button", name="Pause").click()
        expect(dialog).to_be_hidden()
        expect(row.locator(".status")).to_have_text("paused")
        expect(row).to_contain_text("moving house")
        expect(row.locator(".cell-next")).to_contain_text("Thu 24 Dec 19:00:00")
        row.get_by_role("button", name="Resume").click()
        expect(row.locator(".status")).to_have_text("pending")
        expect(row.locator(".said")).to_have_text("Resumed.")
        assert page.evaluate("window.sameDocument")


def test_a_pause_ends_on_the_clock_of_the_page(browser: "Browser", acted_on: str) -> None:
    """18:30 in Tokyo is 09:30 in UTC."""
    with opened(browser, acted_on) as page:
        page.context.add_cookies([{"name": "schedrun-zone", "value": "Asia/Tokyo", "url": acted_on}])
        page.goto("/jobs/shop/price-watch")
        ask_to_pause(page, until="2026-12-24T18:30")
        until = page.locator('[data-key="pause"] time').nth(1)
        expect(until).to_have_attribute("datetime", "2026-12-24T09:30:00Z")
        expect(until).to_have_text("Thu 24 Dec 18:30:00")


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        pytest.param("2026-10-25T02:30", "2026-10-25T00:30:00.000Z", id="the-first-of-two"),
        pytest.param("2026-10-25T03:00", "2026-10-25T02:00:00.000Z", id="after-both"),
        pytest.param("2026-10-24T23:00", "2026-10-24T21:00:00.000Z", id="the-evening-before"),
        pytest.param("2026-03-29T02:30", "2026-03-29T01:30:00.000Z", id="skipped"),
        pytest.param("2026-03-29T03:00", "2026-03-29T01:00:00.000Z", id="after-the-gap"),
    ],
)
def test_a_time_of_the_page_is_one_instant(browser: "Browser", acted_on: str, local: str, instant: str) -> None:
    """In Berlin, where clocks change."""
    script = "async (local) => (await import('/static/clock.js')).instantOf(local, 'Europe/Berlin').toISOString()"
    with opened(browser, acted_on) as page:
        page.goto("/login")
        assert instant == page.evaluate(script, local)


def test_what_cannot_be_done_is_said_with_a_remedy(browser: "Browser", acted_on: str) -> None:
    """A job that its manifest pauses is resumed there."""
    with opened(browser, acted_on, allowed="409") as page:
        page.goto("/jobs/shop/warm-cache")
        page.get_by_role("button", name="Resume").click()
        said = page.locator(".said").first
        expect(said).to_contain_text("shop.yaml")
        expect(said).to_have_attribute("data-kind", "bad")


def test_a_run_is_cancelled(browser: "Browser", acted_on: str) -> None:
    """One that waits ends at once."""
    with opened(browser, acted_on) as page:
        page.goto("/runs/a40b7d915ce2f3316d08")
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator("#run-status")).to_have_text("cancelled")
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


def test_a_held_removal_is_confirmed(browser: "Browser", acted_on: str) -> None:
    """It leaves the plan; the others stay held."""
    with opened(browser, acted_on) as page:
        page.goto("/plan")
        held = page.locator('[data-change="ops/dns-audit"]')
        held.get_by_role("button", name="Confirm removal").click()
        expect(held).to_have_count(0)
        expect(page.locator('[data-change="ops/heartbeat"]')).to_have_count(1)


def test_keyboards_act(browser: "Browser", acted_on: str) -> None:
    """The dialog opens, takes the focus, closes on Escape, and gives the focus back."""
    with opened(browser, acted_on) as page:
        page.goto("/jobs?q=archive")
        button = page.locator('[data-job="crm/archive"]').get_by_role("button", name="Pause")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog").get_by_label("Reason")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        expect(button).to_be_focused()


def test_a_refresh_leaves_alone_what_somebody_is_at(browser: "Browser", acted_on: str) -> None:
    """What is typed stays, and so do focus and scroll."""
    with opened(browser, acted_on) as page:
        page.goto("/jobs")
        search = page.get_by_label("Search")
        search.fill("half a wo")
        page.evaluate("scrollTo(0, 400)")
        page.locator('[data-job="data/vacuum"]').get_by_role("button", name="Pause").evaluate("it => it.focus()")
        before = page.evaluate("scrollY")
        page.evaluate("() => import('/static/live.js').then(({refresh}) => refresh())")
        assert "half a wo" == search.input_value()
        assert "Pause" == page.evaluate("document.activeElement.textContent.trim()")
        assert before == page.evaluate("scrollY")
