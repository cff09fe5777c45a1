"""Functions in processes of their own: what they return, and every way in which their processes can end."""

import asyncio
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.policy import Isolation
from schedrun.core.spec.target import PythonTarget
from schedrun.targets.cap import OUTPUT_CAP
from schedrun.targets.current_run import CurrentRun
from tests.targets.contexts import FIRE_TIME, run_context
from tests.targets.isolated import LIMIT, MIB, RUN, functions, run, spec, told

pytestmark = pytest.mark.real_time


class TestReturns:
    @pytest.mark.parametrize(
        ("function", "args", "kwargs", "output"),
        [
            pytest.param("give", [], {}, "None", id="nothing"),
            pytest.param(
                "give", [{"rows": [1, 2.5, None, "k\u00e4se"]}], {}, "{'rows': [1, 2.5, None, 'k\u00e4se']}", id="args"
            ),
            pytest.param("give", ["\udcff"], {"times": 2}, r"['\udcff', '\udcff']", id="kwargs"),
            pytest.param("unprintable", [], {}, "<Unprintable whose repr raised ValueError>", id="repr-raises"),
            pytest.param("answer_later", [], {}, f"('{RUN.run_id}', 'billing/close-day')", id="coroutine-function"),
            pytest.param("hand_out", [], {}, f"('{RUN.run_id}', 'billing/close-day')", id="hands-out-a-coroutine"),
        ],
    )
    def test_shows_what_the_function_returned(
        self, app_dir: Path, function: str, args: list[object], kwargs: dict[str, Any], output: str
    ) -> None:
        """By its repr alone when it printed nothing; there is no exit code to tell, as inline."""
        assert Outcome(output=output) == run(app_dir, function, *args, **kwargs)

    def test_finds_itself_where_an_inline_function_does(self, app_dir: Path) -> None:
        """In the application's folder, which leads the path, and in the run; nothing heavy was loaded for that."""
        output = run(app_dir, "look_around").output
        facts = {
            "run": CurrentRun(RUN.job, RUN.run_id, RUN.attempt, FIRE_TIME),
            "folder": str(app_dir),
            "first on the path": str(app_dir),
            "arguments": [],
            "heavy": [],
        }
        assert repr(facts) == output

    @pytest.mark.parametrize(
        ("lines", "end", "output"),
        [
            pytest.param(["one", "!two", "three"], "\n", "one\n!two\nthree\n'said'", id="lines"),
            pytest.param(["one", "two"], ";", "one;two;\n'said'", id="no-line-end"),
            pytest.param(["k\u00e4se \udcff"], "\n", "k\u00e4se \ufffd\n'said'", id="not-ascii"),
        ],
    )
    def test_ends_what_was_printed_with_the_result(
        self, app_dir: Path, lines: list[str], end: str, output: str
    ) -> None:
        """Both streams in order, then the repr on a line of its own."""
        assert Outcome(output=output) == run(app_dir, "say", *lines, end=end)

    def test_says_that_a_generator_never_ran(self, app_dir: Path) -> None:
        """As inline."""
        error = "the function is a generator: it returned at once and none of it ran"
        assert Outcome(error=error, output="") == run(app_dir, "generate")

    def test_takes_and_returns_what_is_huge(self, app_dir: Path) -> None:
        """More than any pipe holds; what is cut is counted."""
        output = run(app_dir, "give", "x" * (3 * MIB)).output
        assert output is not None
        kept, _, cut = output.partition("\n[output cut here: ")
        assert "'" + "x" * (len(kept) - 1) == kept
        assert OUTPUT_CAP - 2000 < len(kept) <= OUTPUT_CAP
        assert f"{3 * MIB + 2 - len(kept):,} more bytes]" == cut

    def test_runs_many_at_once(self, app_dir: Path) -> None:
        """Each with a process, a channel and an output of its own."""

        async def work() -> list[Outcome]:
            target = functions(app_dir)
            contexts = [run_context(isolation=Isolation.PROCESS)._replace(run_id=f"{RUN.run_id}{n}") for n in range(12)]
            return await asyncio.gather(*(target.run(spec("give", n), one) for n, one in enumerate(contexts)))

        assert [Outcome(output=str(number)) for number in range(12)] == asyncio.run(work())


