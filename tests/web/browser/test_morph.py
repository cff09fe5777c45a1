"""A page becomes the one that was asked for anew, and what somebody is at stays."""

from typing import TYPE_CHECKING

import pytest

from tests.web.browser.opened import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MORPH = """
async ([before, after]) => {
  const { morph } = await import(new URL("static/morph.js", document.baseURI).href);
  const [from, to] = [before, after].map((markup) => {
    const made = document.createElement("main");
    made.innerHTML = markup;
    return made;
  });
  const kept = from.querySelector("pre");
  morph(from, to);
  return [from.innerHTML, from.querySelector("pre") === kept];
}
"""
LOG = "<section><h2>Output</h2><pre>line 1</pre></section>"
ERROR, WHY = '<p data-key="error">exit code 1</p>', '<p data-key="why">It runs.</p>'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(ERROR + WHY + LOG, WHY + LOG, id="a-region-before-it-goes"),
        pytest.param(WHY + LOG, ERROR + WHY + LOG, id="a-region-before-it-comes"),
        pytest.param(ERROR + WHY + LOG, LOG, id="all-before-it-go"),
        pytest.param(ERROR + WHY + LOG, WHY + ERROR + LOG, id="they-change-places"),
        pytest.param(LOG + ERROR, LOG + WHY, id="another-behind-it"),
    ],
)
def test_a_region_stays_while_others_come_and_go(browser: "Browser", operated: str, before: str, after: str) -> None:
    """The very same element, which scripts hold on to: a log is followed into its next attempt."""
    with opened(browser, operated) as page:
        page.goto("/login")
        assert [after, True] == page.evaluate(MORPH, [before, after])
