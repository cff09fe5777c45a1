"""Command and shell targets: a process, and what it starts, in a group of their own."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.target import CommandTarget, ShellTarget
from schedrun.protocols import RunContext
from schedrun.secret import SecretError, SecretSource
from schedrun.targets.ending import ended
from schedrun.targets.environment import LaunchError, environment, working_folder
from schedrun.targets.group import end_group, kill_group
from schedrun.targets.output import Output
from schedrun.targets.process import Pipe, exit_words, start

_PIPE_GRACE_SECONDS = 0.2


class Commands:
    """Runs programs and shell texts.

    `environ` is what they inherit; `app_dir` (absolute) is the default folder and where relative paths start.
    """

    def __init__(self, *, app_dir: Path, secrets: SecretSource, environ: Mapping[str, str]) -> None:
        self._app_dir, self._secrets, self._environ = app_dir, secrets, environ

    async def run(self, spec: CommandTarget | ShellTarget, context: RunContext) -> Outcome:
        """Run the process to its end, or end its group once `context.stop` is set."""
        if context.stop.is_set():
            return Outcome()
        secrets = self._secrets.for_run()
        try:
            folder = working_folder(spec, app_dir=self._app_dir)
            variables = environment(spec, context, service=self._environ, app_dir=self._app_dir, secrets=secrets)
            return await _execute(
                _argv(spec), context, folder=folder, variables=variables, output=Output(secrets.masker())
            )
        except (LaunchError, SecretError) as error:
            return Outcome(error=secrets.masker().text(str(error)))
        except OSError as error:
            return Outcome(error=f"no pipe for the output: {error.strerror}")


def _argv(spec: CommandTarget | ShellTarget) -> list[str]:
    return spec.command if isinstance(spec, CommandTarget) else [*spec.interpreter, spec.shell]


async def _execute(
    argv: list[str], context: RunContext, *, folder: Path, variables: Mapping[str, str], output: Output
) -> Outcome:
    with Pipe(output.feed) as pipe:
        process = await start(argv, output=pipe, folder=folder, environment=variables)
        exited = asyncio.ensure_future(process.wait())
        try:
            if not await ended(exited, stop=context.stop):
                await end_group(process, exited, kill_after=context.kill_after)
        except asyncio.CancelledError:
            # Somebody cancelled this very task: nothing may be left behind.
            kill_group(process.pid)
            await asyncio.wait((exited,))
            raise
        await pipe.finish(grace=_PIPE_GRACE_SECONDS)
    exit_code = exited.result()
    return Outcome(exit_code=exit_code, error=exit_words(exit_code), output=output.text())
