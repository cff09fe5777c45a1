"""Which version the manifests are said to be, on real repositories."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from schedrun.manifest import revision as module
from schedrun.manifest.revision import revision

CONTENT = "0123456789abcdef" * 4
HASH = "0123456789ab"


class Repository:
    """A repository in the working folder with one commit: m/a.yaml, m/sub/b.yaml and README.md."""

    def __init__(self) -> None:
        self.git("init", "--quiet")
        for name in ("m/a.yaml", "m/sub/b.yaml", "m/README.md", "README.md"):
            write(name, "committed")
        self.commit()

    @staticmethod
    def git(*arguments: str) -> str:
        named = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "protocol.file.allow=always")
        return subprocess.run(["git", *named, *arguments], check=True, capture_output=True, text=True).stdout

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)


def named(*paths: str) -> str:
    """Return the revision of these paths."""
    return revision([Path(path) for path in paths], CONTENT)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, with no configuration of the user's, and with a git that may be slow."""
    monkeypatch.setattr(module, "_GIT_SECONDS", 120.0)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    return tmp_path


@pytest.fixture
def repository(here: Path) -> Repository:
    """Make the working folder a repository."""
    return Repository()


def test_a_clean_tree_is_its_commit(repository: Repository) -> None:
    """Whatever the path: a folder, a file, the repository itself, or several of them."""
    expected = {repository.head()}
    assert expected == {named("m"), named("m/a.yaml"), named("."), named("m/sub", "m/a.yaml"), named("m", "m")}


def git_rm(repository: Repository) -> None:
    repository.git("rm", "--quiet", "m/a.yaml")


def ignored_folder(repository: Repository) -> None:
    write("m/.gitignore", "build/\n")
    write("m/build/x.yaml", "made")


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda _: write("m/a.yaml", "edited"), id="edited"),
        pytest.param(lambda _: write("m/a.yaml", "COMMITTED"), id="edited-to-the-same-size"),
        pytest.param(lambda _: write("m/new.yml", "new"), id="untracked"),
        pytest.param(lambda _: write("m/new/deep/new.yaml", "new"), id="untracked-folder"),
        pytest.param(lambda _: Path("m/a.yaml").unlink(), id="deleted"),
        pytest.param(lambda _: Path("m/a.yaml").rename("m/c.yaml"), id="renamed"),
        pytest.param(lambda repository: repository.git("mv", "m/a.yaml", "m/b.yaml"), id="renamed-in-the-index"),
        pytest.param(git_rm, id="deleted-in-the-index"),
        pytest.param(ignored_folder, id="ignored-folder"),
        pytest.param(lambda _: write("m/with space\n'and\".yaml", "new"), id="strange-name"),
    ],
)
def test_a_manifest_that_differs_makes_it_dirty(repository: Repository, edit: Callable[[Repository], object]) -> None:
    """Untracked and missing manifests included."""
    edit(repository)
    assert f"{repository.head()}+dirty" == named("m")


def test_what_is_no_manifest_leaves_it_clean(repository: Repository) -> None:
    """Nor does a manifest elsewhere in the repository, or one in a folder that does not count."""
    for name in ("README.md", "m/README.md", "m/notes.txt", "elsewhere/x.yaml", "m/.cache/x.yaml"):
        write(name, "edited")
    assert repository.head() == named("m")


def test_an_explicit_file_counts_whatever_its_suffix(repository: Repository) -> None:
    """Who names a file means it."""
    write("m/README.md", "edited")
    assert f"{repository.head()}+dirty" == named("m/README.md")


def test_a_link_to_another_place_of_the_repository_is_followed(repository: Repository) -> None:
    """What counts is the file that is read."""
    write("far/x.yaml", "committed")
    Path("m/x.yaml").symlink_to("../far/x.yaml")
    Path("m/far").symlink_to("../far")
    assert repository.commit() == named("m")
    write("far/x.yaml", "edited")
    assert f"{repository.head()}+dirty" == named("m")


