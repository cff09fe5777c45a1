"""Commands whose exit code 1 is a verdict: whatever else goes wrong exits with 2."""

import click

from schedrun.cli import refusals, stderr
from schedrun.core.errors import SchedrunError

_NO_VERDICT = 2


class _NoVerdictError(click.ClickException):
    """The command came to no verdict."""

    exit_code = _NO_VERDICT


class VerdictCommand(click.Command):
    """A command that exits with 0 or 1 for what it found, and with 2 where it could find out nothing."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; a path that the system refuses is wrong usage."""
        # Else an error that cannot be told would end the process with 1.
        stderr.lose()
        try:
            return super().parse_args(ctx, args)
        except BrokenPipeError:
            ctx.exit(_NO_VERDICT)
        except OSError as error:
            raise _NoVerdictError(refusals.words(error)) from error

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error becomes one line on stderr, a bug its traceback, and both exit code 2.

        So does Ctrl-C, and quietly a reader that went away.
        """
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            ctx.exit(_NO_VERDICT)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except (SchedrunError, OSError) as error:
            raise _NoVerdictError(refusals.words(error)) from error
        except KeyboardInterrupt as error:
            raise _NoVerdictError("interrupted") from error
        except Exception:  # noqa: BLE001  a bug must not look like a verdict
            import traceback  # noqa: PLC0415  only bugs need it

            click.echo(f"{traceback.format_exc()}This is a bug in schedrun: please report it.", err=True)
            ctx.exit(_NO_VERDICT)
