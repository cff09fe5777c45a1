"""People who use keys, and what happens while they do."""

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.web.browser.opened import ask_to_pause, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

SAME = "window.sameDocument"
ZONE = "Time zone of this page"
TWO_AT_ONCE = """
async () => {
  const { refresh } = await import("/static/live.js");
  await refresh();
  const first = refresh(), second = refresh();
  await first;
  const early = document.title;
  await second;
  return [early, document.title];
}
"""


def test_a_zone_is_typed_and_taken_at_its_end(browser: "Browser", operated: str) -> None:
    """Letters pass other zones, which are not chosen; Enter is, and the focus stays there."""
    with opened(browser, operated) as page:
        page.goto("/jobs")
        page.evaluate(f"{SAME} = true")
        page.get_by_label(ZONE).focus()
        page.keyboard.type("Asia/Kathm")
        assert "Asia/Kathmandu" == page.get_by_label(ZONE).input_value()
        assert page.evaluate(SAME)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        expect(page.get_by_label(ZONE)).to_have_value("Asia/Kathmandu")
        expect(page.get_by_label(ZONE)).to_be_focused()
        expect(page.locator('[data-job="shop/sitemap"] .cell-next .sub')).to_have_text("Sun 29 Nov 09:10:00")


def test_zones_have_their_names_of_today(browser: "Browser", operated: str) -> None:
    """Whatever the browser calls them, each once."""
    with opened(browser, operated) as page:
        page.goto("/jobs")
        page.get_by_label(ZONE).focus()
        names = page.get_by_label(ZONE).locator("option").all_inner_texts()
    assert {"Asia/Kathmandu", "Asia/Kolkata", "Europe/Kyiv"} < set(names)
    assert {"Asia/Katmandu", "Asia/Calcutta", "Europe/Kiev"}.isdisjoint(names)
    assert len(names) == len(set(names))


def test_a_filter_waits_for_who_steps_through_it(browser: "Browser", operated: str) -> None:
    """Each arrow would else ask for another list."""
    with opened(browser, operated) as page:
        page.goto("/jobs")
        page.evaluate(f"{SAME} = true")
        page.get_by_label("Status").focus()
        for key in "ArrowDown", "ArrowDown", "ArrowDown":
            page.keyboard.press(key)
        chosen = page.get_by_label("Status").input_value()
        assert page.evaluate(SAME)
        with page.expect_navigation():
            page.keyboard.press("Tab")
        assert page.url.endswith(f"/jobs?status={chosen}")


def test_only_what_begins_and_ends_outside_closes_a_dialog(browser: "Browser", acted_on: str) -> None:
    """Its padding is inside, and so is text that is marked beyond its edge."""
    with opened(browser, acted_on) as page:
        page.goto("/jobs/shop/sitemap")
        page.get_by_role("button", name="Pause").click()
        dialog = page.get_by_role("dialog")
        reason = dialog.get_by_label("Reason")
        reason.fill("half a sen")
        edge, field = dialog.bounding_box(), reason.bounding_box()
        assert edge is not None
        assert field is not None
        page.mouse.click(edge["x"] + 5, edge["y"] + 5)
        page.mouse.move(field["x"] + 40, field["y"] + 8)
        page.mouse.down()
        page.mouse.move(5, 5)
        page.mouse.up()
        expect(dialog).to_be_visible()
        assert "half a sen" == reason.input_value()
        page.mouse.click(5, 5)
        expect(dialog).to_be_hidden()


def test_a_pause_cannot_end_before_it_begins(browser: "Browser", acted_on: str) -> None:
    """That is said in the words of the page, and at the field."""
    asked: list[str] = []
    with opened(browser, acted_on) as page:
        page.on("request", lambda request: asked.append(request.method))
        page.goto("/jobs/shop/sitemap")
        ask_to_pause(page, until="2020-01-01T00:00")
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("alert")).to_have_text("That time has passed already: choose a later one, or none.")
        expect(dialog.get_by_label("Until")).to_be_focused()
    assert "POST" not in asked


def test_a_reason_is_more_than_blanks(browser: "Browser", acted_on: str) -> None:
    """The browser itself asks for words."""
    with opened(browser, acted_on) as page:
        page.goto("/jobs/shop/sitemap")
        page.get_by_role("button", name="Pause").click()
        reason = page.get_by_role("dialog").get_by_label("Reason")
        reason.fill("   ")
        assert not reason.evaluate("it => it.checkValidity()")
        reason.fill(" why ")
        assert reason.evaluate("it => it.checkValidity()")


def test_a_button_that_is_done_with_gives_the_focus_to_what_was_said(browser: "Browser", acted_on: str) -> None:
    """Never to another button: Enter that is pressed twice must not trigger what was just cancelled."""
    with opened(browser, acted_on) as page:
        page.goto("/jobs/shop/abandoned-carts")
        page.get_by_role("button", name="Trigger").click()
        page.locator(".said").get_by_role("link").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Run")
        expect(page.locator("#live")).to_have_text("Live")
        page.get_by_role("button", name="Cancel").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
        expect(page.locator(".page-head .said")).to_be_focused()
        expect(page.locator(".page-head .said")).to_have_text("Cancelled.")


def test_a_refresh_that_was_asked_for_is_of_after_that(browser: "Browser", operated: str) -> None:
    """One that is under way may have been answered before: another follows it."""
    answers: list[int] = []

    def number(route: "Route") -> None:
        answers.append(len(answers))
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("<title>", f"<title>{answers[-1]} "))

    with opened(browser, operated) as page:
        page.goto("/jobs")
        expect(page.locator("#live")).to_have_text("Live")
        page.route("**/jobs", number)
        early, late = page.evaluate(TWO_AT_ONCE)
    assert int(early.split()[0]) < int(late.split()[0])


def test_who_is_logged_out_is_told_and_led_back(browser: "Browser", operated: str) -> None:
    """The page goes on to show what it knew, and says that it is old wherever it is scrolled to."""
    with opened(browser, operated, allowed="401") as page:
        page.goto("/jobs?set=shop")
        page.route("**/jobs?set=shop", lambda route: route.fulfill(status=401))
        page.evaluate("async () => (await import('/static/live.js')).refresh()")
        link = page.locator("#live").get_by_role("link")
        expect(link).to_have_text("Logged out: log in again")
        assert "/login?next=%2Fjobs%3Fset%3Dshop" == link.get_attribute("href")
        assert "fixed" == page.locator("#live").evaluate("it => getComputedStyle(it).position")
        expect(page.locator('[data-job="shop/sitemap"]')).to_be_visible()


def test_without_scripts_a_page_says_what_it_lacks(browser: "Browser", operated: str) -> None:
    """Its filters work."""
    context = browser.new_context(java_script_enabled=False, base_url=operated)
    page = context.new_page()
    page.goto("/jobs")
    assert "its buttons, the choice of a zone and live changes need it" in page.content()
    page.get_by_label("Search").fill("sitemap")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("[data-job]")).to_have_count(1)
    context.close()
