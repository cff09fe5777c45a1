"""Runs as people name them."""

import asyncio

import pytest

from schedrun.cli import recorded
from schedrun.cli.recorded import AmbiguousRunError
from schedrun.core.errors import RunNotFoundError
from schedrun.stores.memory import MemoryStore
from tests.contracts.ledger import a_job, a_run, recording


def found(prefix: str) -> str:
    store = MemoryStore()
    asyncio.run(store.write(recording(a_job(), a_run("ab1", 1), a_run("ab2", 2), a_run("ab", 3), a_run("cd", 4))))
    return asyncio.run(store.read(lambda reader: recorded.run(reader, prefix).id))


@pytest.mark.parametrize(("prefix", "run_id"), [("ab1", "ab1"), ("ab", "ab"), ("c", "cd")])
def test_a_whole_id_or_a_unique_beginning_is_enough(prefix: str, run_id: str) -> None:
    """A whole id is that run, also where others begin with it."""
    assert run_id == found(prefix)


def test_an_ambiguous_beginning_names_the_candidates() -> None:
    """So that the next call can be exact."""
    with pytest.raises(AmbiguousRunError, match="ab1, ab2"):
        found("a")


@pytest.mark.parametrize("prefix", ["", "x", "ab3"])
def test_nothing_and_the_unknown_are_nobody(prefix: str) -> None:
    """An unset variable in a script must not mean the only run there is."""
    with pytest.raises(RunNotFoundError):
        found(prefix)
