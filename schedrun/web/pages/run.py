"""`/runs/ID`: one run, its attempts, what its work was told, and what it printed."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from schedrun.core.errors import RunNotFoundError
from schedrun.core.run import state
from schedrun.core.run.mark import Mark
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.why import Answer
from schedrun.core.spec.instant import utc_text
from schedrun.core.spec.target import CodeTarget, CommandTarget, HttpTarget, PythonTarget, ShellTarget
from schedrun.protocols import Reader
from schedrun.render import why_text
from schedrun.render.instants import length
from schedrun.render.run_details import RunDetails
from schedrun.web import questions
from schedrun.web.backend import Process
from schedrun.web.charts import strip
from schedrun.web.logs.output import Output, OutputUnreadableError, Standing
from schedrun.web.logs.text import encoded, first_whole
from schedrun.web.pages import frame
from schedrun.web.pages.frame import Surroundings
from schedrun.web.questions import Compiled

TAIL_BYTES = 1 << 17
"""How much of an output the page itself holds: its end."""


class RunPage(NamedTuple):
    """All that the page shows."""

    around: Surroundings
    details: RunDetails
    answer: Answer
    marks: Sequence[Mark]


class Tail(NamedTuple):
    """The end of an output: `text` begins at byte `begin` of the whole and ends before byte `end`."""

    text: str
    begin: int
    end: int


def ask(reader: Reader, run_id: str, *, fires: Compiled, now: datetime, process: Process) -> RunPage | None:
    """Return what the page of a run shows, None when there is no such run."""
    try:
        details, answer = questions.run_details(reader, run_id, fires=fires, now=now, process=process)
    except RunNotFoundError:
        return None
    uid = details.job.uid
    marks = reader.marks([uid], limit=strip.MOST).get(uid, ())
    return RunPage(frame.ask(reader), details, answer, marks)


def why(page: RunPage, *, now: datetime) -> str:
    """Return why the run went as it did, as a sentence."""
    said = why_text.sentence(page.answer, now=now)
    return f"It {said}"


def told(details: RunDetails) -> Iterator[tuple[str, str]]:
    """Yield the variables that the run's work is told."""
    yield "SCHEDRUN_JOB", details.job.key
    yield "SCHEDRUN_RUN_ID", details.run.id
    yield "SCHEDRUN_ATTEMPT", str(max(details.run.attempt, 1))
    yield "SCHEDRUN_FIRE_TIME", utc_text(details.run.fire_time)


def surroundings(job: RecordedJob) -> Iterator[tuple[str, str]]:
    """Yield where and within what bounds the job's work runs today, none of it a value that may be secret."""
    spec = job.spec
    target: object = spec.target
    match target:
        case CommandTarget() | ShellTarget() as process:
            yield "target", "command" if isinstance(process, CommandTarget) else "shell"
            yield "folder", process.workdir or "that of the service"
            yield "environment", "the service's own" if process.inherit_env else "PATH, HOME and LANG"
            if process.env:
                yield "variables", ", ".join(process.env)
            if process.env_file:
                yield "variables from", process.env_file
        case PythonTarget(python=function):
            yield "target", f"python {function}"
            yield "isolation", str(spec.isolation)
        case HttpTarget(http=request):
            yield "target", f"http {request.method}"
            if request.headers:
                yield "headers", ", ".join(request.headers)
        case CodeTarget(code=function):
            yield "target", f"code {function}"
    yield "time limit", "none" if spec.timeout is None else length(spec.timeout)
    if spec.group:
        yield "group", spec.group


def last_attempt(run: Run) -> int:
    """Return the number of the attempt that goes on, ended last, or comes first."""
    return max(run.attempt, 1)


def tail(details: RunDetails, logs_dir: Path | None, *, number: int) -> Tail:
    """Return the end of what an attempt printed so far; a stream goes on with it from `Tail.end`. It blocks."""
    run = details.run
    ended = next((each for each in details.attempts if each.number == number), None)
    text, dropped = b"", 0
    try:
        with Output(logs_dir, run.id, attempt=number) as printed:
            for piece in printed.new(Standing(state.of(run), number, ended)):
                text += encoded(piece)
                if len(text) > 2 * TAIL_BYTES:
                    dropped += len(text) - TAIL_BYTES
                    text = text[-TAIL_BYTES:]
    except OutputUnreadableError:
        # The page has more to show; the log itself says why it cannot be read.
        text, dropped = encoded((ended and ended.output) or ""), 0
    begin = first_whole(text, max(len(text) - TAIL_BYTES, 0))
    return Tail(text[begin:].decode(), dropped + begin, dropped + len(text))
