"""Where the pages say that a job is late."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from schedrun.core.run.lateness import Lateness
from tests.web.backend import StoreBackend
from tests.web.pages.looking import MANIFEST, asked, words

pytestmark = pytest.mark.anyio

LATE = MANIFEST.replace(
    '"17 4 * * *"}', '"17 4 * * *"}\n    must_finish_by: "06:00"\n    timezone: Europe/Berlin'
).replace("every: 10m}", "every: 10m}\n    must_succeed_within: 1h30m")


@pytest.mark.parametrize(
    ("late", "said"),
    [
        (
            "close-day",
            "Late since Mon 1 Jun 11:00:00 (1 h ago): it had to finish by 06:00, Europe/Berlin, and it did not.",
        ),
        ("refunds", "Late since Mon 1 Jun 11:00:00 (1 h ago): it had to succeed within 1 h 30 min, and it did not."),
    ],
)
async def test_who_is_late_shows_everywhere(tmp_path: Path, late: str, said: str) -> None:
    """On its page with what it had to do, in its row, as a number, and in a list of its own, until it succeeds."""
    (tmp_path / "billing.yaml").write_text(LATE)
    backend = StoreBackend(manifests=tmp_path)
    await backend.reconcile()
    (job,) = [row for row in await backend.read(lambda reader: reader.jobs()) if row.key == f"billing/{late}"]
    since = backend.time.now() - timedelta(hours=1)
    by_day, within = (since, None) if late == "close-day" else (None, since)
    kept = Lateness(job.uid, "06:00 Europe/Berlin", timedelta(hours=1.5), since, since, None, False, by_day, within)
    async with asked(backend) as browser:
        before = [
            words(await browser.get(path)) for path in ("/", "/jobs", f"/jobs/billing/{late}", "/jobs?status=late")
        ]
        await backend.write(lambda tx: tx.put_lateness(kept))
        overview, jobs, page, listed = [
            words(await browser.get(path)) for path in ("/", "/jobs", f"/jobs/billing/{late}", "/jobs?status=late")
        ]
        await backend.write(lambda tx: tx.put_lateness(replace(kept, unfinished_since=None, unsucceeded_since=None)))
        after = [
            words(await browser.get(path)) for path in ("/", "/jobs", f"/jobs/billing/{late}", "/jobs?status=late")
        ]
    assert " 1 late " in overview
    assert 1 == len(re.findall(rf"billing/ {late} pending late ", jobs))
    assert said in page
    assert [late] == re.findall(r"billing/ (\S+) pending late", listed)
    for texts in (before, after):
        assert "1 late" not in texts[0]
        assert "pending late" not in texts[1]
        assert "Late since" not in texts[2]
        assert "No job matches" in texts[3]
