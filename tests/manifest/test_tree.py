"""Which files count, and what is said of those that cannot."""

import os
import socket
import sys
from pathlib import Path

import pytest

from schedrun.manifest.tree import MAX_BYTES, FolderTree, TreeFile, content_hash, digest


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(*names: str) -> None:
    """Create files that hold their own name, with their folders."""
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(name)


def names(*paths: str, confined: bool = False) -> list[str]:
    """Return the names that a tree of these paths lists."""
    return [file.name for file in FolderTree([Path(path) for path in paths], confined=confined).listing().files]


def faults(*paths: str, confined: bool = False) -> dict[str, str]:
    """Return the messages of a tree's faults by the file that each names."""
    listing = FolderTree([Path(path) for path in paths], confined=confined).listing()
    assert {("SR001", 1, 1)} >= {(f.code, f.position.line, f.position.column) for f in listing.faults}
    return {fault.position.file: fault.message for fault in listing.faults}


def test_counts_yaml_and_yml_at_every_depth_by_name(here: Path) -> None:
    """Everything else in the folders is none of ours."""
    write("m/b.yaml", "m/a.yml", "m/deep/er/c.yaml", "m/README.md", "m/d.yaml.swp", "m/e.json")
    assert ["m/a.yml", "m/b.yaml", "m/deep/er/c.yaml"] == names("m")


def test_skips_folders_that_start_with_a_dot(here: Path) -> None:
    """Also a ConfigMap's own ones, and an editor's lock links; a named folder counts whatever its name."""
    write("m/.git/a.yaml", "m/..2026/b.yaml", "m/.hidden/c.yaml", "m/d.yaml")
    Path("m/.#d.yaml").symlink_to("user@host.1")
    assert ["m/d.yaml"] == names("m")
    assert {} == faults("m")
    assert ["m/.hidden/c.yaml"] == names("m/.hidden")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (".", ["m/a.yaml"]),
        ("./m/", ["m/a.yaml"]),
        ("m", ["m/a.yaml"]),
        ("m/../m", ["m/../m/a.yaml"]),
        ("m/a.yaml", ["m/a.yaml"]),
    ],
)
def test_names_files_as_the_user_gave_the_path(here: Path, given: str, expected: list[str]) -> None:
    """A name is never absolute unless the path was."""
    write("m/a.yaml")
    assert expected == names(given)
    assert [str(here / "m" / "a.yaml")] == names(str(here / "m"))


def test_a_named_file_counts_whatever_its_suffix(here: Path) -> None:
    """Who names a file means it."""
    write("jobs.txt")
    assert ["jobs.txt"] == names("jobs.txt")


def test_overlapping_paths_count_once(here: Path) -> None:
    """A file, its folder and the folder above may all be named."""
    write("m/team/a.yaml", "m/b.yaml")
    assert ["m/b.yaml", "m/team/a.yaml"] == names("m/team/a.yaml", "m/team", "m", "m")


def test_a_config_map_counts_each_key_once(here: Path) -> None:
    """Kubernetes shows jobs.yaml -> ..data/jobs.yaml -> ..2026/jobs.yaml."""
    write("m/..2026/jobs.yaml")
    Path("m/..data").symlink_to("..2026")
    Path("m/jobs.yaml").symlink_to("..data/jobs.yaml")
    assert ["m/jobs.yaml"] == names("m")


def test_follows_links_and_breaks_cycles(here: Path) -> None:
    """A real file counts once, however many ways lead to it."""
    write("m/a.yaml", "far/b.yaml", "far/c.yaml")
    Path("m/far").symlink_to("../far")
    Path("m/also-far").symlink_to("../far")
    Path("m/z.yaml").symlink_to("a.yaml")
    Path("m/self").symlink_to(".")
    Path("far/up").symlink_to("../m")
    assert ["m/a.yaml", "m/also-far/b.yaml", "m/also-far/c.yaml"] == names("m")


def test_a_missing_path_is_a_fault_and_no_empty_tree(here: Path) -> None:
    """Whoever loads the tree then sees something broken, which holds removals back."""
    assert {"gone": "cannot be read: no such file or directory"} == faults("gone")


def test_links_that_lead_nowhere_are_faults(here: Path) -> None:
    """Where they may have led to manifests; a loose README link is nobody's concern."""
    write("m/a.yaml")
    for name in ("b.yaml", "team", "README.md"):
        Path(f"m/{name}").symlink_to("../gone")
    Path("m/loop.yaml").symlink_to("loop.yaml")
    assert {"m/b.yaml", "m/loop.yaml", "m/team"} == faults("m").keys()


def test_what_is_no_regular_file_is_a_fault(here: Path) -> None:
    """A fifo, a socket or a device never blocks us."""
    Path("m").mkdir()
    os.mkfifo("m/fifo.yaml")
    Path("m/null.yaml").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("m/socket.yaml")
        words = "this is not a regular file"
        assert {f"m/{name}.yaml": words for name in ("fifo", "null", "socket")} == faults("m")


