"""The witness: an append-only file in which the jobs themselves say what they did. Its order is the order of events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.torture.timetable import instant_of

Attempt = tuple[str, int]
"""A run's id and the number of one of its attempts."""


@dataclass(frozen=True)
class Line:
    """One line: `kind` is begin, alive, left (a child in another session lives), or end."""

    place: int
    kind: str
    job: str
    fire_time: int
    run: str
    attempt: int
    pid: int
    at: float
    detail: str

    def __str__(self) -> str:
        """Return it as people read it."""
        return f"line {self.place}: {self.kind} of attempt {self.attempt} of run {self.run}, {self.job}, pid {self.pid}"


@dataclass
class Seen:
    """What the witness saw of one attempt."""

    begins: list[Line] = field(default_factory=list)
    ends: list[Line] = field(default_factory=list)
    alive: int = -1
    """The place of the last line that its own process wrote."""
    left: int = -1
    """The place of the last line that it, or a child in another session, wrote."""

    @property
    def begin(self) -> Line:
        """Its first begin."""
        return self.begins[0]


def read(text: str) -> Iterator[Line]:
    """Yield the lines of a witness; a torn line raises ValueError."""
    for place, line in enumerate(text.splitlines()):
        kind, job, fire_time, run, attempt, pid, at, detail = line.split()
        yield Line(place, kind, job, instant_of(fire_time), run, int(attempt), int(pid), float(at), detail)


def by_attempt(lines: Iterable[Line]) -> dict[Attempt, Seen]:
    """Return what was seen of each attempt, in the order of the first lines."""
    seen: dict[Attempt, Seen] = {}
    for line in lines:
        one = seen.setdefault((line.run, line.attempt), Seen())
        one.left = line.place
        if line.kind != "left":
            one.alive = line.place
        if line.kind == "begin":
            one.begins.append(line)
        elif line.kind == "end":
            one.ends.append(line)
    return seen


def begun(seen: Mapping[Attempt, Seen]) -> Sequence[tuple[Attempt, Seen]]:
    """Return the attempts that began, in the order in which they did."""
    return sorted(((key, one) for key, one in seen.items() if one.begins), key=lambda pair: pair[1].begin.place)
