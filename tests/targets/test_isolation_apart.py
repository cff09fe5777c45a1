"""Functions in processes of their own: how they are ended, and what they share with the service."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from schedrun.core.ids import log_name
from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.policy import Isolation
from schedrun.core.spec.target import PythonTarget
from schedrun.stores import logs
from schedrun.targets.leftovers import end_leftovers
from schedrun.targets.live_file import Logs
from schedrun.targets.processes import Processes
from schedrun.targets.roundup import Roundup
from tests.targets.contexts import alive, dead, run_context, until
from tests.targets.isolated import RUN, functions, run, spec, told

pytestmark = pytest.mark.real_time


class TestStops:
    def stopped(
        self,
        app_dir: Path,
        function: str,
        *,
        kill_after: float = 60.0,
        **kwargs: object,
    ) -> Outcome:
        """Call `function` with a path, stop it once there is a pid in it, and return its outcome."""
        ready = app_dir / "ready"

        async def work() -> Outcome:
            stop = asyncio.Event()
            context = run_context(stop=stop, kill_after=kill_after, isolation=Isolation.PROCESS)
            running = asyncio.create_task(functions(app_dir).run(spec(function, str(ready), **kwargs), context))
            await until(lambda: running.done() or (ready.exists() and ready.read_text() != ""))
            stop.set()
            return await running

        outcome = asyncio.run(work())
        assert dead(int(ready.read_text()))
        return outcome

    def test_asks_first(self, app_dir: Path) -> None:
        """Without a handler of its own SIGTERM is the end of a function, as of any program."""
        assert Outcome(-15, "killed by SIGTERM", "") == self.stopped(app_dir, "be_busy")

    def test_kills_what_does_not_listen(self, app_dir: Path) -> None:
        """After `kill_after`, busy or not."""
        expected = Outcome(-9, "killed by SIGKILL", "")
        assert expected == self.stopped(app_dir, "be_busy", on_sigterm="ignores", kill_after=0.1)

    def test_keeps_what_a_function_returns_after_sigterm(self, app_dir: Path) -> None:
        """It may handle the signal and report how far it came."""
        assert Outcome(output="'tidied'") == self.stopped(app_dir, "be_busy", on_sigterm="tidies")

    def test_cancels_a_coroutine(self, app_dir: Path) -> None:
        """It cleans up before the process ends by the signal; what it returns nevertheless counts."""
        assert Outcome(-15, "killed by SIGTERM", "cleaned\n") == self.stopped(app_dir, "wait_long")
        (app_dir / "ready").unlink()
        assert Outcome(output="cleaned\n'half'") == self.stopped(app_dir, "wait_long", obeys=False)

    def test_ends_what_the_function_started(self, app_dir: Path) -> None:
        """Also in a session of its own."""
        assert Outcome(-15, "killed by SIGTERM", "") == self.stopped(app_dir, "beget")

    def test_starts_nothing_once_it_must_stop(self, app_dir: Path) -> None:
        """A run that is cancelled before it begins leaves no trace."""

        async def work() -> Outcome:
            stop = asyncio.Event()
            stop.set()
            context = run_context(stop=stop, isolation=Isolation.PROCESS)
            return await functions(app_dir).run(spec("be_busy", str(app_dir / "ready")), context)

        assert Outcome() == asyncio.run(work())
        assert not (app_dir / "ready").exists()

    def test_leaves_nothing_behind_when_its_task_is_cancelled(self, app_dir: Path) -> None:
        """Cancelling the caller is rough, but no process survives it."""
        ready = app_dir / "ready"

        async def work() -> None:
            context = run_context(isolation=Isolation.PROCESS)
            running = asyncio.create_task(functions(app_dir).run(spec("be_busy", str(ready)), context))
            await until(lambda: ready.exists() and ready.read_text() != "")
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

        asyncio.run(work())
        assert dead(int(ready.read_text()))


class TestKeepsApart:
    def test_inherits_nothing_it_has_no_business_with(self, app_dir: Path) -> None:
        """Three streams and the channel, no lock; the service's environment without the service's own settings."""
        with (app_dir / "state.db-lock").open("w") as lock:
            os.set_inheritable(lock.fileno(), True)
            facts = told(run(app_dir, "surroundings"))
        assert ["/dev/null", "pipe", "pipe", "socket"] == facts["descriptors"]
        assert [0, 1, 2] == facts["inheritable"]
        run_facts = [f"SCHEDRUN_{name}" for name in ("ATTEMPT", "FIRE_TIME", "JOB", "RUN_ID", "SERVICE")]
        assert ["OURS_TOKEN", *run_facts] == facts["variables"]
        assert facts["session"]
        assert f"SCHEDRUN_RUN_ID={RUN.run_id}" in facts["seen"]

    def test_shows_its_arguments_to_nobody(self, app_dir: Path) -> None:
        """Everybody can list processes."""
        (app_dir / "private.py").write_text(
            "import tasks\ndef look(value):\n    return value in tasks.surroundings()['seen']\n"
        )
        context = run_context(isolation=Isolation.PROCESS)
        target = PythonTarget(python="private:look", args=["hunter2"])
        assert Outcome(output="False") == asyncio.run(functions(app_dir).run(target, context))

    def test_lets_what_it_prints_be_followed(self, app_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        """Line by line, while the function runs."""
        folder = tmp_path_factory.mktemp("state.db.logs")
        file, go = folder / log_name(RUN.run_id, RUN.attempt), app_dir / "go"

        async def work() -> Outcome:
            context = run_context(isolation=Isolation.PROCESS)
            target = functions(app_dir, Processes(logs=Logs(folder)))
            running = asyncio.create_task(target.run(spec("say_and_wait", "begun", str(go)), context))
            await until(lambda: running.done() or (file.exists() and "begun\n" == "".join(logs.read(file))))
            assert not running.done()
            go.touch()
            return await running

        assert Outcome(output="begun\nNone") == asyncio.run(work())

    def test_is_never_imported_by_the_service(self, app_dir: Path) -> None:
        """A function that runs apart cannot change, block or crash anything here."""
        told(run(app_dir, "take", 1))
        assert "tasks" not in sys.modules

    def test_is_found_when_the_service_is_gone(self, app_dir: Path) -> None:
        """It goes on, bearing the run's mark, and whoever comes next ends it."""
        ready = app_dir / "ready"
        script = (
            "import asyncio, sys; from pathlib import Path; from tests.targets import isolated as tests\n"
            f"context = tests.run_context(isolation=tests.Isolation.PROCESS)._replace(run_id='{RUN.run_id}')\n"
            "asyncio.run(tests.functions(Path(sys.argv[1])).run(tests.spec('be_busy', sys.argv[2]), context))"
        )

        async def work() -> None:
            service = await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(app_dir), str(ready))
            await until(lambda: ready.exists() and ready.read_text() != "")
            service.kill()
            await service.wait()
            assert alive(int(ready.read_text()))
            for gone in (await end_leftovers({RUN.run_id: 60.0}, roundup=Roundup())).values():
                await gone

        asyncio.run(work())
        assert dead(int(ready.read_text()))
