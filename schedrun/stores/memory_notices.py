"""Notices in dictionaries: what was told, and what is on its way."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from schedrun.core.run.notice import Delivery, Notice, NoticeKind, Told
from schedrun.core.run.recorded import RecordedJob
from schedrun.stores.faults import UnknownJobError
from schedrun.stores.journal import Journal

KEPT = 1000
"""How many notices of which nothing is on its way any more are kept at least, beside all others."""


class MemoryNotices:
    """The questions of a `Reader` about notices."""

    def __init__(self) -> None:
        super().__init__()
        self._notices: dict[str, Notice] = {}
        self._told: dict[tuple[str, NoticeKind], Told] = {}
        self._deliveries: dict[tuple[str, str], Delivery] = {}

    def notice(self, notice_id: str) -> Notice | None:
        """Look the notice up."""
        return self._notices.get(notice_id)

    def notices(self, *, limit: int = 50) -> Sequence[Notice]:
        """Sort the notices; of two at one instant, the one recorded later comes first."""
        return sorted(self._notices.values(), key=lambda notice: notice.at)[::-1][:limit]

    def told(self, job_uid: str, kind: NoticeKind) -> Told | None:
        """Look up what was told."""
        return self._told.get((job_uid, kind))

    def deliveries(self, *, limit: int, besides: Collection[str] = ()) -> Sequence[Delivery]:
        """Sort the deliveries."""
        order = {notice_id: place for place, notice_id in enumerate(self._notices)}
        found = [each for each in self._deliveries.values() if each.channel not in besides]
        return sorted(found, key=lambda each: (each.next_at, order[each.notice_id], each.channel))[:limit]

    def _prunable_notices(self, before: datetime) -> list[str]:
        """Return the ids of notices that may be forgotten, oldest first."""
        going = {notice_id for notice_id, _ in self._deliveries}
        old = (each for each in self._notices.values() if each.at < before and each.id not in going)
        return [each.id for each in sorted(old, key=lambda notice: notice.at)]


class MemoryNoticeWriting(MemoryNotices):
    """The part of a `Transaction` that writes them."""

    _jobs: dict[str, RecordedJob]
    _journal: Journal
    _look_at = 2 * KEPT
    """With how many notices the next look for those that may be forgotten comes."""

    def put_notice(self, notice: Notice, *, channels: Iterable[str]) -> bool:
        """Write the notice and its deliveries."""
        if notice.id in self._notices:
            return False
        self._refuse_unknown(notice.job_uid)
        self._journal.put(self._notices, notice.id, notice)
        for channel in channels:
            self._journal.put(self._deliveries, (notice.id, channel), Delivery(notice.id, channel, notice.at))
        return True

    def put_told(self, job_uid: str, kind: NoticeKind, told: Told) -> None:
        """Write what was told."""
        self._refuse_unknown(job_uid)
        self._journal.put(self._told, (job_uid, kind), told)

    def put_delivery(self, delivery: Delivery) -> bool:
        """Write it anew, while it is there."""
        key = (delivery.notice_id, delivery.channel)
        if key not in self._deliveries:
            return False
        self._journal.put(self._deliveries, key, delivery)
        return True

    def end_delivery(self, delivery: Delivery) -> bool:
        """Drop it."""
        key = (delivery.notice_id, delivery.channel)
        if key not in self._deliveries:
            return False
        self._journal.drop(self._deliveries, key)
        return True

    def _forget_notices(self) -> None:
        if len(self._notices) < self._look_at:
            return
        going = {notice_id for notice_id, _ in self._deliveries}
        for notice_id in [each for each in self._notices if each not in going][:-KEPT]:
            del self._notices[notice_id]
        self._look_at = len(self._notices) + KEPT

    def _refuse_unknown(self, job_uid: str) -> None:
        if job_uid not in self._jobs:
            raise UnknownJobError(job_uid)
