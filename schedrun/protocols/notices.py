"""Notices in the ledger: what was told, and what is on its way to people."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from schedrun.core.run.notice import Delivery, Notice, NoticeKind, Told


class NoticeReader(Protocol):
    """Questions about notices, as part of a `Reader`."""

    def notice(self, notice_id: str) -> Notice | None:
        """Return the notice, None when it is unknown."""

    def notices(self, *, limit: int = 50) -> Sequence[Notice]:
        """Return the newest notices, newest first (by `at`, then in the order of recording)."""

    def told(self, job_uid: str, kind: NoticeKind) -> Told | None:
        """Return what is known of the last notice of the kind about the job, None before the first."""

    def deliveries(self, *, limit: int, besides: Collection[str] = ()) -> Sequence[Delivery]:
        """Return the deliveries that are not ended, those that are tried next first, at most `limit`.

        Those to the channels `besides` are left out.
        """


class NoticeWriter(NoticeReader, Protocol):
    """What a `Transaction` writes about notices."""

    def put_notice(self, notice: Notice, *, channels: Iterable[str]) -> bool:
        """Record the notice with a delivery to each of `channels`, due at once; False when its id is known already.

        The job must be known, else StoreError.
        """

    def put_told(self, job_uid: str, kind: NoticeKind, told: Told) -> None:
        """Replace what is known of the last notice of the kind about a known job (StoreError otherwise)."""

    def put_delivery(self, delivery: Delivery) -> bool:
        """Replace when a delivery is tried next and how often it was; False when it is not open any more."""

    def end_delivery(self, delivery: Delivery) -> bool:
        """End the delivery: nothing more is sent for it; False when it was not open any more."""
