"""The watch on real files: every way in which editors, tools and clusters bring an edit."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing, asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from schedrun.clock import SystemClock
from schedrun.manifest import watch
from schedrun.manifest.settle import ROUND
from schedrun.manifest.tree import FolderTree

pytestmark = pytest.mark.real_time

DEADLINE = 120.0
CLOCK = SystemClock()
Contents = dict[str, str]


@pytest.fixture(autouse=True)
def no_backstop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave it all to events: the backstop would hide that one was missed."""
    monkeypatch.setattr(watch, "BACKSTOP", 1000 * DEADLINE)


class Watched:
    """What was to be read at each hint, and a way to wait for it."""

    def __init__(self, root: Path, *paths: Path) -> None:
        self._root = root
        self._tree = FolderTree(paths)
        self.history: list[Contents] = []
        self._told = asyncio.Condition()

    async def follow(self) -> None:
        """Load the tree at each hint, as a service does."""
        async with aclosing(watch.changes(self._tree, clock=SystemClock(), stop=asyncio.Event())) as hints:
            async for _ in hints:
                async with self._told:
                    self.history.append(self._load())
                    self._told.notify_all()

    def _load(self) -> Contents:
        listing = self._tree.listing()
        contents = {self._name(fault.position.file): f"fault: {fault.message}" for fault in listing.faults}
        for file in listing.files:
            try:
                contents[self._name(file.name)] = self._tree.read(file).decode()
            except OSError as error:  # replaced since it was listed: another hint follows
                contents[self._name(file.name)] = f"fault: {error}"
        return contents

    def _name(self, name: str) -> str:
        return Path(name).relative_to(self._root).as_posix()

    async def until(self, wanted: Callable[[Contents], bool]) -> None:
        """Wait for a hint at which the tree was as wanted."""
        async with asyncio.timeout(DEADLINE), self._told:
            await self._told.wait_for(lambda: bool(self.history) and wanted(self.history[-1]))

    async def until_it_holds(self, **expected: str) -> None:
        """Wait for a hint at which these files, by stem, held exactly this."""
        await self.until(lambda contents: {Path(name).stem: text for name, text in contents.items()} == expected)


@asynccontextmanager
async def watched(root: Path, *paths: Path) -> AsyncGenerator[Watched]:
    """Watch the paths; the first hint has come when this is entered."""
    live = Watched(root, *paths)
    async with asyncio.TaskGroup() as group:  # where the watch fails, the test does at once
        task = group.create_task(live.follow())
        await live.until(lambda _: True)
        yield live
        task.cancel()


def case(test: Callable[[Path], Coroutine[Any, Any, None]]) -> Callable[[Path], None]:
    """Run an asynchronous test on an event loop of its own."""

    def run(tmp_path: Path) -> None:
        asyncio.run(asyncio.wait_for(test(tmp_path), 2 * DEADLINE))

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def manifests(root: Path, **contents: str) -> Path:
    """Create a folder of manifests by stem."""
    folder = root / "m"
    folder.mkdir(exist_ok=True)
    for stem, text in contents.items():
        (folder / f"{stem}.yaml").write_text(text)
    return folder


@case
async def test_an_in_place_save(root: Path) -> None:
    """The file is opened and written over."""
    folder = manifests(root, a="old")
    async with watched(root, folder) as live:
        (folder / "a.yaml").write_text("new")
        await live.until_it_holds(a="new")


@case
async def test_an_atomic_rename_again_and_again(root: Path) -> None:
    """Each save replaces the file; a watch on the file itself would hear only the first."""
    folder = manifests(root, a="old")
    async with watched(root, folder) as live:
        for number in range(3):
            (folder / ".a.yaml.swp").write_text(f"new {number}")
            (folder / ".a.yaml.swp").replace(folder / "a.yaml")
            await live.until_it_holds(a=f"new {number}")


@case
async def test_an_editor_that_keeps_a_backup(root: Path) -> None:
    """The file goes away to `a.yaml~`, a new one is written, the backup is removed."""
    folder = manifests(root, a="old")
    async with watched(root, folder) as live:
        (folder / "a.yaml").rename(folder / "a.yaml~")
        (folder / "4913").write_text("")
        (folder / "4913").unlink()
        (folder / "a.yaml").write_text("new")
        (folder / "a.yaml~").unlink()
        await live.until_it_holds(a="new")
    assert all("m/a.yaml" in contents for contents in live.history)