def test_reading_what_became_a_fifo_raises_at_once(here: Path) -> None:
    """Also when the file was swapped after the listing."""
    os.mkfifo("fifo.yaml")
    with pytest.raises(OSError, match="Not a regular file"):
        FolderTree([Path()]).read(TreeFile("fifo.yaml", Path("fifo.yaml"), ()))


def test_reading_is_bounded(here: Path) -> None:
    """One byte more than the limit tells the reader that there is more."""
    with Path("big.yaml").open("wb") as sparse:
        sparse.truncate(MAX_BYTES * 3)
    tree = FolderTree([Path()])
    assert MAX_BYTES + 1 == len(tree.read(tree.listing().files[0]))


def test_a_folder_that_may_not_be_read_is_a_fault(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its jobs are unknown, not removed."""
    write("m/secret/a.yaml", "m/b.yaml")
    scan = os.scandir

    def guarded(path: str) -> object:
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", guarded)
    assert {"m/secret": "cannot be read: permission denied"} == faults("m")
    assert ["m/b.yaml"] == names("m")


def test_a_name_that_is_not_utf8_is_a_fault(here: Path) -> None:
    """It could neither be shown nor recorded."""
    Path("m").mkdir()
    Path(os.fsdecode(b"m/\xff.yaml")).write_text("x")
    assert {"m/\\udcff.yaml": "the file's name is not UTF-8"} == faults("m")


def test_confined_refuses_links_that_lead_out(here: Path) -> None:
    """A stranger's link must not show a system file; links inside the given path are fine."""
    write("m/inside/a.yaml", "etc/shadow.yaml", "etc/b.yaml")
    Path("m/in.yaml").symlink_to("inside/a.yaml")
    Path("m/out.yaml").symlink_to("../etc/shadow.yaml")
    Path("m/etc").symlink_to(here / "etc")
    assert ["m/in.yaml"] == names("m", confined=True)
    assert {"m/etc", "m/out.yaml"} == faults("m", confined=True).keys()


def test_a_very_deep_tree_is_listed(here: Path) -> None:
    """Depth costs no stack."""
    depth = sys.getrecursionlimit() + 100
    for _ in range(depth):
        Path("d").mkdir()
        os.chdir("d")
    write("a.yaml")
    try:
        assert [f"{here}/{'d/' * depth}a.yaml"] == names(str(here))
    finally:  # nothing that recurses could remove it
        Path("a.yaml").unlink()
        for _ in range(depth):
            os.chdir("..")
            Path("d").rmdir()


def test_the_fingerprint_tells_an_edit_from_a_replacement(here: Path) -> None:
    """Size, times and inode: any of them differs."""
    write("a.yaml")
    tree = FolderTree([Path("a.yaml")])
    first = tree.listing().files[0].fingerprint
    status = Path("a.yaml").stat()
    assert (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino) == first
    write("new")
    Path("new").replace("a.yaml")
    assert first[3] != tree.listing().files[0].fingerprint[3]


def test_withheld_names_are_faults_until_the_next_call(here: Path) -> None:
    """A file that never rests is broken, not half."""
    write("m/a.yaml", "m/b.yaml")
    tree = FolderTree([Path("m")])
    tree.withhold(["m/a.yaml"])
    listing = tree.listing()
    assert (["m/b.yaml"], ["m/a.yaml"]) == (
        [file.name for file in listing.files],
        [fault.position.file for fault in listing.faults],
    )
    tree.withhold([])
    assert () == tree.listing().faults


def test_places_are_all_that_decides_the_listing(here: Path) -> None:
    """Folders with every name, and on the way to them only the entries that lead there."""
    write("git/worktrees/abc/m/a.yaml", "git/worktrees/abc/m/sub/b.yaml", "far/c.yaml")
    Path("git/current").symlink_to("worktrees/abc")
    Path("git/worktrees/abc/m/c.yaml").symlink_to(here / "far" / "c.yaml")
    root = here.resolve()
    manifests = root / "git" / "worktrees" / "abc" / "m"
    expected = {
        str(root / "git"): frozenset({"current"}),
        str(manifests.parent): frozenset({"m"}),
        str(manifests): None,
        str(manifests / "sub"): None,
        str(root / "far"): frozenset({"c.yaml"}),
    }
    assert expected == FolderTree([Path("git/current/m")]).listing().places


def test_a_content_hash_moves_with_names_and_contents() -> None:
    """Also when a name reads like another file."""
    one, two = digest(b"1"), digest(b"2")
    trees = [[("a", one)], [("a", two)], [("b", one)], [], [("a", one), ("b", two)], [(f"a\n{two} 1 b", one)]]
    assert len(trees) == len({content_hash(tree) for tree in trees})