class TestFails:
    def test_names_what_was_raised_as_the_retry_rule_does(self, app_dir: Path) -> None:
        """Where it was raised the names lead somewhere, here no longer."""
        context = run_context(isolation=Isolation.PROCESS, retried=("IOError", "socket.timeout"))
        outcome = asyncio.run(functions(app_dir).run(spec("fail", "connection"), context))
        names = ("ConnectionResetError", "ConnectionError", "OSError", "Exception", "BaseException", "IOError")
        assert names == outcome.exceptions

    @pytest.mark.parametrize(
        ("function", "args", "error", "names"),
        [
            pytest.param(
                "fail",
                ["connection", "gone"],
                "ConnectionResetError: gone",
                "ConnectionResetError ConnectionError OSError Exception",
                id="builtin",
            ),
            pytest.param("fail", ["own"], "tasks.OverdrawnError", "tasks.OverdrawnError Exception", id="own"),
            pytest.param("fail_later", [], "tasks.OverdrawnError: by 3", "tasks.OverdrawnError Exception", id="async"),
            pytest.param("fail", ["exit", 0], "SystemExit: 0", "SystemExit", id="exit"),
            pytest.param("fail", ["keys"], "KeyboardInterrupt", "KeyboardInterrupt", id="keyboard-interrupt"),
        ],
    )
    def test_says_what_was_raised(
        self, app_dir: Path, function: str, args: list[object], error: str, names: str
    ) -> None:
        """In a line, by names, and in the output with a traceback that begins in the application."""
        outcome = run(app_dir, function, *args)
        expected = Outcome(error=error, output=outcome.output, exceptions=(*names.split(), "BaseException"))
        assert expected == outcome
        assert outcome.output is not None
        first, place, *_, last = outcome.output.splitlines()
        assert ("Traceback (most recent call last):", error) == (first, last)
        assert place.startswith(f'  File "{app_dir}/tasks.py", line ')

    def test_reports_arguments_that_do_not_fit(self, app_dir: Path) -> None:
        """The call itself fails."""
        error = run(app_dir, "give", 1, 2, 3).error
        assert error is not None
        assert error.startswith("TypeError: give() takes ")

    @pytest.mark.parametrize(
        ("reference", "error", "names"),
        [
            ("none:f", "cannot import none: ModuleNotFoundError: No module named 'none'", "ModuleNotFoundError"),
            ("leaves:f", "cannot import leaves: SystemExit: 3", "SystemExit"),
            ("broken:f", "cannot import broken: SyntaxError: invalid syntax (broken.py, line 1)", "SyntaxError"),
            ("tasks:none", "tasks has no 'none'", None),
            ("tasks:HELD", "tasks:HELD is a list, which cannot be called", None),
        ],
    )
    def test_says_what_is_missing(self, app_dir: Path, reference: str, error: str, names: str | None) -> None:
        """As inline."""
        (app_dir / "leaves.py").write_text("raise SystemExit(3)")
        (app_dir / "broken.py").write_text("def (")
        context = run_context(isolation=Isolation.PROCESS)
        outcome = asyncio.run(functions(app_dir).run(PythonTarget(python=reference), context))
        assert (error, names) == (outcome.error, next(iter(outcome.exceptions), None))

    def test_says_that_the_folder_is_missing(self, app_dir: Path) -> None:
        """And not that Python is."""
        missing = app_dir / "none"
        assert Outcome(error=f"working folder not found: {missing}") == run(missing, "give")