@case
async def test_a_named_file_saved_atomically(root: Path) -> None:
    """A path may be a file; its folder is watched for that name alone."""
    folder = manifests(root, a="old", b="unwatched")
    async with watched(root, folder / "a.yaml") as live:
        for text in ("new", "newer"):
            (folder / "tmp").write_text(text)
            (folder / "tmp").replace(folder / "a.yaml")
            await live.until_it_holds(a=text)


@case
async def test_a_config_map_swap(root: Path) -> None:
    """Kubernetes renames `..data_tmp` over `..data`; no event ever names jobs.yaml."""
    folder = root / "m"
    for version in ("1", "2", "3"):
        (folder / f"..{version}").mkdir(parents=True)
        (folder / f"..{version}" / "jobs.yaml").write_text(f"version {version}")
    (folder / "..data").symlink_to("..1")
    (folder / "jobs.yaml").symlink_to("..data/jobs.yaml")
    async with watched(root, folder) as live:
        for version in ("2", "3"):
            (folder / "..data_tmp").symlink_to(f"..{version}")
            (folder / "..data_tmp").replace(folder / "..data")
            shutil.rmtree(folder / f"..{int(version) - 1}")
            await live.until_it_holds(jobs=f"version {version}")


@case
async def test_a_git_sync_swap(root: Path) -> None:
    """The path itself is a link whose target is swapped, again and again, and then edited in place."""
    for version in ("1", "2", "3"):
        (root / "worktrees" / version / "m").mkdir(parents=True)
        (root / "worktrees" / version / "m" / "a.yaml").write_text(f"version {version}")
    current = root / "current"
    current.symlink_to("worktrees/1")
    async with watched(root, current / "m") as live:
        for version in ("2", "3"):
            (root / "swap").symlink_to(f"worktrees/{version}")
            (root / "swap").replace(current)
            await live.until_it_holds(a=f"version {version}")
        (root / "worktrees" / "3" / "m" / "a.yaml").write_text("edited")
        await live.until_it_holds(a="edited")


@case
async def test_a_linked_file_far_away(root: Path) -> None:
    """The file's own folder is watched, and so is the link's."""
    folder = manifests(root)
    (root / "far").mkdir()
    (root / "far" / "one").write_text("one")
    (root / "far" / "two").write_text("two")
    (folder / "a.yaml").symlink_to(root / "far" / "one")
    async with watched(root, folder) as live:
        (root / "far" / "one").write_text("one, edited")
        await live.until_it_holds(a="one, edited")
        (root / "swap").symlink_to(root / "far" / "two")
        (root / "swap").replace(folder / "a.yaml")
        await live.until_it_holds(a="two")


@case
async def test_the_folder_removed_and_recreated(root: Path) -> None:
    """While it is gone the path is a fault; then the new folder is watched, often with the old inode."""
    folder = manifests(root, a="old")
    async with watched(root, folder) as live:
        for text in ("first", "second"):
            shutil.rmtree(folder)
            await live.until(lambda contents: contents.get("m", "").startswith("fault: "))
            manifests(root, a=text)
            await live.until_it_holds(a=text)
            (folder / "a.yaml").write_text(f"{text}, edited")
            await live.until_it_holds(a=f"{text}, edited")


@case
async def test_the_folder_swapped_at_once(root: Path) -> None:
    """Removed and recreated before anyone looked: the watch is on a folder that is gone."""
    folder = manifests(root, a="old")
    async with watched(root, folder) as live:
        shutil.rmtree(folder)
        manifests(root, a="new")
        await live.until_it_holds(a="new")
        (folder / "a.yaml").write_text("edited")
        await live.until_it_holds(a="edited")


@case
async def test_the_folder_above_removed_and_recreated(root: Path) -> None:
    """The nearest folder that still exists tells when the way is there again."""
    folder = root / "project" / "m"
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_text("old")
    async with watched(root, folder) as live:
        shutil.rmtree(root / "project")
        await live.until(lambda contents: "project/m" in contents)
        folder.mkdir(parents=True)
        (folder / "a.yaml").write_text("new")
        await live.until_it_holds(a="new")


@case
async def test_a_half_written_file(root: Path) -> None:
    """Written in two halves 60 ms apart it is delivered once, whole."""
    folder = manifests(root, a="old")
    async with watched(root, folder) as live:
        for number in count():
            before = len(live.history)
            with (folder / "a.yaml").open("w") as file:
                began = CLOCK.monotonic()
                file.write(f"{number}: first half, ")
                file.flush()
                await asyncio.sleep(0.06)  # the writer's own pause
                file.write("second half")
            pause = CLOCK.monotonic() - began
            await live.until_it_holds(a=f"{number}: first half, second half")
            if pause < ROUND:
                break  # else the machine was so slow that it was no such pause
        assert before + 1 == len(live.history)


