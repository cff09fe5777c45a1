"""Rules that only the whole tree shows, and files that are broken as a whole."""

from schedrun.core.plan.desired import Desired
from tests.manifest.findings import GOOD, HEAD, loaded

A = f"{HEAD}jobs: {{one: {GOOD}}}\n"


def broken(desired: Desired) -> dict[str, list[str]]:
    """Return `position code` of each finding by file."""
    return {file: [f"{f.position} {f.code}" for f in findings] for file, findings in desired.broken.items()}


def moved(job_id: str, old: str) -> str:
    """Return a manifest of one job that had another name."""
    return f"{HEAD}jobs: {{{job_id}: {{moved_from: {old}, {GOOD[1:]}}}\n"


def test_files_add_to_one_set() -> None:
    """A set may be spread over files; every file is named."""
    desired = loaded(a=A, b=f"{HEAD}jobs: {{two: {GOOD}}}\n")
    assert (["s/one", "s/two"], ("a.yaml", "b.yaml")) == (list(desired.jobs), desired.files)
    assert ("a.yaml:3:8", {}) == (str(desired.jobs["s/one"].position), desired.broken)


def test_a_fault_breaks_its_whole_file_and_no_other() -> None:
    """None of the file's documents is in the jobs."""
    desired = loaded(a=A, b=f"{HEAD}jobs: {{two: {GOOD}}}\n---\n{HEAD}jobs: {{three: {{}}}}\n")
    assert ["s/one"] == list(desired.jobs)
    assert ["b.yaml"] == list(desired.broken)


def test_of_a_duplicate_the_later_path_is_broken() -> None:
    """The first file stands; the second names it."""
    desired = loaded(b=A, a=A)
    assert {"b.yaml": ["b.yaml:3:8 SR105"]} == broken(desired)
    assert "a.yaml:3:8" == str(desired.broken["b.yaml"][0].related)
    assert "a.yaml" == desired.jobs["s/one"].position.file


def test_a_duplicate_of_a_broken_file_is_seen_too() -> None:
    """All faults come at once, so mending the first file brings no new one."""
    desired = loaded(a=f"{A}typo: 1\n", b=A)
    assert {"a.yaml": ["a.yaml:4:1 SR101"], "b.yaml": ["b.yaml:3:8 SR105"]} == broken(desired)


def test_the_same_id_in_another_set_is_another_job() -> None:
    """Keys hold the set."""
    assert ["s/one", "t/one"] == list(loaded(a=A, b=A.replace("name: s", "name: t")).jobs)


def test_a_rename_of_what_is_gone_is_good() -> None:
    """`moved_from` may stay for ever."""
    assert {} == broken(loaded(a=A, b=moved("two", "old"), c=moved("three", "other/one")))


def test_the_old_id_must_be_gone() -> None:
    """The rename is at fault, and names the job that still stands."""
    desired = loaded(a=A, b=moved("two", "one"))
    assert {"b.yaml": ["b.yaml:3:26 SR703"]} == broken(desired)
    assert "a.yaml:3:8" == str(desired.broken["b.yaml"][0].related)


def test_a_job_cannot_have_moved_from_itself() -> None:
    """Its own id still stands."""
    assert {"a.yaml": ["a.yaml:3:26 SR703"]} == broken(loaded(a=moved("two", "s/two")))


def test_two_jobs_cannot_continue_one() -> None:
    """Of two claims the later is at fault."""
    desired = loaded(a=moved("two", "old"), b=moved("three", "s/old"))
    assert {"b.yaml": ["b.yaml:3:28 SR703"]} == broken(desired)
    assert "a.yaml:3:26" == str(desired.broken["b.yaml"][0].related)
