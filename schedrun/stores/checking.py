"""A look through a whole state, read only: that the file is sound, and that the ledger in it keeps its promises."""

import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from sqlite3 import Connection

from schedrun.core.errors import StateMissingError
from schedrun.core.ids import scheduled_run_id
from schedrun.core.run.checked import FILE, Checked, Flaw
from schedrun.stores import faults, integrity, schema
from schedrun.stores.connection import faults_of
from schedrun.stores.faults import StateDamagedError
from schedrun.stores.jobs import JobCache
from schedrun.stores.readonly import connected
from schedrun.stores.rows import instant
from schedrun.stores.statements import SQL

FLAWS_A_PROMISE = 20
"""How many flaws of one kind are named at most: the first ones say what the others would."""

_PROMISES = (
    ("one-verdict", SQL["check_run_in_span"], "{2} has a run and lies in the span from {3} to {4}"),
    ("one-verdict", SQL["check_spans_overlap"], "the span from {2} to {3} begins in one that reaches to {4}"),
    ("cursor", SQL["check_run_beyond_cursor"], "there is a run of {2}, beyond the cursor {3}"),
    ("cursor", SQL["check_span_beyond_cursor"], "a span reaches to {2}, beyond the cursor {3}"),
    ("cursor", SQL["check_pruned_beyond_cursor"], "what was pruned reaches to {2}, beyond the cursor {3}"),
    ("attempts", SQL["check_attempts"], "{2} of its {3} ended attempts are recorded, or not by number"),
    ("attempts", SQL["check_attempt_status"], "it ended as {2}, its last attempt as {3}"),
    ("run", SQL["check_run_whole"], "{2} at attempt {3} contradicts what else is recorded of it"),
    ("run", SQL["check_waiting_for_nothing"], "it waits to start, and its job is removed"),
    ("last-end", SQL["check_last_end"], "it ended after what is noted as the last end of its job"),
    ("change", SQL["check_job_change"], "no change of its row is noted, so nobody is told of the next one"),
    ("request", SQL["check_requests"], "request {2} is answered by halves, or not in JSON"),
    ("notice", SQL["check_deliveries"], "notice {2} is still on its way after {3} tries"),
    ("notice", SQL["check_told"], "{3} notices of its {2} are held back"),
    ("totals", SQL["check_totals"], "{3} verdicts are {2}, and only {4} were counted"),
    ("lateness", SQL["check_lateness"], "it is late by what nobody expects of it"),
    ("text", SQL["check_texts"], "{2} holds no JSON"),
)
"""What is promised, the statement that finds where it is not kept, and how that is said.

A statement's first columns are the uid of the job and the id of the run; whole numbers behind them are instants, but
for those of attempts, of notices and of totals.
"""

_NUMBERS = {"attempts", "run", "notice", "totals"}


def check(path: Path) -> Checked:
    """Look through the state at `path`, also beside a running service, and return everything that is wrong.

    Raises StateMissingError when there is none, StoreError when it may not be read or was written by a newer
    schedrun.
    """
    try:
        with connected(path) as connection:
            return _check(connection, path)
    except StateDamagedError as damage:
        # Met before anything could be asked.
        return Checked(None, current=False, flaws=(Flaw(FILE, damage.detail),))


def _check(connection: Connection, path: Path) -> Checked:
    with faults_of(path):
        connection.execute("BEGIN")
        version = schema.check(connection, path)
    if version == 0:
        raise StateMissingError(str(path))
    flaws = [Flaw(FILE, said) for said in integrity.findings(connection)]
    if flaws or version != schema.known_version():
        return Checked(version, current=False, flaws=tuple(flaws))
    try:
        jobs, runs, spans = connection.execute(SQL["check_counts"]).fetchone()
        flaws += _schema_flaws(connection, version)
        flaws += islice(_undecodable(connection), FLAWS_A_PROMISE)
        return Checked(version, True, jobs, runs, spans, (*flaws, *_broken_promises(connection)))
    except sqlite3.Error as error:
        fault = faults.of_sqlite(path, error)
        if not isinstance(fault, StateDamagedError):
            raise fault from error
        return Checked(version, current=False, flaws=(*flaws, Flaw(FILE, fault.detail)))


def _schema_flaws(connection: Connection, version: int) -> Iterator[Flaw]:
    found, wanted = dict(connection.execute(SQL["check_schema"])), schema.of_version(version)
    for name in sorted(wanted.keys() - found.keys()):
        yield Flaw("schema", f"there is no {name}")
    for name in sorted(found.keys() - wanted.keys()):
        yield Flaw("schema", f"{name} is not schedrun's")
    for name in sorted(found.keys() & wanted.keys()):
        if found[name] != wanted[name]:
            yield Flaw("schema", f"{name} is not as version {version} has it")


def _undecodable(connection: Connection) -> Iterator[Flaw]:
    decoding, connection.text_factory = connection.text_factory, bytes
    try:
        for table in [name.decode() for (name,) in connection.execute(SQL["check_tables"])]:
            rows = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608  a name of the schema's own
            columns = [column for column, *_ in rows.description]
            for row in rows:
                bad = (column for column, value in zip(columns, row, strict=True) if not _is_text(value))
                first = row[0].decode("utf-8", "replace") if isinstance(row[0], bytes) else row[0]
                yield from (Flaw("text", f"{column} of {table} {first} holds bytes that are no text") for column in bad)
    finally:
        connection.text_factory = decoding


def _is_text(value: object) -> bool:
    try:
        return not isinstance(value, bytes) or value.decode() is not None
    except UnicodeDecodeError:
        return False


def _broken_promises(connection: Connection) -> Iterator[Flaw]:
    keys = dict(connection.execute("SELECT uid, key FROM job"))
    for promise, statement, words in _PROMISES:
        for row in connection.execute(statement, (FLAWS_A_PROMISE,)):
            facts = row if promise in _NUMBERS else tuple(map(_word, row))
            yield Flaw(promise, words.format(*facts), keys.get(row[0]), row[1])
    yield from _wrong_ids(connection, keys)
    for error in JobCache().unreadable(connection.execute(SQL["jobs_live"]).fetchall()):
        yield Flaw("spec", f"its recorded spec does not parse with this version: {error.detail}", error.key)


def _wrong_ids(connection: Connection, keys: dict[str, str]) -> Iterator[Flaw]:
    wrong = 0
    for run_id, uid, fire_time in connection.execute(SQL["check_run_ids"]):
        if run_id != scheduled_run_id(uid, instant(fire_time)):
            yield Flaw("run-id", f"this is not the id of the occurrence of {_word(fire_time)}", keys.get(uid), run_id)
            wrong += 1
            if wrong == FLAWS_A_PROMISE:
                return


def _word(value: object) -> object:
    return instant(value).isoformat() if isinstance(value, int) else value
