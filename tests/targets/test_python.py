"""Functions of the application, found by name."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.target import PythonTarget
from schedrun.targets.python import PythonFunctions
from tests.targets.contexts import run_context

TASKS = """
import asyncio

imported = []

def close_day(region, *, days=1):
    return f"{region}:{days}"

async def close_month():
    await asyncio.sleep(0)
    return "closed"

def spoil(rows, *, options):
    rows.append(1)
    options["seen"].append(2)
    return rows, options

class Report:
    @staticmethod
    def send():
        return "sent"

constant = 42
"""

LAZY = "def __getattr__(name): import not_there_at_all"
MISSING = ("ModuleNotFoundError", "ImportError", "Exception", "BaseException")


@pytest.fixture
def app_dir(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of an application, and forget it afterwards."""
    (tmp_path / "sample_app").mkdir()
    (tmp_path / "sample_app" / "__init__.py").touch()
    (tmp_path / "sample_app" / "tasks.py").write_text(TASKS)
    for name, source in (
        ("syntax", "def ("),
        ("leaves", "raise SystemExit(3)"),
        ("needs", "import not_there_at_all"),
        ("lazy", LAZY),
    ):
        (tmp_path / "sample_app" / f"{name}.py").write_text(source)
    before = list(sys.path)
    yield tmp_path
    sys.path[:] = before
    for name in [name for name in sys.modules if name.partition(".")[0] == "sample_app"]:
        del sys.modules[name]


def run(app_dir: Path, spec: PythonTarget) -> Outcome:
    return asyncio.run(PythonFunctions(app_dir=app_dir).run(spec, run_context()))


def test_calls_a_function_with_its_arguments(app_dir: Path) -> None:
    """The application's folder needs no other path setting."""
    spec = PythonTarget(python="sample_app.tasks:close_day", args=["eu"], kwargs={"days": 3})
    assert Outcome(output="'eu:3'") == run(app_dir, spec)


def test_calls_coroutine_functions_and_attributes_of_classes(app_dir: Path) -> None:
    """Anything that the path behind the colon leads to."""
    assert Outcome(output="'closed'") == run(app_dir, PythonTarget(python="sample_app.tasks:close_month"))
    assert Outcome(output="'sent'") == run(app_dir, PythonTarget(python="sample_app.tasks:Report.send"))


def test_puts_the_application_first_on_the_path_once(app_dir: Path) -> None:
    """Before anything of the same name elsewhere, and without growing at each run."""

    async def work() -> list[str]:
        functions = PythonFunctions(app_dir=app_dir)
        for name in ("close_month", "close_month", "Report.send"):
            await functions.run(PythonTarget(python=f"sample_app.tasks:{name}"), run_context())
        return [path for path in sys.path if path == str(app_dir)]

    assert [str(app_dir)] == asyncio.run(work())
    assert str(app_dir) == sys.path[0]


def test_gives_each_run_what_the_manifest_says(app_dir: Path) -> None:
    """A function that changes its arguments changes nothing for the next run."""

    async def work() -> list[str | None]:
        functions = PythonFunctions(app_dir=app_dir)
        spec = PythonTarget(python="sample_app.tasks:spoil", args=[[]], kwargs={"options": {"seen": []}})
        return [(await functions.run(spec, run_context())).output for _ in range(2)]

    assert ["([1], {'seen': [2]})"] * 2 == asyncio.run(work())


@pytest.mark.parametrize(
    ("reference", "error", "names"),
    [
        ("not_there:f", "cannot import not_there: ModuleNotFoundError: No module named 'not_there'", MISSING),
        (
            "sample_app.none:f",
            "cannot import sample_app.none: ModuleNotFoundError: No module named 'sample_app.none'",
            MISSING,
        ),
        (
            "sample_app.needs:f",
            "cannot import sample_app.needs: ModuleNotFoundError: No module named 'not_there_at_all'",
            MISSING,
        ),
        ("sample_app.leaves:f", "cannot import sample_app.leaves: SystemExit: 3", ("SystemExit", "BaseException")),
        (
            "sample_app.lazy:close",
            "cannot get 'close' from sample_app.lazy: ModuleNotFoundError: No module named 'not_there_at_all'",
            MISSING,
        ),
        ("sample_app.tasks:none", "sample_app.tasks has no 'none'", ()),
        ("sample_app.tasks:Report.none", "sample_app.tasks has no 'Report.none'", ()),
        ("sample_app.tasks:constant", "sample_app.tasks:constant is a int, which cannot be called", ()),
    ],
)
def test_says_what_is_missing(app_dir: Path, reference: str, error: str, names: tuple[str, ...]) -> None:
    """Whatever a module raises while it is imported is the run's failure."""
    assert Outcome(error=error, exceptions=names) == run(app_dir, PythonTarget(python=reference))


def test_reports_a_module_that_does_not_compile(app_dir: Path) -> None:
    """With Python's own words and place."""
    outcome = run(app_dir, PythonTarget(python="sample_app.syntax:f"))
    assert outcome.error is not None
    assert outcome.error.startswith("cannot import sample_app.syntax: SyntaxError: ")


def test_tries_again_what_could_not_be_imported(app_dir: Path) -> None:
    """The application may be mended while the service runs."""

    async def work() -> Outcome:
        functions = PythonFunctions(app_dir=app_dir)
        spec = PythonTarget(python="sample_app.needs:close")
        await functions.run(spec, run_context())
        (app_dir / "sample_app" / "needs.py").write_text("def close():\n    return 'mended, and longer than before'")
        return await functions.run(spec, run_context())

    assert Outcome(output="'mended, and longer than before'") == asyncio.run(work())


def test_does_not_wait_for_an_import_that_hangs(app_dir: Path) -> None:
    """The run ends when it must; the import counts as still running until it is done."""
    (app_dir / "sample_app" / "slow.py").write_text(
        "import threading\nimport sample_app\n"
        "sample_app.release = threading.Event()\nsample_app.entered.set()\nsample_app.release.wait()\n"
    )
    (app_dir / "sample_app" / "__init__.py").write_text("import threading\nentered = threading.Event()\n")

    async def work() -> Outcome:
        stop = asyncio.Event()
        functions = PythonFunctions(app_dir=app_dir)
        await functions.run(PythonTarget(python="sample_app.tasks:close_month"), run_context())
        running = asyncio.create_task(functions.run(PythonTarget(python="sample_app.slow:f"), run_context(stop=stop)))
        package = sys.modules["sample_app"]
        await asyncio.to_thread(package.entered.wait)
        stop.set()
        outcome = await running
        package.release.set()
        assert outcome.still_running is not None
        await outcome.still_running
        return outcome

    assert Outcome() == asyncio.run(work())
