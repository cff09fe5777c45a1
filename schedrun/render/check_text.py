"""What a look through the state has found, for people: the verdict first, each flaw below it, the remedy last."""

from collections.abc import Iterator

from schedrun.core.run.checked import Checked, Flaw
from schedrun.render.counting import counted
from schedrun.render.escape import for_terminal
from schedrun.render.paint import Paint, Tone, unpainted


def text(checked: Checked, *, state: str, paint: Paint = unpainted) -> str:
    """Return whether the state is sound, and what is wrong with it."""
    return "\n".join(_lines(checked, state=for_terminal(state), paint=paint))


def backed_up(checked: Checked, *, file: str, size: int) -> str:
    """Return what the copy in `file`, `size` bytes, holds, given what a check of it found."""
    kept = _holds(checked) if checked.current else f"version {checked.version}"
    return f"backed up to {for_terminal(file)}: {kept}, {size} bytes"


def _holds(checked: Checked) -> str:
    numbers = ((checked.jobs, "job"), (checked.runs, "run"), (checked.spans, "span"))
    return ", ".join(counted(number, thing) for number, thing in numbers)


def _lines(checked: Checked, *, state: str, paint: Paint) -> Iterator[str]:
    if not checked.flaws:
        yield f"{paint('sound', Tone.GOOD)}: {state}: {_holds(checked) if checked.current else _earlier(checked)}"
        return
    yield f"{paint('damaged' if checked.damaged else 'not sound', Tone.BAD)}: {state}"
    yield from (_flaw_line(flaw) for flaw in checked.flaws)
    yield from _remedy(state) if checked.damaged else _advice()


def _earlier(checked: Checked) -> str:
    return f"version {checked.version}, which the next `schedrun run` brings up to date; only the file was looked at"


def _flaw_line(flaw: Flaw) -> str:
    about = [f"job {for_terminal(flaw.job)}"] if flaw.job is not None else []
    if flaw.run is not None:
        about.append(f"run {for_terminal(flaw.run)}")
    return ": ".join([f"  {flaw.promise}", *([", ".join(about)] if about else []), for_terminal(flaw.message)])


def _remedy(state: str) -> Iterator[str]:
    yield "`schedrun runs` prints what can still be read."
    yield f"To go on, stop the service, move {state} away with the -wal and -shm files beside it, and put a backup in"
    yield "its place; without a backup the next `schedrun run` starts with an empty state."


def _advice() -> Iterator[str]:
    yield "The file is readable and a service runs on it, but no schedrun writes what is named above: another program"
    yield "has written to it, or this is a bug to report."