def test_a_linked_working_tree_is_a_repository(repository: Repository) -> None:
    """As git-sync makes it, behind a link."""
    repository.git("worktree", "add", "--quiet", "--detach", "trees/one")
    Path("current").symlink_to("trees/one")
    assert repository.head() == named("current/m")
    write("trees/one/m/a.yaml", "edited")
    assert f"{repository.head()}+dirty" == named("current/m")


def test_outside_a_repository_it_is_the_hash(here: Path) -> None:
    """The first 12 digits of the tree's content hash."""
    write("m/a.yaml", "x")
    assert HASH == named("m")


def test_a_repository_without_a_commit_is_the_hash(here: Path) -> None:
    """There is nothing yet that could be named."""
    Repository.git("init", "--quiet")
    write("m/a.yaml", "x")
    assert HASH == named("m")


def test_a_link_out_of_the_repository_is_the_hash(
    repository: Repository, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The commit does not decide what the linked file holds."""
    outside = tmp_path_factory.mktemp("outside") / "x.yaml"
    outside.write_text("x")
    Path("m/x.yaml").symlink_to(outside)
    repository.commit()
    assert HASH == named("m")


def test_several_repositories_are_the_hash(repository: Repository) -> None:
    """No single commit names them."""
    Path("other/m").mkdir(parents=True)
    repository.git("init", "--quiet", "other")
    write("other/m/a.yaml", "x")
    assert HASH == named("m", "other/m")


def test_a_path_that_is_missing_is_dirty(repository: Repository) -> None:
    """Its manifests are in the commit and not on disk."""
    for name in ("m/a.yaml", "m/sub/b.yaml", "m/README.md"):
        Path(name).unlink()
    Path("m/sub").rmdir()
    Path("m").rmdir()
    assert f"{repository.head()}+dirty" == named("m")


def fake_git(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a `git` that runs `script` before all others."""
    program = folder / "bin" / "git"
    write(str(program), f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


@pytest.mark.parametrize("script", ["exit 128", "echo nonsense", "exec sleep 60"])
def test_a_git_that_fails_is_the_hash(
    repository: Repository, here: Path, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It breaks nothing and makes nobody wait for long."""
    monkeypatch.setattr(module, "_GIT_SECONDS", 0.2)
    fake_git(here, script, monkeypatch)
    assert HASH == named("m")


def test_no_git_is_the_hash(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git is no requirement."""
    monkeypatch.setenv("PATH", "/nonexistent")
    assert HASH == named("m")


def test_runs_nothing_that_the_repository_names(repository: Repository, here: Path) -> None:
    """Neither a hook nor a monitor of its configuration."""
    write("evil", "#!/bin/sh\ntouch ran\n")
    Path("evil").chmod(0o755)
    for name in ("post-index-change", "pre-commit", "fsmonitor-watchman"):
        Path(f".git/hooks/{name}").parent.mkdir(exist_ok=True)
        Path(f".git/hooks/{name}").symlink_to(here / "evil")
    repository.git("config", "core.fsmonitor", str(here / "evil"))
    Path("ran").unlink(missing_ok=True)
    assert repository.head() == named("m")
    assert not Path("ran").exists()


def test_writes_nothing_into_the_repository(repository: Repository) -> None:
    """A refreshed index would contend with the user's own git."""
    os.utime("m/a.yaml", ns=(1, 1))
    before = Path(".git/index").stat()
    assert repository.head() == named("m")
    after = Path(".git/index").stat()  # its atime is that of whoever read it last
    assert (before.st_ino, before.st_mtime_ns, before.st_ctime_ns) == (
        after.st_ino,
        after.st_mtime_ns,
        after.st_ctime_ns,
    )


def test_another_repository_in_the_environment_does_not_mislead(
    repository: Repository, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As set inside a hook of some other repository."""
    expected = repository.head()
    monkeypatch.setenv("GIT_DIR", str(here / "other"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(here / "other-index"))
    assert expected == named("m")
