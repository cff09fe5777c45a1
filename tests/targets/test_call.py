"""Calling functions: coroutines on the loop, the others on threads, and every way in which they can end."""

import asyncio
import contextlib
import functools
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import pytest

from schedrun.core.run.outcome import Outcome
from schedrun.targets.call import call
from schedrun.targets.cap import OUTPUT_CAP
from tests.targets.contexts import RUN_ID, run_context, until


class Unprintable:
    def __repr__(self) -> str:
        raise ValueError("no")


class Leaving:
    def __repr__(self) -> str:
        raise SystemExit(1)


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise ValueError("no")


def raising(error: BaseException) -> Callable[[], Any]:
    def function() -> Any:
        raise error

    return function


def raising_async(error: BaseException) -> Callable[[], Coroutine[Any, Any, Any]]:
    async def function() -> Any:
        raise error

    return function


def raising_after_waiting(error: BaseException) -> Callable[[], Coroutine[Any, Any, Any]]:
    async def function() -> Any:
        await asyncio.sleep(0)
        raise error

    return function


def outcome_of(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Outcome:
    return asyncio.run(call(function, args, kwargs, context=run_context()))


class TestReturns:
    @pytest.mark.parametrize(
        ("value", "output"),
        [
            pytest.param(None, "None", id="nothing"),
            pytest.param({"rows": 3}, "{'rows': 3}", id="mapping"),
            pytest.param("\udcff", "'\\udcff'", id="lone-surrogate"),
            pytest.param(Unprintable(), "<Unprintable whose repr raised ValueError>", id="repr-raises"),
            pytest.param(Leaving(), "<Leaving whose repr raised SystemExit>", id="repr-leaves"),
        ],
    )
    def test_shows_what_the_function_returned(self, value: object, output: str) -> None:
        """By its repr, on the loop and on a thread alike."""

        async def coroutine_function(given: object) -> object:
            return given

        assert Outcome(output=output) == outcome_of(coroutine_function, value)
        assert Outcome(output=output) == outcome_of(lambda given: given, given=value)

    def test_caps_a_huge_repr(self) -> None:
        """As it caps what programs print."""
        output = outcome_of(lambda: b"x" * (2 * OUTPUT_CAP)).output
        assert output is not None
        assert output.endswith("x\n[output cut here: 1,048,579 more bytes]")

    def test_awaits_what_a_plain_function_hands_out(self) -> None:
        """A decorator that is no coroutine function itself must not lose the work."""

        async def work() -> int:
            await asyncio.sleep(0)
            return threading.get_ident()

        @functools.wraps(work)
        def decorated() -> Coroutine[Any, Any, int]:
            return work()

        assert Outcome(output=str(threading.get_ident())) == outcome_of(decorated)

    def test_runs_a_plain_function_off_the_event_loop(self) -> None:
        """On a daemon thread that names the run."""

        def function() -> tuple[bool, bool, str]:
            thread = threading.current_thread()
            return thread is threading.main_thread(), thread.daemon, thread.name

        assert Outcome(output=f"(False, True, 'billing/close-day {RUN_ID}')") == outcome_of(function)

    def test_says_that_a_generator_never_ran(self) -> None:
        """Calling one does nothing, so success would be a lie."""

        def generator() -> Iterator[int]:
            yield 1

        async def async_generator() -> AsyncIterator[int]:
            yield 1

        error = "the function is a generator: it returned at once and none of it ran"
        assert Outcome(error=error) == outcome_of(generator)
        assert Outcome(error=error) == outcome_of(async_generator)

    def test_keeps_the_current_task_the_same_throughout(self) -> None:
        """asyncio.timeout and TaskGroup bind to the task in which they are entered."""

        async def function() -> bool:
            before = asyncio.current_task()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0):
                    await asyncio.sleep(60)
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep(0))
            return before is asyncio.current_task()

        assert Outcome(output="True") == outcome_of(function)


