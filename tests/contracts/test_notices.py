"""What every ledger promises about notices: what was told, and what is on its way."""

from dataclasses import replace
from functools import partial

import pytest

from schedrun.core.errors import StoreError
from schedrun.core.run.notice import Delivery, Notice, NoticeKind, Told
from schedrun.protocols import Transaction
from tests.contracts.ledger import Ledger, a_job, at


def a_notice(notice_id: str = "n1", when: float = 1, **fields: object) -> Notice:
    notice = Notice(notice_id, "u1", NoticeKind.FAILURE, at(when), run_id="r1")
    return replace(notice, **fields)  # type: ignore[arg-type]  # whatever a test varies


def put_failure_told(tx: Transaction, told: Told) -> None:
    tx.put_told("u1", NoticeKind.FAILURE, told)


def put(ledger: Ledger, notice: Notice, *channels: str) -> bool:
    return ledger.write(lambda tx: tx.put_notice(notice, channels=channels))


def test_a_notice_is_returned_as_it_was_put(one_job: Ledger) -> None:
    """Every field comes back; an unknown id gives None."""
    missed = a_notice(kind=NoticeKind.MISSED, run_id=None, facts={"count": 3, "reason": "dówn"}, held_back=2)
    assert one_job.read(lambda reader: reader.notice("n1")) is None
    assert put(one_job, missed, "c1")
    assert missed == one_job.read(lambda reader: reader.notice("n1"))


def test_notices_are_the_newest_first(one_job: Ledger) -> None:
    """notices returns at most limit; of two at one instant the later recorded comes first."""
    kept = [a_notice(name, when) for name, when in [("a", 1), ("b", 3), ("c", 2), ("d", 3)]]
    for notice in kept:
        put(one_job, notice)
    assert [kept[3], kept[1], kept[2]] == list(one_job.read(lambda reader: reader.notices(limit=3)))


def test_a_known_notice_is_not_put_again(one_job: Ledger) -> None:
    """put_notice returns False for an id that is known, and sends nothing on its way."""
    assert put(one_job, a_notice(), "c1")
    one_job.write(lambda tx: tx.end_delivery(Delivery("n1", "c1", at(1))))
    assert not put(one_job, a_notice(when=9), "c1", "c2")
    assert [] == list(one_job.read(lambda reader: reader.deliveries(limit=9)))
    assert a_notice() == one_job.read(lambda reader: reader.notice("n1"))


def test_each_channel_has_a_delivery_that_is_due_at_once(one_job: Ledger) -> None:
    """A channel that is named twice has one."""
    put(one_job, a_notice(), "c1", "c2", "c1")
    expected = [Delivery("n1", "c1", at(1)), Delivery("n1", "c2", at(1))]
    assert expected == list(one_job.read(lambda reader: reader.deliveries(limit=9)))


def test_deliveries_come_in_the_order_of_their_next_try(one_job: Ledger) -> None:
    """put_delivery replaces when it is tried next and how often it was; limit bounds the answer."""
    put(one_job, a_notice("n1", 1), "c1")
    put(one_job, a_notice("n2", 2), "c1")
    later = Delivery("n1", "c1", at(60), tries=1)
    assert one_job.write(lambda tx: tx.put_delivery(later))
    assert [Delivery("n2", "c1", at(2)), later] == list(one_job.read(lambda reader: reader.deliveries(limit=9)))
    assert [Delivery("n2", "c1", at(2))] == list(one_job.read(lambda reader: reader.deliveries(limit=1)))


def test_deliveries_to_channels_are_left_out(one_job: Ledger) -> None:
    """They take no place of the limit."""
    put(one_job, a_notice(), "c1", "c2", "c3")
    besides = one_job.read(lambda reader: reader.deliveries(limit=1, besides={"c1", "c2"}))
    assert [Delivery("n1", "c3", at(1))] == list(besides)


def test_an_ended_delivery_is_gone(one_job: Ledger) -> None:
    """end_delivery says whether it was open, and one that is not cannot be put again."""
    put(one_job, a_notice(), "c1", "c2")
    first = Delivery("n1", "c1", at(1))
    assert one_job.write(lambda tx: tx.end_delivery(first))
    assert not one_job.write(lambda tx: tx.end_delivery(first))
    assert not one_job.write(lambda tx: tx.put_delivery(first))
    assert [Delivery("n1", "c2", at(1))] == list(one_job.read(lambda reader: reader.deliveries(limit=9)))


def test_told_is_kept_by_job_and_kind(one_job: Ledger) -> None:
    """told is None before the first, then what was put last."""
    assert one_job.read(lambda reader: reader.told("u1", NoticeKind.FAILURE)) is None
    for told in (Told(at(1), unrecovered=True), Told(at(1), 7), Told(at(9))):
        one_job.write(partial(put_failure_told, told=told))
        assert told == one_job.read(lambda reader: reader.told("u1", NoticeKind.FAILURE))
    assert one_job.read(lambda reader: reader.told("u1", NoticeKind.MISSED)) is None


def test_nothing_is_told_of_an_unknown_job(ledger: Ledger) -> None:
    """put_notice and put_told raise StoreError."""
    with pytest.raises(StoreError):
        put(ledger, a_notice(), "c1")
    with pytest.raises(StoreError):
        ledger.write(lambda tx: tx.put_told("u1", NoticeKind.FAILURE, Told(at(1))))
    assert [] == list(ledger.read(lambda reader: reader.notices()))


def test_a_unit_that_raises_tells_nothing(one_job: Ledger) -> None:
    """Notice, deliveries and what was told are undone with the unit."""
    put(one_job, a_notice("n0"), "c1")

    def unit(tx: Transaction) -> None:
        tx.put_notice(a_notice(), channels=["c1"])
        tx.put_told("u1", NoticeKind.FAILURE, Told(at(1)))
        tx.end_delivery(Delivery("n0", "c1", at(1)))
        raise ValueError("undone")

    with pytest.raises(ValueError, match="undone"):
        one_job.write(unit)
    assert [Delivery("n0", "c1", at(1))] == list(one_job.read(lambda reader: reader.deliveries(limit=9)))
    assert one_job.read(lambda reader: reader.notice("n1")) is None
    assert one_job.read(lambda reader: reader.told("u1", NoticeKind.FAILURE)) is None


def test_old_notices_are_pruned_once_nothing_is_on_its_way(one_job: Ledger) -> None:
    """prune_records forgets the oldest first, at most limit, and no notice with an open delivery."""
    for notice, channels in ((a_notice("n1", 1), ["c1"]), (a_notice("n2", 2), []), (a_notice("n3", 3), [])):
        put(one_job, notice, *channels)
    assert 2 == one_job.read(lambda reader: reader.prunable_records(before=at(9), needed=at(9)))
    assert 1 == one_job.write(lambda tx: tx.prune_records(before=at(9), needed=at(9), limit=1))
    assert ["n3", "n1"] == [notice.id for notice in one_job.read(lambda reader: reader.notices())]
    one_job.write(lambda tx: tx.end_delivery(Delivery("n1", "c1", at(1))))
    assert 1 == one_job.write(lambda tx: tx.prune_records(before=at(3), needed=at(9), limit=9))
    assert ["n3"] == [notice.id for notice in one_job.read(lambda reader: reader.notices())]


def test_a_tombstone_may_have_notices(one_job: Ledger) -> None:
    """What was told of a job that is removed meanwhile is still on its way."""
    put(one_job, a_notice(), "c1")
    one_job.write(lambda tx: tx.put_job(a_job(removed_at=at(2))))
    assert 1 == len(one_job.read(lambda reader: reader.deliveries(limit=9)))
