"""Every page, in both widths and both schemes: nothing wrong, nothing cut off, nothing unreachable."""

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from tests.web.browser.opened import SCHEMES, opened, scrolling_sideways
from tests.web.pictures import PAGES, WIDTHS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SERIOUS = {"serious", "critical"}


@pytest.mark.parametrize("name", PAGES)
def test_people_with_any_senses_can_use_it(browser: "Browser", operated: str, name: str) -> None:
    """axe-core finds nothing serious, in any width and scheme: contrast, names, landmarks, focus."""
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    serious = []
    with opened(browser, operated) as page:
        page.goto(PAGES[name])
        for (width, (x, y)), scheme in product(WIDTHS.items(), SCHEMES):
            page.set_viewport_size({"width": x, "height": y})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # nothing fades
            found: list[dict[str, Any]] = axe.run(page).response["violations"]
            serious += [
                (width, scheme, each["id"], [node["html"][:120] for node in each["nodes"]][:3])
                for each in found
                if each["impact"] in SERIOUS
            ]
    assert [] == serious


@pytest.mark.parametrize("name", PAGES)
def test_nothing_scrolls_sideways(browser: "Browser", operated: str, name: str) -> None:
    """What is wider than the window scrolls in a box of its own; where columns become rows, too."""
    with opened(browser, operated) as page:
        page.goto(PAGES[name])
        assert [] == scrolling_sideways(page, 390, 768, 1024, 1280)


@pytest.mark.parametrize("name", PAGES)
def test_asks_nothing_of_the_outside(browser: "Browser", operated: str, name: str) -> None:
    """Every request goes to the service itself."""
    asked: list[str] = []
    with opened(browser, operated) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(PAGES[name])
    assert [] == [url for url in asked if not url.startswith(operated)]


def test_keyboards_reach_the_content_first(browser: "Browser", operated: str) -> None:
    """The first stop skips the head."""
    with opened(browser, operated) as page:
        page.goto("/jobs")
        page.keyboard.press("Tab")
        assert "Skip to the content" == page.evaluate("document.activeElement.textContent")
        page.keyboard.press("Enter")
        assert "main" == page.evaluate("document.activeElement.id")


def test_without_operate_scope_buttons_are_disabled_beside_a_login(browser: "Browser", looked_at: str) -> None:
    """The link comes back to the page."""
    with opened(browser, looked_at) as page:
        page.goto("/jobs?set=billing")
        row = page.locator('[data-job="billing/close-day"]')
        for name in "Trigger", "Pause":
            assert row.get_by_role("button", name=name).is_disabled()
        link = row.get_by_role("link", name="Log in to act")
        assert "/login?next=%2Fjobs%3Fset%3Dbilling" == link.get_attribute("href")


def test_times_are_in_the_zone_that_was_chosen(browser: "Browser", operated: str) -> None:
    """The choice lasts over pages; schedules stay in their job's zone."""
    with opened(browser, operated) as page:
        page.goto("/jobs")
        next_fire = page.locator('[data-job="shop/sitemap"] .cell-next .sub time')
        assert "Sun 29 Nov 03:25:00" == next_fire.text_content()
        page.get_by_label("Time zone of this page").focus()
        with page.expect_navigation():
            page.get_by_label("Time zone of this page").select_option("Asia/Tokyo")
        assert "Sun 29 Nov 12:25:00" == next_fire.text_content()
        schedule = page.locator('[data-job="shop/sitemap"] .cell-schedule')
        assert "at 03:25 every day, Europe/London" == schedule.text_content()
        page.goto("/runs")
        assert "Asia/Tokyo" == page.get_by_label("Time zone of this page").input_value()
