"""Command and shell targets: a process, and whatever it starts."""

from collections.abc import Mapping
from pathlib import Path

from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.target import CommandTarget, ShellTarget
from schedrun.protocols import RunContext
from schedrun.secret import SecretError, SecretSource
from schedrun.targets.environment import Inheritable, LaunchError, environment
from schedrun.targets.process import Program
from schedrun.targets.processes import Processes


class Commands:
    """Runs programs and shell texts.

    `environ` is what they inherit, as it is now; `app_dir` (absolute) is the default folder and where relative paths
    start.
    """

    def __init__(
        self,
        *,
        app_dir: Path,
        secrets: SecretSource,
        environ: Mapping[str, str],
        processes: Processes | None = None,
    ) -> None:
        self._app_dir, self._secrets = app_dir, secrets
        self._service = Inheritable(environ)
        self._processes = processes or Processes()

    async def run(self, spec: CommandTarget | ShellTarget, context: RunContext) -> Outcome:
        """Run the process to its end, or end everything of the run once `context.stop` is set."""
        if context.stop.is_set():
            return Outcome()
        secrets = self._secrets.for_run()
        try:
            folder = self._app_dir if spec.workdir is None else self._app_dir / spec.workdir
            variables = environment(spec, context, service=self._service, app_dir=self._app_dir, secrets=secrets)
            program = Program(_argv(spec), folder, variables)
            return await self._processes.run(program, context, masker=secrets.masker())
        except (LaunchError, SecretError) as error:
            return Outcome(error=secrets.masker().text(str(error)))
        except OSError as error:
            return Outcome(error=f"no pipe for the output: {error.strerror}")


def _argv(spec: CommandTarget | ShellTarget) -> list[str]:
    return spec.command if isinstance(spec, CommandTarget) else [*spec.interpreter, spec.shell]
