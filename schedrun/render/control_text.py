"""What was done to a job or run, for people: the answers of `pause`, `resume`, `trigger` and `cancel`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from schedrun.core.spec.instant import utc_text
from schedrun.render.escape import for_terminal
from schedrun.render.instants import relative, to_the_second

_NOTHING_RUNS = "No service is active on this state: nothing was started, and what is queued waits for `schedrun run`."


def paused(answer: Mapping[str, Any], *, now: datetime) -> str:
    """Say which job is paused, until when and why."""
    until = "until it is resumed" if answer["until"] is None else f"until {_at(answer['until'], now)}"
    why = f": {for_terminal(answer['reason'])}" if answer["reason"] else ""
    line = f"Paused {for_terminal(answer['job'])} {until}{why}"
    return _with_service(line if why else f"{line}.", answer)


def resumed(answer: Mapping[str, Any], *, now: datetime) -> str:
    """Say that the pause is lifted, or that there was none, and when the job fires next."""
    job = for_terminal(answer["job"])
    done = f"Resumed {job}" if answer["lifted"] else f"{job} was not paused"
    upcoming = answer["next_fire"]
    fires = "no fire of it is left" if upcoming is None else f"it fires next {_at(upcoming, now)}"
    return _with_service(f"{done}; {fires}.", answer)


def triggered(answer: Mapping[str, Any]) -> str:
    """Say which run there is now and whether it has started."""
    run, job, status = (for_terminal(str(answer[key])) for key in ("run", "job", "status"))
    if answer["waits_for"] is not None:
        return _with_service(f"Queued run {run} of {job}: it waits for {answer['waits_for']}.", answer)
    return _with_service(
        f"Started run {run} of {job}." if status == "running" else f"Run {run} of {job}: {status}.", answer
    )


def cancelled(answer: Mapping[str, Any]) -> str:
    """Say that the run has ended, or that it was asked to."""
    run, job = (for_terminal(str(answer[key])) for key in ("run", "job"))
    if answer["kill_after"] is None:
        missed = "its next attempt" if answer["attempt"] else "it started"
        return _with_service(f"Cancelled run {run} of {job} before {missed}.", answer)
    return f"Asked run {run} of {job} to end; what is left of it after {answer['kill_after']} is killed."


def _with_service(line: str, answer: Mapping[str, Any]) -> str:
    return line if answer["by_service"] else f"{line}\n{_NOTHING_RUNS}"


def _at(text: str, now: datetime) -> str:
    moment = datetime.fromisoformat(text)
    return f"{utc_text(to_the_second(moment))} ({relative(moment, now=now)})"
