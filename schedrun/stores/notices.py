"""Notices as SQL: what was told, and what is on its way."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from schedrun.core.run.notice import Delivery, Notice, NoticeKind, Told
from schedrun.stores import rows
from schedrun.stores.queries import Queries
from schedrun.stores.rows import Row, Words, micros
from schedrun.stores.statements import SQL

_KINDS: Mapping[str, NoticeKind] = Words({kind.value: kind for kind in NoticeKind})


class Notices(Queries):
    """The questions of a `Reader` about notices."""

    def notice(self, notice_id: str) -> Notice | None:
        """Select by id."""
        row = self._one(SQL["notice_by_id"], (notice_id,))
        return None if row is None else _notice_of(row)

    def notices(self, *, limit: int = 50) -> Sequence[Notice]:
        """Select the newest."""
        return [_notice_of(row) for row in self._all(SQL["notices_newest"], (limit,))]

    def told(self, job_uid: str, kind: NoticeKind) -> Told | None:
        """Select by job and kind."""
        row = self._one(SQL["told_get"], (job_uid, kind.value))
        return None if row is None else Told(rows.instant(row[0]), row[1], bool(row[2]))

    def deliveries(self, *, limit: int, besides: Collection[str] = ()) -> Sequence[Delivery]:
        """Select those that are tried next."""
        return [
            Delivery(notice, channel, rows.instant(next_at), tries)
            for notice, channel, next_at, tries in self._all(SQL["deliveries_open"], (rows.to_json([*besides]), limit))
        ]


class NoticeWriting(Notices):
    """The part of a `Transaction` that writes them."""

    def put_notice(self, notice: Notice, *, channels: Iterable[str]) -> bool:
        """Insert the notice and its deliveries."""
        facts = None if notice.facts is None else rows.to_json(notice.facts)
        said = (notice.kind.value, micros(notice.at), notice.run_id, facts, notice.held_back)
        inserted = self._of_known_job(notice.job_uid, SQL["notice_insert"], (notice.id, notice.job_uid, *said))
        if inserted is None:
            return False
        for channel in channels:
            self._execute(SQL["delivery_insert"], (inserted[0], channel, said[1]))
        return True

    def put_told(self, job_uid: str, kind: NoticeKind, told: Told) -> None:
        """Upsert by job and kind."""
        known = (micros(told.at), told.held_back, int(told.unrecovered))
        self._of_known_job(job_uid, SQL["told_put"], (job_uid, kind.value, *known))

    def put_delivery(self, delivery: Delivery) -> bool:
        """Update it, while it is there."""
        row = (micros(delivery.next_at), delivery.tries, delivery.notice_id, delivery.channel)
        return bool(self._execute(SQL["delivery_put"], row).rowcount)

    def end_delivery(self, delivery: Delivery) -> bool:
        """Delete it."""
        return bool(self._execute(SQL["delivery_end"], (delivery.notice_id, delivery.channel)).rowcount)


def _notice_of(row: Row) -> Notice:
    notice_id, uid, kind, at, run_id, facts, held_back = row
    known = None if facts is None else json.loads(facts)
    return Notice(notice_id, uid, _KINDS[kind], rows.instant(at), run_id, known, held_back)
