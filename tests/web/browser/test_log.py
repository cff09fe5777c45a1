"""The output of a run on its page."""

from typing import TYPE_CHECKING

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