class TestRaises:
    @pytest.mark.parametrize("make", [raising, raising_async, raising_after_waiting])
    @pytest.mark.parametrize(
        ("error", "line", "names"),
        [
            pytest.param(ValueError("bad input"), "ValueError: bad input", "ValueError Exception", id="plain"),
            pytest.param(KeyError(), "KeyError", "KeyError LookupError Exception", id="no-message"),
            pytest.param(ValueError("two\n  lines"), "ValueError: two lines", "ValueError Exception", id="on-one-line"),
            pytest.param(
                subprocess.SubprocessError("x"),
                "subprocess.SubprocessError: x",
                "subprocess.SubprocessError Exception",
                id="with-module",
            ),
            pytest.param(SystemExit(0), "SystemExit: 0", "SystemExit", id="system-exit"),
            pytest.param(KeyboardInterrupt(), "KeyboardInterrupt", "KeyboardInterrupt", id="keyboard-interrupt"),
            pytest.param(GeneratorExit(), "GeneratorExit", "GeneratorExit", id="generator-exit"),
            pytest.param(
                asyncio.CancelledError(),
                "asyncio.exceptions.CancelledError",
                "asyncio.exceptions.CancelledError",
                id="cancelled-by-itself",
            ),
            pytest.param(
                ExceptionGroup("several", [ValueError("a")]),
                "ExceptionGroup: several (1 sub-exception)",
                "ExceptionGroup BaseExceptionGroup Exception",
                id="group",
            ),
            pytest.param(ValueError("x" * 3000), f"ValueError: {'x' * 1988} ...", "ValueError Exception", id="long"),
        ],
    )
    def test_says_it_in_one_line(
        self, make: Callable[[BaseException], Callable[[], Any]], error: BaseException, line: str, names: str
    ) -> None:
        """Whatever was raised and wherever, it is a failed run and nothing more."""
        assert Outcome(error=line, exceptions=(*names.split(), "BaseException")) == outcome_of(make(error))

    def test_survives_stop_iteration(self) -> None:
        """Python itself turns it into a RuntimeError in coroutines."""
        outcome = outcome_of(raising(StopIteration("x")))
        assert Outcome(error="StopIteration: x", exceptions=("StopIteration", "Exception", "BaseException")) == outcome
        names = ("RuntimeError", "Exception", "BaseException")
        expected = Outcome(error="RuntimeError: coroutine raised StopIteration", exceptions=names)
        assert expected == outcome_of(raising_async(StopIteration("x")))

    def test_survives_an_exception_without_words(self) -> None:
        """Its kind is known all the same."""
        outcome = outcome_of(raising(UnprintableError()))
        assert outcome.error is not None
        assert outcome.error.endswith("UnprintableError: <its message cannot be shown>")

    @pytest.mark.parametrize("function", [lambda: None, raising_async(ValueError())])
    def test_reports_arguments_that_do_not_fit(self, function: Callable[..., Any]) -> None:
        """The call itself fails."""
        outcome = outcome_of(function, 1)
        assert outcome.error is not None
        assert outcome.error.startswith("TypeError: ")


