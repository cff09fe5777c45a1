"""The manifests of a commit: the same names as in the working tree, and nothing that runs or leads elsewhere."""

import os
import subprocess
from pathlib import Path

import pytest

from schedrun.manifest import git, git_tree
from schedrun.manifest.git_tree import AmbiguousRefError, GitTree, GitTreeError, NoRepositoryError, UnknownRefError
from schedrun.manifest.tree import MAX_BYTES, FolderTree
from tests.manifest.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Return an empty repository, which is the current folder."""
    made = Repository(tmp_path / "repository")
    monkeypatch.chdir(made.folder)
    return made


def names(*paths: str, ref: str = "HEAD") -> list[str]:
    return list(GitTree(ref, [Path(path) for path in paths]).read().files)


def test_reads_what_was_committed_and_not_what_was_edited(repository: Repository) -> None:
    """The working tree is no part of the commit."""
    commit = repository.commit({"jobs/a.yaml": "one"})
    repository.write({"jobs/a.yaml": "two", "jobs/b.yaml": "new"})
    read = GitTree("HEAD", [Path("jobs")]).read()
    assert (commit, {"jobs/a.yaml": b"one"}) == (read.commit, read.files)


@pytest.mark.parametrize(
    ("at", "path"),
    [
        pytest.param(".", "jobs", id="folder"),
        pytest.param(".", "jobs/", id="trailing-slash"),
        pytest.param(".", "jobs/deep/c.yaml", id="file"),
        pytest.param(".", "jobs/notes.txt", id="file-by-name"),
        pytest.param(".", ".", id="everything"),
        pytest.param("jobs", ".", id="here-in-a-subfolder"),
        pytest.param("jobs/deep", "..", id="above"),
        pytest.param("other", "../jobs", id="beside"),
        pytest.param(".", "-odd", id="a-name-like-an-option"),
        pytest.param(".", ".hidden", id="hidden-but-given"),
    ],
)
def test_names_are_those_of_the_working_tree(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, at: str, path: str
) -> None:
    """Both sides of a comparison call a file the same, wherever the command is called."""
    files = ["jobs/a.yaml", "jobs/b.yml", "jobs/deep/c.yaml", "jobs/notes.txt", "jobs/.git-like/d.yaml"]
    files += [
        "jobs/..data.yaml",
        "jobs/.ok.yaml",
        "other/e.yaml",
        "-odd/f.yaml",
        ".hidden/g.yaml",
        ".hidden/.more/h.yaml",
    ]
    repository.commit({name: name for name in files})
    monkeypatch.chdir(repository.folder / at)
    expected = [file.name for file in FolderTree([Path(path)]).listing().files]
    assert expected
    assert expected == names(path)


def test_absolute_paths_keep_their_names(repository: Repository) -> None:
    """What the user writes is what findings show."""
    repository.commit({"jobs/a.yaml": "a"})
    assert [f"{repository.folder}/jobs/a.yaml"] == names(f"{repository.folder}/jobs")


def test_a_file_counts_once_under_its_first_name(repository: Repository) -> None:
    """Overlapping paths declare no job twice."""
    repository.commit({"jobs/a.yaml": "a"})
    assert ["jobs/a.yaml"] == names("jobs/a.yaml", "jobs", ".")


def test_a_path_that_the_commit_lacks_is_empty(repository: Repository) -> None:
    """A new folder is no error; who asks learns of each path whether it was there."""
    repository.commit({"jobs/a.yaml": "a"})
    read = GitTree("HEAD", [Path("nowhere"), Path("jobs"), Path("jobs/b"), Path()]).read()
    assert (["jobs/a.yaml"], ()) == (list(read.files), read.faults)
    assert {Path("nowhere"), Path("jobs/b")} == read.absent


def test_links_out_of_the_tree_and_submodules_are_faults(repository: Repository) -> None:
    """Neither is followed, and neither is left out silently."""
    repository.write({"jobs/a.yaml": "a"})
    (repository.folder / "jobs/passwd.yaml").symlink_to("/etc/passwd")
    (repository.folder / "jobs/readme.md").symlink_to("../README.md")
    repository.git("add", "-A")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},jobs/sub")
    repository.git("commit", "-qm", "links")
    read = GitTree("HEAD", [Path("jobs")]).read()
    assert ["jobs/a.yaml"] == list(read.files)
    assert ["jobs/passwd.yaml", "jobs/sub"] == [fault.position.file for fault in read.faults]


def test_links_to_what_is_listed_anyway_count_once(repository: Repository) -> None:
    """A link inside the tree adds nothing: its end is a manifest itself."""
    repository.write({"jobs/a.yaml": "a", "jobs/deep/b.yaml": "b"})
    (repository.folder / "jobs/c.yaml").symlink_to("a.yaml")
    (repository.folder / "jobs/again").symlink_to("deep")
    repository.git("add", "-A")
    repository.git("commit", "-qm", "links")
    read = GitTree("HEAD", [Path("jobs")]).read()
    assert ((), ["jobs/a.yaml", "jobs/deep/b.yaml"]) == (read.faults, list(read.files))


def test_a_file_that_is_too_large_is_cut_unread(repository: Repository) -> None:
    """One byte more than a manifest may have is enough for the reader to refuse it."""
    repository.commit({"jobs/a.yaml": "#" * (MAX_BYTES + 5), "jobs/b.yaml": "#" * MAX_BYTES})
    files = GitTree("HEAD", [Path("jobs")]).read().files
    assert [MAX_BYTES + 1, MAX_BYTES] == [len(files[name]) for name in ("jobs/a.yaml", "jobs/b.yaml")]


def test_too_much_in_all_is_refused(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """No commit makes us hold more than so many bytes."""
    monkeypatch.setattr(git_tree, "_MOST_BYTES", 10)
    repository.commit({"a.yaml": "12345678", "b.yaml": "12345679"})
    with pytest.raises(GitTreeError, match="more than 10 bytes"):
        names(".")


@pytest.mark.parametrize("ref", ["nowhere", "-n", "--all", "HEAD~9", "a b", "$(touch here)", "", "\0", "HEAD:jobs"])
def test_what_names_no_commit_is_said_with_a_remedy(repository: Repository, ref: str) -> None:
    """Options and shell syntax are names that do not exist, and no more."""
    repository.commit({"jobs/a.yaml": "a"})
    with pytest.raises(UnknownRefError, match="git knows no such commit"):
        names("jobs", ref=ref)
    assert not (repository.folder / "here").exists()


@pytest.mark.parametrize("ref", ["main", "main~0"])
def test_a_name_of_several_commits_is_refused(repository: Repository, ref: str) -> None:
    """Git would take the tag, where a branch is meant; settings cannot silence it."""
    repository.commit({"jobs/a.yaml": "a"})
    repository.git("tag", "main")
    repository.commit({"jobs/a.yaml": "b"})
    repository.git("config", "core.warnAmbiguousRefs", "false")
    with pytest.raises(AmbiguousRefError, match=f"; write refs/heads/{ref} or refs/tags/{ref} or the whole hash"):
        names("jobs", ref=ref)
    assert ["jobs/a.yaml"] == names("jobs", ref=f"refs/heads/{ref}")


def test_a_branch_that_was_only_fetched_is_named(repository: Repository) -> None:
    """A checkout of CI has no branch of its own but that of the pull request."""
    commit = repository.commit({"jobs/a.yaml": "a"})
    for name in ("origin/release", "origin/old/release", "upstream/HEAD"):
        repository.git("update-ref", f"refs/remotes/{name}", commit)
    with pytest.raises(UnknownRefError, match="; name origin/release, which was fetched"):
        names("jobs", ref="release")


def test_a_warning_of_git_is_no_reason(repository: Repository) -> None:
    """In a partial clone git warns first that it fetches nothing; the remedy is what helps."""
    repository.commit({"jobs/a.yaml": "a"})
    repository.git("config", "extensions.partialClone", "origin")
    repository.git("config", "remote.origin.promisor", "true")
    with pytest.raises(UnknownRefError, match="fetch it first"):
        names("jobs", ref="1" * 40)


def test_a_shallow_clone_says_how_to_fetch_more(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commonest mistake in CI has its remedy in the message."""
    first = repository.commit({"a.yaml": "a"})
    repository.commit({"a.yaml": "b"})
    repository.git("clone", "-q", "--depth=1", f"file://{repository.folder}", str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    with pytest.raises(UnknownRefError, match="fetch-depth: 0"):
        names(".", ref=first)


def test_no_repository_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is no checkout has no commits."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoRepositoryError, match="no working tree"):
        names("jobs")


def test_two_repositories_are_refused(repository: Repository, tmp_path: Path) -> None:
    """One ref cannot name a commit of both."""
    other = Repository(tmp_path / "other")
    repository.commit({"a.yaml": "a"})
    with pytest.raises(NoRepositoryError, match="several"):
        names(".", str(other.folder))


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"core.fsmonitor": "{program}"}, id="fsmonitor"),
        pytest.param({"core.hooksPath": "{folder}"}, id="hooks"),
        pytest.param({"core.pager": "{program}", "pager.ls-tree": "true"}, id="pager"),
        pytest.param({"filter.x.smudge": "{program}", "diff.x.textconv": "{program}"}, id="filters"),
        pytest.param({"core.sshCommand": "{program}", "core.alternateRefsCommand": "{program}"}, id="ssh"),
        pytest.param(
            {
                "remote.origin.url": "ext::{program}",
                "remote.origin.promisor": "true",
                "remote.origin.partialclonefilter": "blob:none",
                "extensions.partialClone": "origin",
                "protocol.ext.allow": "always",
            },
            id="promisor",
        ),
    ],
)
def test_nothing_that_the_repository_configures_runs(
    repository: Repository, tmp_path: Path, settings: dict[str, str]
) -> None:
    """Monitors, hooks, pagers, filters and transports stay where they are, also when an object is missing."""
    repository.commit({".gitattributes": "*.yaml filter=x diff=x\n", "a.yaml": "a", "b.yaml": "b"})
    oid = repository.git("rev-parse", "HEAD:b.yaml").strip()
    witness, folder = tmp_path / "ran", tmp_path / "hooks"
    folder.mkdir()
    for hook in ("program", "post-checkout", "reference-transaction", "post-index-change"):
        (folder / hook).write_text(f"#!/bin/sh\necho ran >> {witness}\n")
        (folder / hook).chmod(0o755)
    for name, value in settings.items():
        repository.git("config", name, value.format(program=folder / "program", folder=folder))
    assert ["a.yaml", "b.yaml"] == names(".")
    (repository.folder / ".git/objects" / oid[:2] / oid[2:]).unlink()
    with pytest.raises(GitTreeError, match="missing"):
        names(".")
    assert not witness.exists()


