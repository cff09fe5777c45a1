"""What every ledger promises about synchronisation, sessions, events and requests."""

from dataclasses import replace

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.run.recorded import BlockedRemoval, Event, Request, Session, SyncRecord
from schedrun.core.source import Position
from tests.contracts.ledger import Ledger, at, recording

BROKEN = Diagnostic(
    code="SR105",
    severity=Severity.ERROR,
    position=Position("a.yaml", 3, 5, 3, 9),
    message="declared twice: ü",
    hint="rename one",
    related=Position("b.yaml", 1, 1),
    related_note="first here",
)
SYNC = SyncRecord(
    paths=("manifests/", "more.yaml"),
    revision_attempted="abc+dirty",
    revision_applied=None,
    at=at(1),
    broken=(BROKEN, replace(BROKEN, hint=None, related=None, related_note=None)),
    blocked=(BlockedRemoval("set/one", "too many"),),
)
REQUEST = Request("q1", "apply", {"paths": ["manifests/"], "allow_remove": None}, "ann", at(1))


def test_sync_is_what_the_last_reconcile_recorded(ledger: Ledger) -> None:
    """sync is None before the first, then the last one put."""
    assert ledger.read(lambda reader: reader.sync()) is None
    ledger.write(lambda tx: tx.put_sync(SYNC))
    assert SYNC == ledger.read(lambda reader: reader.sync())
    healed = SyncRecord(("manifests/",), "def", "def", at(2))
    ledger.write(lambda tx: tx.put_sync(healed))
    assert healed == ledger.read(lambda reader: reader.sync())


def test_last_session_is_the_one_begun_last(ledger: Ledger) -> None:
    """last_session is None before the first; the clock may have been wrong; a session is replaced by its id."""
    assert ledger.read(lambda reader: reader.last_session()) is None
    first, second = Session("s1", 11, at(1), at(1)), Session("s2", 12, at(5), at(5))
    wrong = Session("s0", 10, at(3600), at(3600), at(3601))
    for session in (wrong, first, second):
        ledger.write(lambda tx, session=session: tx.put_session(session))  # type: ignore[misc]
    assert second == ledger.read(lambda reader: reader.last_session())
    ended = replace(second, alive_at=at(8), ended_at=at(9))
    ledger.write(lambda tx: tx.put_session(ended))
    assert ended == ledger.read(lambda reader: reader.last_session())


def test_events_are_the_newest_first(ledger: Ledger) -> None:
    """events returns the newest, at most limit; of two at one instant the later recorded comes first."""
    kept = [Event(at(when), name, {"n": 1, "x": 0.5}) for when, name in [(1, "a"), (3, "b"), (2, "c"), (3, "d")]]
    ledger.write(recording(*kept))
    assert [kept[3], kept[1], kept[2]] == list(ledger.read(lambda reader: reader.events(limit=3)))
    assert len(ledger.read(lambda reader: reader.events())) == 4


def test_requests_are_open_until_they_have_a_result(ledger: Ledger) -> None:
    """open_requests returns those without a result, oldest first; put_request replaces by id."""
    later = replace(REQUEST, id="q2", at=at(2))
    ledger.write(recording(later, REQUEST))
    assert [REQUEST, later] == list(ledger.read(lambda reader: reader.open_requests()))
    answered = replace(REQUEST, result={"ok": True, "changes": []}, done_at=at(3))
    ledger.write(lambda tx: tx.put_request(answered))
    assert [later] == list(ledger.read(lambda reader: reader.open_requests()))
    assert answered == ledger.read(lambda reader: reader.request("q1"))
    assert ledger.read(lambda reader: reader.request("q9")) is None


def test_sessions_around_an_instant(ledger: Ledger) -> None:
    """The last that started at or before it, and the first that started after it."""
    assert (None, None) == ledger.read(lambda reader: reader.sessions_around(at(3)))
    first, second = Session("s1", 11, at(1), at(2), at(2)), Session("s2", 12, at(5), at(5))
    for session in (second, first):
        ledger.write(lambda tx, session=session: tx.put_session(session))  # type: ignore[misc]  # bound early
    asked = [ledger.read(lambda reader, n=n: reader.sessions_around(at(n))) for n in (0, 1, 4, 5, 9)]  # type: ignore[misc]  # bound early
    assert [(None, first), (first, second), (first, second), (second, None), (second, None)] == asked


def test_events_after_an_instant(ledger: Ledger) -> None:
    """The oldest first, the instant included, at most limit."""
    told = [Event(at(n), "clock_stepped", {"seconds": n}) for n in (1, 2, 2, 3)]
    ledger.write(recording(told[3], *told[:3]))
    assert told[1:] == list(ledger.read(lambda reader: reader.events_after(at(2))))
    assert told[1:2] == list(ledger.read(lambda reader: reader.events_after(at(2), limit=1)))
