"""What an installed package must hold, and what importing it must not cost."""

import subprocess
import sys
from importlib import resources

import pytest

import schedrun

HEAVY = ("pydantic", "apscheduler", "fastapi", "sqlite3", "httpx", "asyncio", "click", "yaml", "watchfiles", "rich")


def test_carries_its_data_files() -> None:
    """The marker for type checkers, the statements and the migrations are found as an installation finds them."""
    package = resources.files("schedrun")
    assert package.joinpath("py.typed").is_file()
    statements = {file.name for file in package.joinpath("stores", "sql").iterdir()}
    assert {"job.sql", "run.sql", "service.sql", "span.sql"} <= statements
    assert "0001_ledger.sql" in {file.name for file in package.joinpath("stores", "migrations").iterdir()}


@pytest.mark.parametrize("name", schedrun.__all__)
def test_public_names_import(name: str) -> None:
    """Each is found when it is used, and kept."""
    assert getattr(schedrun, name) is getattr(schedrun, name)


def test_lists_its_public_names() -> None:
    """What `dir` shows is what there is."""
    assert sorted(schedrun.__all__) == dir(schedrun)


def test_refuses_a_name_that_is_not_there() -> None:
    """A slip is an AttributeError as in any module."""
    with pytest.raises(AttributeError, match="no attribute 'TaskSchedular'"):
        getattr(schedrun, "TaskSchedular")  # noqa: B009  mypy would refuse the plain form, as it should


def test_importing_loads_nothing_heavy() -> None:
    """An application that imports schedrun pays when it uses it."""
    program = f"import sys, schedrun; print([name for name in {HEAVY} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "[]\n" == answer.stdout
