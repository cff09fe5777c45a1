"""`pytest --schedrun PATH`: every entry of every job's `expect` is a test, and so is every broken manifest.

Nothing of the manifests is run. pytest itself imports the tree's conftest files and plugins, as always.
What is needed to read manifests is imported when they are collected: pytest loads this file in every project.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from schedrun.core.diagnostics import Diagnostic
    from schedrun.core.plan.desired import DeclaredJob
    from schedrun.core.plan.inspected import Inspected
    from schedrun.lint.suppress import Suppressions

_OPTION = "--schedrun"
_PLUGIN = "schedrun-manifests"


class Broken(Exception):  # noqa: N818  a test that fails, and no error of the program
    """These findings are why a test fails."""

    def __init__(self, findings: Sequence["Diagnostic"]) -> None:
        self.findings = findings
        super().__init__(*findings)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--schedrun PATH` and `--schedrun-now INSTANT`."""
    group = parser.getgroup("schedrun", "tests of schedules")
    group.addoption(
        _OPTION,
        action="append",
        default=[],
        metavar="PATH",
        help="test what the jobs of this manifest, or folder of manifests, expect of their fire times; may be repeated",
    )
    group.addoption(
        "--schedrun-now",
        metavar="INSTANT",
        help="test as of this instant, offset included, such as 2026-12-01T00:00:00Z (default: now)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Take the paths among what is collected. Raises pytest.UsageError for a path or an instant that is none."""
    if not config.getoption("schedrun"):
        return
    # Workers of pytest-xdist take the options of their controller: what is found out here holds for them too.
    roots = config.option.schedrun = [_found(config, root) for root in config.option.schedrun]
    config.args = _arguments(config, roots)
    config.pluginmanager.register(ManifestTests(config, roots, now=_now(config)), _PLUGIN)


def _found(config: pytest.Config, root: str) -> str:
    """Return the path from where pytest was called; what the file of its settings says may stand beside that file."""
    here, given = config.invocation_params.dir, config.invocation_params.args
    if not root:
        raise pytest.UsageError(f"{_OPTION}: a path is empty: name a file or folder, or leave it out")
    if (here / root).exists():
        return root
    is_given = root in given or f"{_OPTION}={root}" in given
    if config.inipath is not None and not is_given and (config.inipath.parent / root).exists():
        return os.path.relpath(config.inipath.parent / root, here)
    raise pytest.UsageError(f"{_OPTION}: there is no file or folder {root!r}")


def _arguments(config: pytest.Config, roots: Sequence[str]) -> list[str]:
    """Return what pytest collects: what it is told to, and the manifests that are not among it."""
    asked = any(given == _OPTION or given.startswith(f"{_OPTION}=") for given in config.invocation_params.args)
    if config.args_source is not config.ArgsSource.ARGS and asked:
        return list(roots)
    places = [_place(config, argument.partition("::")[0]) for argument in config.args]
    missing = [root for root in roots if not any(_overlap(_place(config, root), place) for place in places)]
    return [*config.args, *missing]


def _place(config: pytest.Config, path: str) -> Path:
    return Path(os.path.normpath(config.invocation_params.dir / path))


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _now(config: pytest.Config) -> datetime:
    from schedrun.clock import SystemClock  # noqa: PLC0415  see the top
    from schedrun.core.spec import instant  # noqa: PLC0415

    said = config.getoption("schedrun_now")
    if said is None:
        now = SystemClock().now().replace(microsecond=0)
        config.option.schedrun_now = now.isoformat()
        return now
    try:
        return instant.named(said, zone=None)
    except instant.InstantError as error:
        raise pytest.UsageError(f"--schedrun-now: {error}") from error


class ManifestTests:
    """Collects the manifests below the given paths, which are read once, together: names are shared among files."""

    def __init__(self, config: pytest.Config, roots: Sequence[str], *, now: datetime) -> None:
        import zoneinfo  # noqa: PLC0415  see the top

        self._config, self._roots, self.now = config, roots, now
        self._places = [_place(config, root) for root in roots]
        # The system's zone data may be a year older than the tzdata package, which `schedrun validate` takes.
        self._zones_before = zoneinfo.TZPATH
        zoneinfo.reset_tzpath(to=[])

    def pytest_unconfigure(self) -> None:
        """Leave the zone data as it was."""
        import zoneinfo  # noqa: PLC0415  see the top

        zoneinfo.reset_tzpath(to=self._zones_before)

    def pytest_report_header(self) -> str:
        """Say what is tested, and as of when: a report without it cannot be reproduced."""
        return f"schedrun: {', '.join(map(_shown, self._roots))}, as of {self.now.isoformat()}"

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Look for manifests, and nothing else, in folders that are named as if they held no tests, such as `build`."""
        place = next((place for place in self._places if collection_path.is_relative_to(place)), None)
        if place is None or collection_path.name.startswith("."):
            return None
        if collection_path.is_dir() and collection_path in self._names:
            return True  # a link that leads elsewhere, perhaps back to where it stands
        spared, below = self._config.getini("norecursedirs"), collection_path.relative_to(place).parts
        if not any(fnmatch(part, pattern) for part in below for pattern in spared):
            return None
        return not (collection_path.is_dir() or collection_path in self._names)

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> "ManifestFile | None":
        """Collect a manifest below one of the paths."""
        if not any(file_path.is_relative_to(place) for place in self._places):
            return None
        name = self._names.get(file_path)
        return None if name is None else self._manifest(name, file_path, parent)

    @pytest.hookimpl(tryfirst=True)  # before words and marks choose
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add what is broken and no file, such as a link that leads to a folder elsewhere: pytest asks for no tests."""
        collected = [_place(self._config, argument.partition("::")[0]) for argument in self._config.args]
        for place, name in self._names.items():
            if not place.is_file() and any(place.is_relative_to(within) for within in collected):
                items += session.genitems(self._manifest(name, place, session))

    def accepts(self, finding: "Diagnostic") -> bool:
        """Whether a comment in the manifest suppresses the finding, as it does for `schedrun validate`."""
        return self._comments is not None and self._comments.hold(finding)

    def _manifest(self, name: str, path: Path, parent: pytest.Collector) -> "ManifestFile":
        manifest: ManifestFile = ManifestFile.from_parent(
            parent,
            path=path,
            manifests=self,
            jobs=self._inspected.files[name].jobs if name in self._inspected.files else {},
            findings=self._inspected.desired.broken.get(name, ()),
        )
        return manifest

    @cached_property
    def _comments(self) -> "Suppressions | None":
        from schedrun.lint import accepting  # noqa: PLC0415  see the top

        return accepting.comments_in(self._inspected.files)

    @cached_property
    def _inspected(self) -> "Inspected":
        from schedrun.manifest.load import inspect  # noqa: PLC0415  see the top

        return inspect([Path(root) for root in self._roots])

    @cached_property
    def _names(self) -> Mapping[Path, str]:
        """The names that reading gave to files, by the paths that pytest has for them."""
        return {_place(self._config, name): name for name in (*self._inspected.files, *self._inspected.desired.broken)}


class ManifestFile(pytest.File):
    """A manifest: its sound jobs, and one test that fails when it is broken."""

    def __init__(
        self,
        *,
        manifests: ManifestTests,
        jobs: Mapping[str, "DeclaredJob"],
        findings: Sequence["Diagnostic"],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._manifests, self._jobs, self._findings = manifests, jobs, findings

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yield the test of the file, if it is broken, and its jobs that expect something."""
        if self._findings:
            yield BrokenManifest.from_parent(self, name="manifest", findings=self._findings)
        for key, job in self._jobs.items():
            if job.spec.expect:
                yield JobExpectations.from_parent(self, name=key, manifests=self._manifests, job=job)


class JobExpectations(pytest.Collector):
    """A job: a test for each entry of its `expect`."""

    def __init__(self, *, manifests: ManifestTests, job: "DeclaredJob", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._manifests, self._job = manifests, job

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the tests in the order of the entries."""
        from schedrun.lint import expectations  # noqa: PLC0415  see the top

        for place, name in enumerate(expectations.names(self._job)):
            # Read from its text, where [0] is what pytest takes for parameters: so it finds what failed last (`--lf`).
            known = f"{self.nodeid}::{name}"
            yield Expectation.from_parent(
                self, name=name, nodeid=known, manifests=self._manifests, job=self._job, place=place
            )


class _Test(pytest.Item):
    """A test that fails with findings, which are told without a traceback."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the findings with their places."""
        if isinstance(excinfo.value, Broken):
            return "\n".join(line for finding in excinfo.value.findings for line in _lines(finding))
        return super().repr_failure(excinfo, style)


class BrokenManifest(_Test):
    """A manifest that cannot be applied."""

    def __init__(self, *, findings: Sequence["Diagnostic"], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._findings = findings

    def runtest(self) -> None:
        """Fail with everything that is wrong with it."""
        raise Broken(self._findings)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the place of the first finding."""
        return self.path, self._findings[0].position.line - 1, "the manifest is sound"


class Expectation(_Test):
    """One entry of a job's `expect`."""

    def __init__(self, *, manifests: ManifestTests, job: "DeclaredJob", place: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._manifests, self._job, self._place = manifests, job, place

    def runtest(self) -> None:
        """Fail with the counter-example when the entry does not hold; what a comment accepts fails as expected."""
        from schedrun.lint import expectations  # noqa: PLC0415  see the top

        finding = expectations.judge(self._job, self._place, now=self._manifests.now)
        if finding is None:
            return
        if self._manifests.accepts(finding):
            pytest.xfail(f"a comment accepts this: {_shown(finding.message)}")
        raise Broken([finding])

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the place of the entry."""
        source = self._job.source
        position = (source and source.value("expect", self._place)) or self._job.position
        return self.path, position.line - 1, f"{self._job.key} {self.name}"


def _lines(finding: "Diagnostic") -> Iterator[str]:
    yield _shown(f"{finding.position}: {finding.code} {finding.message}")
    if finding.related is not None:
        yield _shown(f"    note: {finding.related}: {finding.related_note or 'see also'}")
    if finding.hint is not None:
        yield _shown(f"    hint: {finding.hint}")


def _shown(text: str) -> str:
    from schedrun.render.escape import for_terminal  # noqa: PLC0415  see the top

    return for_terminal(text)
