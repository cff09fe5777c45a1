"""Where things stand, with texts that nobody kept short."""

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Override
from schedrun.core.status import RunStatus
from schedrun.protocols import Transaction
from schedrun.web import app
from tests.contracts.ledger import a_job, a_run, at
from tests.web.backend import OPERATOR, StoreBackend
from tests.web.browser.opened import opened, scrolling_sideways
from tests.web.serving import guarded, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

KEY = f"{'s' * 63}/{'n' * 63}"
LONG = "unbroken" * 40
LONG_PAGES = ("/", "/jobs", f"/jobs/{KEY}", "/runs", "/runs/r1", "/plan", f"/jobs/no/{'x' * 63}")
PHONE, TABLET = 390, 768


def _everything_long(tx: Transaction) -> None:
    said = {"description": LONG, "owner": LONG, "labels": {"l" * 60: "v" * 60}}
    spec = a_job().spec.model_copy(update=said)
    tx.put_job(a_job(key=KEY, spec=spec, file=f"{LONG}.yaml", override=Override(LONG, LONG, at(0))))
    tx.insert_run(a_run("r1", status=RunStatus.RUNNING, attempt=1, started_at=at(2)))
    outcome = Outcome(exit_code=1, output=LONG, error=LONG)
    tx.finish_run("r1", attempt=1, outcome=outcome, status=RunStatus.FAILED, at=at(3))


@pytest.fixture(scope="module")
def endless() -> Iterator[str]:
    """Serve a service in which every text is as long as it may be; yield its address."""

    async def make() -> Any:
        backend = StoreBackend()
        await backend.write(_everything_long)
        return guarded(app.of(backend), OPERATOR)

    with served(make) as address:
        yield address


@pytest.mark.parametrize("path", LONG_PAGES)
def test_long_texts_break_where_there_is_no_room(browser: "Browser", endless: str, path: str) -> None:
    """Names, owners, labels, reasons and errors widen no page; 320 px is 1280 px at four times the size."""
    with opened(browser, endless) as page:
        page.goto(path)
        assert [] == scrolling_sideways(page, 320, PHONE, TABLET, 1280)


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_no_run_lies_behind_the_scale_of_its_chart(browser: "Browser", operated: str, width: str) -> None:
    """What the scale says ends before the first mark, and begins within the panel."""
    with opened(browser, operated, width=width) as page:
        page.goto("/jobs/billing/fx-rates")
        for chart in page.locator("svg.dots").all():
            marks = [box["x"] for each in chart.locator("circle, svg").all() if (box := each.bounding_box())]
            words = [box for each in chart.locator(".chart-scale").all() if (box := each.bounding_box())]
            frame = chart.bounding_box()
            assert frame is not None
            assert max(box["x"] + box["width"] for box in words) < min(marks)
            assert frame["x"] <= min(box["x"] for box in words)


def test_hours_do_not_touch_on_a_phone(browser: "Browser", operated: str) -> None:
    """Of the day only its beginning and its middle are named there."""
    with opened(browser, operated, width="narrow") as page:
        page.goto("/")
        boxes = [box for each in page.locator("text.chart-hour:visible").all() if (box := each.bounding_box())]
        assert len(boxes) >= 3
        assert all(left["x"] + left["width"] + 8 < right["x"] for left, right in pairwise(boxes))


def test_the_mark_of_a_finding_shows_on_a_phone(browser: "Browser", operated: str) -> None:
    """Its line is scrolled there once, and never against who scrolls it himself."""
    script = """
    async () => {
      const frame = document.querySelector(".frame"), { frames } = await import("/static/frames.js");
      const again = frame.cloneNode(true);
      again.querySelector(".marks").before(" ".repeat(90));
      again.prepend("x".repeat(100));
      frame.replaceWith(again);
      frames();
      const box = again.getBoundingClientRect(), mark = again.querySelector(".marks").getBoundingClientRect();
      const shows = mark.left >= box.left && mark.left < box.right && again.scrollLeft > 0;
      again.scrollLeft = 0;
      document.dispatchEvent(new CustomEvent("refreshed"));
      return [shows, again.scrollLeft];
    }
    """
    with opened(browser, operated, width="narrow") as page:
        page.goto("/")
        assert [True, 0] == page.evaluate(script)


def test_buttons_stand_below_one_another(browser: "Browser", operated: str) -> None:
    """Whether a row says Pause or Resume."""
    with opened(browser, operated) as page:
        page.goto("/jobs")
        places = [box["x"] for each in page.locator("[data-act=trigger]").all() if (box := each.bounding_box())]
        assert page.get_by_role("button", name="Resume").count()
        assert 1 == len(set(places))


def test_who_may_only_look_gets_rows_of_the_same_height(browser: "Browser", operated: str, looked_at: str) -> None:
    """The way to log in stands beside the buttons and not below them."""
    heights = []
    for address in operated, looked_at:
        with opened(browser, address) as page:
            page.goto("/jobs?set=billing")
            box = page.locator('[data-job="billing/close-day"]').bounding_box()
            assert box is not None
            heights.append(box["height"])
    assert heights[0] == heights[1]


def test_who_is_logged_in_can_log_out_on_a_phone(browser: "Browser", operated: str) -> None:
    """The way to it is in the foot there, where the head has no room."""
    with opened(browser, operated, width="narrow") as page:
        page.goto("/")
        expect(page.locator(".who")).to_be_hidden()
        page.locator(".foot").get_by_role("link", name="ops").click()
        expect(page.get_by_role("button", name="Log out")).to_be_visible()