class TestStops:
    def stopped(self, function: Callable[[], Any], *, started: threading.Event, kill_after: float = 60.0) -> Outcome:
        """Call `function`, stop it once it has started, and return its outcome and what was still running."""

        async def work() -> Outcome:
            stop = asyncio.Event()
            calling = asyncio.create_task(call(function, (), {}, context=run_context(stop=stop, kill_after=kill_after)))
            await until(started.is_set)
            stop.set()
            return await calling

        return asyncio.run(work())

    def test_cancels_a_coroutine(self) -> None:
        """There is no error to tell: that it had to stop is known to whom stopped it."""
        started = threading.Event()
        cleaned = []

        async def function() -> None:
            started.set()
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                cleaned.append(True)

        outcome = self.stopped(function, started=started)
        assert (Outcome(), None, [True]) == (outcome, outcome.still_running, cleaned)

    def test_keeps_what_a_cancelled_coroutine_returns(self) -> None:
        """It may catch its cancellation and report how far it came."""
        started = threading.Event()

        async def function() -> str:
            started.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return "half"
            return "all"

        assert Outcome(output="'half'") == self.stopped(function, started=started)

    def test_leaves_no_cancellation_behind(self) -> None:
        """The calling task goes on as if nothing had happened."""

        async def work() -> int:
            stop = asyncio.Event()
            asyncio.get_running_loop().call_soon(stop.set)
            await call(asyncio.Event().wait, (), {}, context=run_context(stop=stop))
            await asyncio.sleep(0)
            task = asyncio.current_task()
            assert task is not None
            return task.cancelling()

        assert 0 == asyncio.run(work())

    def test_a_later_stop_touches_nobody(self) -> None:
        """Once the function has returned, its task is the caller's again."""

        async def work() -> int:
            stop = asyncio.Event()
            await call(asyncio.sleep, (0,), {}, context=run_context(stop=stop))
            stop.set()
            for _ in range(3):
                await asyncio.sleep(0)
            task = asyncio.current_task()
            assert task is not None
            return task.cancelling()

        assert 0 == asyncio.run(work())

    def test_closes_the_function_with_its_own_coroutine(self) -> None:
        """A loop that is torn down closes what it never finished: `finally` blocks run then, not some time later."""
        closed = []

        async def function() -> None:
            try:
                await asyncio.Event().wait()
            except GeneratorExit:
                closed.append("closed")
                raise

        async def work() -> None:
            calling = call(function, (), {}, context=run_context())
            calling.send(None)
            calling.close()
            assert ["closed"] == closed

        asyncio.run(work())

    def test_gives_up_on_a_coroutine_that_ignores_its_cancellation(self) -> None:
        """The outcome comes after `kill_after`, and what is left is awaited by whom it concerns."""

        async def work() -> tuple[Outcome, list[str]]:
            stop, released, seen = asyncio.Event(), asyncio.Event(), []

            async def stubborn() -> None:
                stop.set()
                while not released.is_set():
                    try:
                        await released.wait()
                    except asyncio.CancelledError:
                        seen.append("ignored")
                seen.append("ended")

            outcome = await call(stubborn, (), {}, context=run_context(stop=stop, kill_after=0.01))
            assert outcome.still_running is not None
            seen.append("outcome")
            released.set()
            await outcome.still_running
            return outcome, seen

        assert (Outcome(), ["ignored", "outcome", "ignored", "ended"]) == asyncio.run(work())

    def test_what_is_left_behind_may_raise_anything(self) -> None:
        """Its run has ended: its SystemExit reaches nobody."""

        async def work() -> None:
            stop = asyncio.Event()

            async def stubborn() -> None:
                stop.set()
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    raise SystemExit(1) from None

            outcome = await call(stubborn, (), {}, context=run_context(stop=stop, kill_after=0.01))
            assert outcome.still_running is not None
            await outcome.still_running

        asyncio.run(work())

    def test_returns_at_once_from_a_thread_that_goes_on(self) -> None:
        """The thread cannot be ended; whoever wants may wait for it."""
        started, release = threading.Event(), threading.Event()

        async def work() -> tuple[Outcome, bool]:
            stop = asyncio.Event()

            def stuck() -> None:
                started.set()
                release.wait()

            calling = asyncio.create_task(call(stuck, (), {}, context=run_context(stop=stop)))
            await until(started.is_set)
            stop.set()
            outcome = await calling
            working = asyncio.ensure_future(outcome.still_running) if outcome.still_running else None
            assert working is not None
            before = working.done()
            release.set()
            await working
            return outcome, before

        assert (Outcome(), False) == asyncio.run(work())

    def test_calls_nothing_once_it_must_stop(self) -> None:
        """A run that is cancelled before it begins leaves no trace."""

        async def work() -> Outcome:
            stop = asyncio.Event()
            stop.set()
            return await call(raising(AssertionError("called")), (), {}, context=run_context(stop=stop))

        assert Outcome() == asyncio.run(work())

    def test_passes_a_cancellation_of_its_own_task_on(self) -> None:
        """Only the stop of the run is an outcome."""

        async def work() -> None:
            calling = asyncio.create_task(call(asyncio.Event().wait, (), {}, context=run_context()))
            await asyncio.sleep(0)
            calling.cancel()
            await calling

        with pytest.raises(asyncio.CancelledError):
            asyncio.run(work())

    def test_a_stuck_thread_does_not_hold_up_the_exit(self) -> None:
        """A process ends although a function of its never returns."""
        script = (
            "import asyncio, threading\n"
            "from schedrun.targets.call import call\n"
            "from tests.targets.contexts import RUN_ID, run_context\n"
            "async def main():\n"
            "    stop = asyncio.Event()\n"
            "    loop = asyncio.get_running_loop()\n"
            "    stuck = lambda: (loop.call_soon_threadsafe(stop.set), threading.Event().wait())\n"
            "    print(await call(stuck, (), {}, context=run_context(stop=stop)))\n"
            "asyncio.run(main())\n"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
        assert (0, "") == (done.returncode, done.stderr)
