"""What the fields of one job must not say together: rules over its schedule, zone and policies at once."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from schedrun.core.spec.instant import InstantError, is_readable, resolve
from schedrun.core.spec.retries import When
from schedrun.core.spec.zone import ZoneError, zone_of

_EXPECTED = ("fires_at", "never_at")
_INSTANTS = ("start", "end", "anchor", "at")
_WHEN = ("retries", "when")
_SELECTORS = ("exit_codes", "statuses", "exceptions")


class Fault(NamedTuple):
    """One thing that is wrong: a stable code, why, what to write, and the path from the job to the field."""

    code: str
    message: str
    hint: str | None
    path: tuple[str | int, ...]


def cross_faults(job: object) -> list[Fault]:
    """Return every fault between the fields of `job`: a Job, or a mapping that is not validated yet.

    A field that is faulty by itself is passed over: what is returned stands beside the fields' own faults.
    """
    instants: dict[str, datetime] = {}
    faults = list(_instant_faults(job, instants))
    faults.extend(_window_faults(instants))
    if _said(job, "overlap") == "allow" and _is_said(job, "max_instances"):
        hint = "take one of them away (`max_instances: null` undoes a default)"
        message = "`max_instances` means nothing beside `overlap: allow`"
        faults.append(Fault("SR104", message, hint, ("max_instances",)))
    faults.extend(_isolation_faults(job))
    faults.extend(_expect_faults(job))
    faults.extend(_retry_faults(job))
    return faults


def _isolation_faults(job: object) -> Iterator[Fault]:
    if _said(job, "isolation") == "process" and not _is_python(_said(job, "target")):
        message = "only a Python function can choose `isolation`: commands have a process of their own"
        yield Fault("SR104", message, "take it away", ("isolation",))
    elif _said(job, "memory_limit") is not None and _said(job, "isolation") != "process":
        message = "`memory_limit` needs `isolation: process`: no one can limit a part of the service"
        yield Fault("SR104", message, "add `isolation: process` to a job with a python target", ("memory_limit",))


def _retry_faults(job: object) -> Iterator[Fault]:
    """Yield what `retries.when` selects that a job of this kind never comes to."""
    retries = _said(job, "retries")
    when = _said(retries, "when")
    if not isinstance(when, Mapping | When) or not _said(retries, "max"):
        return
    said = [name for name in When.model_fields if _said(when, name)]
    strange = isinstance(when, Mapping) and not when.keys() <= When.model_fields.keys()
    if not said and not strange and _said(job, "idempotent") is not True:
        message = "`retries.when` selects nothing, so nothing is retried"
        yield Fault("SR102", message, "say which ends are retried, or take `when` away: every one is", _WHEN)
    kind, possible = _ends(job)
    # Beside one that fits, the others are meant for other jobs: defaults are for all.
    if possible and not any(name in possible or name not in _SELECTORS for name in said):
        for name in said:
            if name in _SELECTORS and name not in possible:
                fitting = " or ".join(f"`{each}`" for each in (*possible, "timeout"))
                message = f"`{name}` selects nothing: {kind} has none"
                hint = f"write {fitting}; `{name}: null` undoes a default"
                yield Fault("SR102", message, hint, (*_WHEN, name))


def _ends(job: object) -> tuple[str, tuple[str, ...]]:
    """Return what the job does, in words, and the selectors that fit how it may end; none where no target is known."""
    target = _said(job, "target")
    if any(_said(target, kind) is not None for kind in ("command", "shell")):
        return "a command", ("exit_codes",)
    if _said(target, "http") is not None:
        return "a request", ("statuses", "exceptions")
    if _said(job, "isolation") == "process":
        return "a Python function in a process of its own", ("exceptions", "exit_codes")
    if any(_said(target, kind) is not None for kind in ("python", "code")):
        return "a Python function inside the service", ("exceptions",)
    return "", ()


def _is_python(target: object) -> bool:
    return "python" in target if isinstance(target, Mapping) else hasattr(target, "python")


def as_error(faults: list[Fault]) -> PydanticCustomError:
    """Return one validation error of type `faults` that holds them all in its context."""
    said = "; ".join(f"{fault.message} ({fault.hint})" if fault.hint else fault.message for fault in faults)
    return PydanticCustomError("faults", "{message}", {"message": said, "faults": [each._asdict() for each in faults]})


def joined(error: ValidationError, faults: list[Fault]) -> ValidationError:
    """Return `error` with the faults beside what it reports already."""
    known = [_line(detail) for detail in error.errors(include_url=False)]
    own = InitErrorDetails(type=as_error(faults), input=None)
    return ValidationError.from_exception_data(error.title, [*known, own])


def _line(detail: ErrorDetails) -> InitErrorDetails:
    context = detail.get("ctx", {})
    line = InitErrorDetails(type=detail["type"], loc=detail["loc"], input=detail["input"], ctx=context)
    if "message" in context:  # one of ours, which Pydantic does not know by its type alone
        line["type"] = PydanticCustomError(detail["type"], "{message}", context)
    return line


def _instant_faults(job: object, instants: dict[str, datetime]) -> Iterator[Fault]:
    """Yield what is wrong with the instants of `job`, and put the good ones into `instants`."""
    schedule, pause = _said(job, "schedule"), _said(job, "paused")
    zone, zone_is_good = _zone(job)
    texts = {("schedule", name): _said(schedule, name) for name in _INSTANTS}
    texts["paused", "until"] = _said(pause, "until")
    for path, text in texts.items():
        if not isinstance(text, str):
            continue
        try:
            instants[path[1]] = resolve(text, zone)
        except InstantError as error:
            # Without the zone no one can say what a local time means.
            if zone_is_good and is_readable(text):
                yield Fault(error.code, error.message, error.hint, path)


def _expect_faults(job: object) -> Iterator[Fault]:
    """Yield what is wrong with the instants that the job's expectations name."""
    entries = _said(job, "expect")
    zone, zone_is_good = _zone(job)
    for place, entry in enumerate(entries if isinstance(entries, list) and zone_is_good else ()):
        for name in _EXPECTED:
            said = _said(entry, name)
            for number, text in enumerate(said if isinstance(said, list) else [said]):
                if not isinstance(text, str) or not is_readable(text):
                    continue
                try:
                    resolve(text, zone)
                except InstantError as error:
                    yield Fault(error.code, error.message, error.hint, ("expect", place, name, number))


def _zone(job: object) -> tuple[str | None, bool]:
    """Return the zone that the job says, and whether what it says is a zone."""
    zone = _said(job, "timezone")
    if not isinstance(zone, str):
        return None, zone is None
    try:
        zone_of(zone)
    except ZoneError:
        return None, False
    return zone, True


def _window_faults(instants: dict[str, datetime]) -> Iterator[Fault]:
    start, end, at = (instants.get(name) for name in ("start", "end", "at"))
    if start is not None and end is not None and start >= end:
        message = "the window is empty: `end` is not later than `start`"
        yield Fault("SR216", message, "write an `end` after the `start`; `end` itself is outside", ("schedule", "end"))
    elif at is not None and ((start is not None and at < start) or (end is not None and at >= end)):
        message = "`at` lies outside of `start` and `end`, so the job never fires"
        yield Fault("SR202", message, "take `start` and `end` away", ("schedule", "at"))


def _said(owner: object, name: str) -> object:
    return owner.get(name) if isinstance(owner, Mapping) else getattr(owner, name, None)


def _is_said(job: object, name: str) -> bool:
    return name in job if isinstance(job, Mapping) else name in getattr(job, "model_fields_set", ())
