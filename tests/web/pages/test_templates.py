"""How texts of people stand among those of a page."""

from datetime import timedelta

import pytest

from schedrun.core.plan.change import FieldChange
from schedrun.core.run.lateness import Lateness
from schedrun.core.run.recorded import Override
from schedrun.web.pages import plan
from tests.contracts.ledger import a_job
from tests.web.backend import StoreBackend, client

pytestmark = pytest.mark.anyio

RIGHT_TO_LEFT = "\u202ereverof"
"""A direction that nothing in the text ends."""


async def test_a_reason_turns_no_words_around_it() -> None:
    """What a person writes from right to left ends where it ends, and the rest of the sentence is read as it is."""
    backend = StoreBackend()
    since = backend.time.now() - timedelta(hours=1)
    paused = a_job(key="billing/close-day")._replace(override=Override(RIGHT_TO_LEFT, "ann", since))
    await backend.write(lambda tx: tx.put_job(paused))
    async with client(backend) as browser:
        page = (await browser.get("/jobs/billing/close-day")).text
    _, isolated = page.split(RIGHT_TO_LEFT, 1)
    assert isolated.startswith("</bdi>, since ")


def test_a_plan_hides_no_character_of_a_value() -> None:
    """What turns or covers text would let a command look like another; its line ends stay."""
    field = FieldChange(path="target.shell", before=None, after="true \u202e# \u200bfine\nfalse")
    assert "true \\u202e# \\u200bfine\nfalse" == plan.value(field, field.after)


@pytest.mark.parametrize(("removed", "told"), [(False, True), (True, False)])
async def test_nobody_waits_for_a_job_that_is_gone(*, removed: bool, told: bool) -> None:
    """A job that was late when it was removed comes no more, and its page does not say that it will."""
    backend = StoreBackend()
    now = backend.time.now()
    job = a_job(key="billing/close-day", removed_at=now if removed else None)
    late = Lateness(job.uid, None, timedelta(hours=1), now, now, unsucceeded_since=now)
    await backend.write(lambda tx: tx.put_job(job))
    await backend.write(lambda tx: tx.put_lateness(late))
    async with client(backend) as browser:
        page = (await browser.get("/jobs/billing/close-day")).text
    assert told == ("Late since" in page)
    assert told == ("is-late" in page)
