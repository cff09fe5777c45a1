"""Statements over one connection: what everything that reads and writes SQL is built on."""

import sqlite3
from sqlite3 import Connection, IntegrityError
from typing import Any

from schedrun.stores.faults import UnknownJobError
from schedrun.stores.jobs import JobCache
from schedrun.stores.rows import Row


class Queries:
    """A connection inside a transaction, and the jobs that its rows were decoded to."""

    def __init__(self, connection: Connection, jobs: JobCache) -> None:
        self._jobs = jobs
        self._execute = connection.execute

    def _one(self, statement: str, parameters: Row | dict[str, Any] = ()) -> Row | None:
        row: Row | None = self._execute(statement, parameters).fetchone()
        return row

    def _all(self, statement: str, parameters: Row | dict[str, Any] = ()) -> list[Row]:
        return self._execute(statement, parameters).fetchall()

    def _of_known_job(self, job_uid: str, statement: str, row: Row) -> Row | None:
        """Write a row that refers to a job, and return what the statement returns. Raises UnknownJobError."""
        try:
            return self._one(statement, row)
        except IntegrityError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
                raise
            raise UnknownJobError(job_uid) from error
