"""Paths followed to their ends on real links."""

from pathlib import Path

import pytest

from schedrun.manifest.links import follow, within


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """Return an empty folder whose own path holds no link."""
    return tmp_path.resolve()


def test_a_plain_path_turns_only_at_its_end(real: Path) -> None:
    """Without links only the last entry decides."""
    (real / "m").mkdir()
    trail = follow("m", base=str(real))
    assert (str(real / "m"), ((str(real), "m"),)) == (trail.end, trail.turns)


def test_names_every_link_on_the_way(real: Path) -> None:
    """The folder of each link is what must be watched, as with git-sync."""
    (real / "git" / "worktrees" / "abc" / "m").mkdir(parents=True)
    (real / "git" / "current").symlink_to("worktrees/abc")
    (real / "live").symlink_to(real / "git" / "current")
    trail = follow("live/m", base=str(real))
    worktree = real / "git" / "worktrees" / "abc"
    assert str(worktree / "m") == trail.end
    assert ((str(real), "live"), (str(real / "git"), "current"), (str(worktree), "m")) == trail.turns


def test_stops_at_the_first_missing_name(real: Path) -> None:
    """The folder that would hold it tells when it comes."""
    trail = follow("gone/deeper/m", base=str(real))
    assert (str(real / "gone" / "deeper" / "m"), ((str(real), "gone"),)) == (trail.end, trail.turns)


def test_parent_of_a_link_is_the_parent_of_its_target(real: Path) -> None:
    """As the kernel resolves `link/..`, not as text would."""
    (real / "far" / "away").mkdir(parents=True)
    (real / "link").symlink_to("far/away")
    assert str(real / "far") == follow("link/..", base=str(real)).end


def test_a_loop_ends(real: Path) -> None:
    """Links that lead to each other do not run for ever."""
    (real / "a").symlink_to("b")
    (real / "b").symlink_to("a")
    assert {(str(real), "a"), (str(real), "b")} <= set(follow("a", base=str(real)).turns)


@pytest.mark.parametrize(
    ("path", "folder", "inside"),
    [("/m", "/m", True), ("/m/a", "/m", True), ("/mm", "/m", False), ("/", "/m", False), ("/m", "/", True)],
)
def test_within(path: str, folder: str, *, inside: bool) -> None:
    """A common beginning of the text is not enough."""
    assert inside is within(path, folder)
