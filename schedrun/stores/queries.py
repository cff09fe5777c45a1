"""Statements over one connection: what everything that reads and writes SQL is built on."""

from sqlite3 import Connection
from typing import Any

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
