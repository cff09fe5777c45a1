"""The argument JOB: `set/id`, or the bare id where only one set has it."""

from collections.abc import Collection

from schedrun.core.errors import JobNotFoundError, SchedrunError
from schedrun.core.ids import JobKey


class UnknownJobError(JobNotFoundError):
    """no job has this id."""

    def __init__(self, job_id: str, *, nearest: JobKey | None) -> None:
        super().__init__(job_id)
        if nearest is not None:
            self.args = (f"{self.args[0]}; did you mean {nearest!r}?",)


class AmbiguousJobError(SchedrunError):
    """several sets have a job with this id."""

    def __init__(self, job_id: str, *, candidates: tuple[JobKey, ...]) -> None:
        self.job_id, self.candidates = job_id, candidates
        super().__init__(f"{self.sentence}: {job_id!r} is one of {', '.join(candidates)}; name the set as well")


def find(name: str, keys: Collection[JobKey]) -> JobKey:
    """Return the key among `keys` that `name` means: the key itself, else the only one with that bare id.

    Raises UnknownJobError, which names the nearest key, and AmbiguousJobError, which names all candidates.
    """
    if name in keys:
        return name
    candidates = tuple(sorted(key for key in keys if _bare(key) == name))
    if len(candidates) > 1:
        raise AmbiguousJobError(name, candidates=candidates)
    if not candidates:
        raise UnknownJobError(name, nearest=_nearest(name, keys))
    return candidates[0]


def _bare(key: JobKey) -> str:
    return key.rpartition("/")[2]


def _nearest(name: str, keys: Collection[JobKey]) -> JobKey | None:
    from difflib import get_close_matches  # noqa: PLC0415  only a mistyped name pays for it

    names = {_bare(key): key for key in keys} if "/" not in name else {key: key for key in keys}
    near = get_close_matches(name, names, n=1)
    return names[near[0]] if near else None