@case
async def test_a_file_emptied_then_filled(root: Path) -> None:
    """An editor that empties a file 150 ms before it writes it shows no empty file."""
    folder = manifests(root, a="old")
    async with watched(root, folder) as live:
        for number in count():
            before, began = len(live.history), CLOCK.monotonic()
            os.truncate(folder / "a.yaml", 0)
            await asyncio.sleep(0.15)  # the writer's own pause
            (folder / "a.yaml").write_text(f"new {number}")
            pause = CLOCK.monotonic() - began
            await live.until_it_holds(a=f"new {number}")
            if pause < 2 * ROUND:
                break  # else the machine was so slow that it was no such pause
        assert [] == [contents for contents in live.history[before:] if "" in contents.values()]


@case
async def test_a_file_that_stays_empty(root: Path) -> None:
    """In the end an empty file is what the user wants us to see."""
    folder = manifests(root, a="old")
    async with watched(root, folder) as live:
        os.truncate(folder / "a.yaml", 0)
        await live.until_it_holds(a="")


@case
async def test_a_file_that_never_rests(root: Path) -> None:
    """It is named as a fault, another file's edit comes through, and it counts again once it rests."""
    folder = manifests(root, a="old", busy="0")
    resting = asyncio.Event()

    async def scribble() -> None:
        number = 0
        while not resting.is_set():
            number += 1
            (folder / "busy.yaml").write_text(str(number))
            await asyncio.sleep(0.02)  # the writer's own pause
        (folder / "busy.yaml").write_text("at rest")

    async with watched(root, folder) as live:
        writer = asyncio.create_task(scribble())
        (folder / "a.yaml").write_text("new")
        words = "fault: this file is being written without a pause"
        await live.until_it_holds(a="new", busy=words)
        (folder / "a.yaml").write_text("newer")
        await live.until_it_holds(a="newer", busy=words)
        resting.set()
        await writer
        await live.until_it_holds(a="newer", busy="at rest")


@case
async def test_a_checkout_of_a_thousand_files(root: Path) -> None:
    """They arrive in several batches and are delivered in one hint, or a few where git is held up for a round."""
    git = ("git", "-C", str(root), "-c", "user.name=n", "-c", "user.email=e@example.org")

    def run(*arguments: str) -> None:
        subprocess.run([*git, *arguments], check=True, capture_output=True)

    def write(text: str) -> None:
        for number in range(1000):
            (root / "m" / f"{number}.yaml").write_text(text)

    (root / "m").mkdir()
    run("init", "--initial-branch=one")
    for branch in ("one", "two"):
        write(branch)
        if branch != "one":
            run("checkout", "-q", "-b", branch)
        run("add", ".")
        run("commit", "-q", "-m", branch)
    async with watched(root, root / "m") as live:
        began = CLOCK.monotonic()
        await asyncio.to_thread(run, "checkout", "-q", "one")
        rounds = (CLOCK.monotonic() - began) / ROUND
        await live.until(lambda contents: len(contents) == 1000 and set(contents.values()) == {"one"})
        assert len(live.history) <= max(5, 2 + rounds)


@case
async def test_a_new_folder_and_a_file_in_it_at_once(root: Path) -> None:
    """The file is written before anyone can watch the folder."""
    folder = manifests(root)
    expected = {}
    async with watched(root, folder) as live:
        for number in range(10):
            deep = folder / f"new-{number}" / "deep"
            deep.mkdir(parents=True)
            (deep / f"f{number}.yaml").write_text("x")
            expected[f"f{number}"] = "x"
        await live.until_it_holds(**expected)
        (folder / "new-3" / "deep" / "f3.yaml").write_text("edited")
        await live.until_it_holds(**(expected | {"f3": "edited"}))


@case
async def test_a_change_of_mode_does_no_harm(root: Path) -> None:
    """At most a hint without news; the next edit comes as always."""
    folder = manifests(root, a="old")
    async with watched(root, folder) as live:
        (folder / "a.yaml").chmod(0o600)
        folder.chmod(0o700)
        (folder / "b.yaml").write_text("new")
        await live.until_it_holds(a="old", b="new")


@case
async def test_what_is_no_manifest_gives_no_hint(root: Path) -> None:
    """Swap files, README and a database beside the folder disturb nobody."""
    folder = manifests(root, a="old")
    async with watched(root, folder) as live:
        before = len(live.history)
        (folder / "README.md").write_text("hello")
        (root / "state.db").write_text("busy")
        (folder / "a.yaml").write_text("new")
        await live.until_it_holds(a="new")
        assert before + 1 == len(live.history)