class TestCrashes:
    @pytest.mark.parametrize(
        ("function", "args", "expected"),
        [
            pytest.param("crash", [], Outcome(-11, "killed by SIGSEGV"), id="segfault"),
            pytest.param("abort", [], Outcome(-6, "killed by SIGABRT"), id="abort"),
            pytest.param("leave", [3], Outcome(3, "exit code 3: the process ended without a result"), id="exit-3"),
            pytest.param("leave", [0], Outcome(0, "exit code 0: the process ended without a result"), id="exit-0"),
            pytest.param("leave_late", [9], Outcome(9, "exit code 9, after the function had returned"), id="exit-late"),
        ],
    )
    def test_says_how_the_process_ended(
        self, app_dir: Path, function: str, args: list[object], expected: Outcome
    ) -> None:
        """A process that ends in any way but that of a program is a failed run."""
        outcome = run(app_dir, function, *args)
        assert (expected.exit_code, expected.error) == (outcome.exit_code, outcome.error)

    def test_shows_where_it_crashed(self, app_dir: Path) -> None:
        """What was printed before is kept, and the line that crashed is told."""
        output = run(app_dir, "crash").output
        assert output is not None
        assert output.startswith("about to crash\nFatal Python error: Segmentation fault\n")
        assert re.search(rf'File "{app_dir}/tasks.py", line \d+ in crash\n', output)

    def test_a_fork_of_the_function_answers_nothing(self, app_dir: Path) -> None:
        """It comes back from the function too, and ends as it would anywhere."""
        assert Outcome(output="'parent'") == run(app_dir, "fork_and_return")
        assert Outcome(output="7") == run(app_dir, "fork_and_exit")

    def test_writes_its_answer_into_nothing_else(self, app_dir: Path) -> None:
        """A function may close what it did not open, and open a file by the same number."""
        outcome = run(app_dir, "close_everything", str(app_dir / "precious"))
        assert "exit code 0: the process ended without a result" == outcome.error
        assert "" == (app_dir / "precious").read_text()


class TestMemory:
    @pytest.mark.parametrize(
        ("function", "args", "error"),
        [
            pytest.param("hoard", ["function"], "MemoryError", id="in-the-function"),
            pytest.param("hoard", ["module"], "MemoryError", id="for-good"),
            pytest.param("hoard", ["words"], "tasks.OverdrawnError: no room for the report", id="in-other-words"),
            pytest.param("hoard_later", [], "MemoryError", id="async"),
            pytest.param("take", [LIMIT], "MemoryError", id="at-once"),
            pytest.param("start_threads", [], "RuntimeError: can't start new thread", id="threads"),
        ],
    )
    def test_names_the_limit_that_was_exceeded(
        self, app_dir: Path, function: str, args: list[object], error: str
    ) -> None:
        """Whatever the lack of memory became on its way up."""
        outcome = run(app_dir, function, *args, memory_limit=LIMIT)
        assert f"{error} (its memory_limit is 256M)" == outcome.error
        assert error.partition(":")[0] == outcome.exceptions[0]

    def test_lets_go_on_what_stays_below(self, app_dir: Path) -> None:
        """And limits nothing where no limit is said."""
        assert LIMIT // 4 == told(run(app_dir, "take", LIMIT // 4, memory_limit=LIMIT))
        assert LIMIT == told(run(app_dir, "take", LIMIT))

    def test_names_a_limit_too_low_for_anything(self, app_dir: Path) -> None:
        """Not even the module can be imported."""
        error = run(app_dir, "crash", memory_limit=MIB).error
        assert error is not None
        assert error.endswith(" (its memory_limit is 1M)")

    @pytest.mark.parametrize(("function", "named"), [("abort", True), ("crash", True), ("give", False)])
    def test_names_the_limit_where_a_crash_may_come_from_it(self, app_dir: Path, function: str, named: bool) -> None:
        """C code that gets no memory ends the process in one way or another."""
        error = run(app_dir, function, memory_limit=LIMIT).error or ""
        assert named == error.endswith(" (its memory_limit is 256M)")


def test_signals_have_the_numbers_that_are_told() -> None:
    """Exit codes of crashes are asserted as numbers above."""
    assert (6, 9, 11, 15) == (signal.SIGABRT, signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM)
