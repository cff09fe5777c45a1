"""What a writer makes of jobs: text, and what its format could not hold."""

from collections.abc import Sequence
from dataclasses import dataclass

from schedrun.convert import proof
from schedrun.convert.proof import Proofs
from schedrun.convert.timetables.timetable import Timetable
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.spec.job import Job
from schedrun.core.spec.notify import ADDRESS_FIELDS
from schedrun.core.spec.target import CommandTarget, FromEnv, FromFile, HttpTarget, ShellTarget
from schedrun.render.escape import for_terminal

_DESCRIBING = frozenset({"schedule", "timezone", "target", "description", "owner", "labels", "moved_from", "remove"})
_REASONS = {
    proof.OLD_FIRES_MORE: "what is written fires where the job does not",
    proof.NEW_FIRES_MORE: "the job fires where what is written does not",
}


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of a job that the other tool will not do."""

    job: DeclaredJob
    text: str


@dataclass(frozen=True, slots=True)
class Exported:
    """The text, every loss, and what holds for the format as a whole."""

    text: str
    losses: tuple[Loss, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """What a process target starts: words, variables, folder; and what of it cannot be written down."""

    words: list[str]
    env: dict[str, str]
    workdir: str | None
    losses: tuple[str, ...]


def program(job: Job) -> Program | str:
    """Return what the job starts; a text says why it starts no process."""
    target = job.target
    if isinstance(target, CommandTarget):
        words = list(target.command)
    elif isinstance(target, ShellTarget):
        words = [*target.interpreter, target.shell]
    else:
        kind = "an http" if isinstance(target, HttpTarget) else "a python"
        return f"{kind} target is no command"
    losses = []
    env = {}
    for name, value in target.env.items():
        if isinstance(value, FromEnv | FromFile):
            losses.append(f"the secret of the variable {name}: give it to the command some other way")
        else:
            env[name] = value
    if target.env_file is not None:
        losses.append(f"`env_file: {target.env_file}`")
    if not target.inherit_env:
        losses.append("`inherit_env: false`")
    absolute = target.workdir is not None and target.workdir.startswith("/")
    if target.workdir is not None and not absolute:
        losses.append(f"`workdir: {target.workdir}` counts from `--app-dir`: write it from the root")
    if "/" in words[0] and not words[0].startswith("/") and not absolute:
        losses.append(f"its program {words[0]!r} counts from the working folder of schedrun: write it from the root")
    if any("\0" in word for word in words):
        return "its command holds a NUL, which no process can be given"
    return Program(words, env, target.workdir, tuple(losses))


def unused(base: str, taken: set[str], *, longest: int) -> str:
    """Return `base`, of at most `longest` characters, with a number where another job has that; it is taken then."""
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base[: longest - 4].strip('-')}-{number}"
    taken.add(name)
    return name


def policies(job: Job, *, held: Sequence[str]) -> list[str]:
    """Return what the job says of itself beyond `held`, as it stands in the manifest; addresses are not shown."""
    said = job.to_record()
    lost = [f"`{_said(name, value)}`" for name, value in said.items() if name not in {*_DESCRIBING, *held}]
    window = [f"`schedule.{name}`" for name in ("start", "end", "spread") if said["schedule"].get(name)]
    return lost + [name for name in window if name.strip("`").removeprefix("schedule.") not in held]


def described(job: Job) -> list[str]:
    """Return owner and labels, a line each, as comments of formats that have no place for them."""
    return [f"owner: {job.owner}"] * bool(job.owner) + [f"{key}: {value}" for key, value in job.labels.items()]


def disagreement(timetable: Timetable, job: Job, *, proofs: Proofs) -> list[str]:
    """Return where and why what was written fires otherwise than the job in the twelve months of `proofs`.

    That is one sentence, or none where both agree.
    """
    agreement = proofs.of(timetable, job)
    if agreement.holds:
        return []
    first = agreement.differences[0].at
    count = len(agreement.differences)
    reasons = "; ".join(_REASONS.get(reason, reason) for reason in agreement.reasons)
    return [f"{count} of its fires, first at {first:%Y-%m-%dT%H:%M:%SZ} ({reasons})"]


def comments(lines: Sequence[str]) -> list[str]:
    """Return lines as comments that no text can end."""
    return [f"# {for_terminal(line)}".rstrip() for line in lines]


def _said(name: str, value: object) -> str:
    return name if name in ADDRESS_FIELDS or isinstance(value, list) else f"{name}: {_short(value)}"


def _short(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_short(item)}" for key, item in value.items()) + "}"
    return str(value).lower() if isinstance(value, bool) else str(value)