def test_the_environment_points_to_no_other_repository(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hook's own GIT_DIR does not decide what is compared."""
    repository.commit({"a.yaml": "a"})
    other = Repository(tmp_path / "other")
    other.commit({"b.yaml": "b"})
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    assert ["a.yaml"] == names(".")


def test_a_linked_working_tree_is_one_too(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its `.git` is a file."""
    repository.commit({"a.yaml": "a"})
    repository.git("worktree", "add", "-q", str(tmp_path / "linked"))
    monkeypatch.chdir(tmp_path / "linked")
    assert ["a.yaml"] == names(".")


def test_a_name_that_is_no_utf_8_is_a_fault(repository: Repository) -> None:
    """As in the working tree."""
    Path(os.fsdecode(b"\xff.yaml")).write_text("a")
    repository.git("add", "-A")
    repository.git("commit", "-qm", "odd")
    (fault,) = GitTree("HEAD", [Path()]).read().faults
    assert "not UTF-8" in fault.message


def test_without_git_the_error_says_so(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback on a machine without the program."""
    repository.commit({"a.yaml": "a"})
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(GitTreeError, match="no program `git`"):
        names(".")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(
            b"fatal: detected dubious ownership in repository at '/src'\nTo add an exception ...\n",
            r"dubious ownership .*safe\.directory",
            id="checkout-of-another-user",
        ),
        pytest.param(
            b"warning: lazy fetching disabled; some objects may not be available\n"
            b"fatal: transport 'file' not allowed\n"
            b"fatal: could not fetch 6178 from promisor remote\n",
            "could not fetch 6178 from promisor remote; this clone lacks .* without `--filter`",
            id="partial-clone",
        ),
    ],
)
def test_what_git_refuses_is_said_with_a_remedy(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, words: bytes, said: str
) -> None:
    """What is common in containers and in large repositories; which words git uses depends on its version."""

    def refuse(*_arguments: object, **_options: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess([], 128, b"", words)

    monkeypatch.setattr(git, "call", refuse)
    with pytest.raises(GitTreeError, match=said):
        names(".")


def test_git_that_hangs_is_given_up(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network file system that does not answer holds no job for ever."""
    repository.commit({"a.yaml": "a"})

    def hang(*_arguments: object, **_options: object) -> None:
        raise subprocess.TimeoutExpired("git", 1)

    monkeypatch.setattr(git, "call", hang)
    with pytest.raises(GitTreeError, match="longer"):
        names(".")
