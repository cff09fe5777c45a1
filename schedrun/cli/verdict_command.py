"""Commands whose exit code 1 is a verdict: whatever else goes wrong exits with another."""

from collections.abc import Sequence

import click

from schedrun.cli import refusals, stderr
from schedrun.core.errors import SchedrunError

_NO_VERDICT = 2


class VerdictCommand(click.Command):
    """A command that exits with 0 or 1 for what it found, and with 2 where it could find out nothing."""

    def without_verdict(self, args: Sequence[str]) -> int:  # noqa: ARG002  a command may have options that change it
        """Return the exit code of every failure, wrong usage included, given the arguments as they were written."""
        return _NO_VERDICT

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; a path that the system refuses is wrong usage."""
        # Else an error that cannot be told would end the process with 1.
        stderr.lose()
        code = ctx.meta[__name__] = self.without_verdict(tuple(args))
        try:
            return super().parse_args(ctx, args)
        except BrokenPipeError:
            ctx.exit(code)
        except click.ClickException as error:
            error.show()
            ctx.exit(code)
        except OSError as error:
            _tell(refusals.words(error))
            ctx.exit(code)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error becomes one line on stderr, a bug its traceback, and both the code of failures.

        So does Ctrl-C, and quietly a reader that went away.
        """
        code = ctx.meta[__name__]
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            ctx.exit(code)
        except (click.exceptions.Exit, click.Abort):
            raise
        except click.ClickException as error:
            error.show()
            ctx.exit(code)
        except (SchedrunError, OSError) as error:
            _tell(refusals.words(error))
            ctx.exit(code)
        except KeyboardInterrupt:
            _tell("interrupted")
            ctx.exit(code)
        except Exception:  # noqa: BLE001  a bug must not look like a verdict
            import traceback  # noqa: PLC0415  only bugs need it

            click.echo(f"{traceback.format_exc()}This is a bug in schedrun: please report it.", err=True)
            ctx.exit(code)


def _tell(words: str) -> None:
    click.ClickException(words).show()
