"""The output of a run on its page."""

import json
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.web.browser.opened import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

RUN = "/runs/3f9ac1d27be0446a1c5e"
LEFT_OUT = "data-keep hidden>The first <span>0</span>"


def _longer(route: "Route") -> None:
    """Answer as when the output has outgrown what a page holds at first, and the run has an error by now."""
    answer = route.fetch()
    text = answer.text().replace(LEFT_OUT, "data-keep>The first <span>9,000</span>")
    text = text.replace('data-begin="0"', 'data-begin="9000"').replace("<h1>Run", "<h1>Again: run")
    route.fulfill(response=answer, body=text)


def test_what_is_shown_is_not_called_left_out(browser: "Browser", operated: str) -> None:
    """A refresh of a page that has followed the output from its first line takes nothing of it back."""
    with opened(browser, operated) as page:
        page.goto(RUN)
        assert LEFT_OUT in page.content().replace('hidden=""', "hidden").replace('data-keep=""', "data-keep")
        page.route(f"**{RUN}", _longer)
        page.evaluate("async () => (await import(new URL('../static/live.js', document.baseURI).href)).refresh()")
        page.get_by_role("heading", name="Again: run").wait_for()
        assert page.locator("#log-earlier").is_hidden()


def test_who_reads_on_is_not_taken_to_the_end_by_a_refresh(browser: "Browser", operated: str) -> None:
    """Follow stays at hand, and says whether the output is followed, until somebody presses it."""
    lines = "".join(f"line {number}\n" for number in range(200))
    told = f"event: output\ndata: {json.dumps({'text': lines, 'offset': 0})}\n\n"
    with opened(browser, operated) as page:
        page.route("**/log/stream?*", lambda route: route.fulfill(body=told, content_type="text/event-stream"))
        page.goto(RUN)
        log, follow = page.get_by_role("log"), page.get_by_role("button", name="Follow")
        expect(log).to_contain_text("line 199")
        expect(follow).to_have_attribute("aria-pressed", "true")
        log.evaluate("it => { it.scrollTop = 40; }")
        expect(follow).to_have_attribute("aria-pressed", "false")
        page.evaluate("async () => (await import('/static/live.js')).refresh()")
        expect(follow).to_be_visible()
        expect(follow).to_have_attribute("aria-pressed", "false")
        assert 40 == log.evaluate("it => it.scrollTop")
        follow.click()
        expect(follow).to_have_attribute("aria-pressed", "true")
        assert log.evaluate("it => it.scrollHeight - it.scrollTop - it.clientHeight") < 2


def test_earlier_output_is_asked_for(browser: "Browser", operated: str) -> None:
    """The part before what the page holds is put in front, and nothing is said to be left out any more."""
    with opened(browser, operated) as page:
        page.route(f"**{RUN}", _longer)
        page.route("**/log?*", lambda route: route.fulfill(json={"text": "line 1\n", "offset": 0}))
        page.goto(RUN)
        assert "The first 9,000 bytes are not shown." in page.locator("#log-earlier").inner_text()
        page.get_by_role("button", name="Show earlier output").click()
        page.locator("#log-earlier").wait_for(state="hidden")
        assert page.locator("#log").inner_text().startswith("line 1")


def test_a_flood_leaves_the_page_at_hand(browser: "Browser", operated: str) -> None:
    """Of eight hundred thousand lines it holds the last ones, and so much that a browser lays it out at once."""
    events = [
        {"text": "".join(f"{number}\n" for number in range(first, first + 10_000)), "offset": first}
        for first in range(0, 800_000, 10_000)
    ]
    told = "".join(f"event: output\ndata: {json.dumps(event)}\n\n" for event in events)
    end = 'event: end\ndata: {"status": "succeeded"}\n\n'
    with opened(browser, operated) as page:
        page.route("**/log/stream?*", lambda route: route.fulfill(body=told + end, content_type="text/event-stream"))
        page.goto(RUN)
        page.locator("#log", has_text="799999").wait_for()
        assert 500_000 == page.evaluate("document.getElementById('log').textContent.length")
        assert page.locator("#log-earlier").is_hidden()
