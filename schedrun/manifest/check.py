"""The documents of one file -> its jobs, or everything that is wrong with it."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import ValidationError

from schedrun.core.diagnostics import Diagnostic, Severity, in_order
from schedrun.core.ids import JobKey, job_key
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.plan.inspected import InspectedDocument, InspectedFile
from schedrun.core.source import Position
from schedrun.core.spec.identity import NAME_HINT, is_name, old_key
from schedrun.core.spec.job import Job
from schedrun.core.spec.manifest import Defaults, Header
from schedrun.manifest import merge
from schedrun.manifest.node import Document, Node, Source, plain
from schedrun.manifest.places import Places
from schedrun.manifest.reader import MAX_FAULTS, read
from schedrun.manifest.subject import Subject
from schedrun.manifest.tree import MAX_BYTES
from schedrun.manifest.wording import named, quoted

MAX_DEFAULTED = 500_000
"""How many values the defaults of a document may add to its jobs in all."""
_READ_AS_TEXT = frozenset({"SR003", "SR011"})
"""What only lacks quotes is read as if it had them."""
_FREE_KEYS = "x-"
_NO_MANIFEST = "if this is no manifest, move it out of here or name the manifests explicitly"


class Claim(NamedTuple):
    """A job that says what it was called before; the position is that of `moved_from`'s value."""

    old: JobKey
    new: JobKey
    position: Position


class CheckedFile(NamedTuple):
    """What one file says by itself.

    `jobs` is empty when there are findings. `ids` holds each id that could be read, also those of broken jobs.
    `inspected` is what rules look at, where that was asked for.
    """

    name: str
    jobs: Mapping[JobKey, DeclaredJob]
    ids: Mapping[JobKey, Position]
    claims: tuple[Claim, ...]
    findings: tuple[Diagnostic, ...]
    inspected: InspectedFile | None = None


def check(data: bytes, *, file: str, inspect: bool = False) -> CheckedFile:
    """Return what the bytes of a manifest say; every fault of reading and of its fields at once.

    A file with `reader.MAX_FAULTS` faults is not checked any further, of which the last finding tells. With `inspect`
    every value keeps its place, and the sound jobs of a broken file are kept too.
    """
    reading = read(data, file=file)
    checks = _FileChecks(reading.faults, inspect=inspect)
    for document in reading.documents:
        checks.add(document)
    if reading.documents and len(checks.findings) >= MAX_FAULTS:
        checks.findings[MAX_FAULTS - 1 :] = [_no_further(checks.findings)]
    lines = _lines(data) if inspect or checks.findings else ()
    findings = tuple(in_order(_redacted(checks.findings, lines)))
    jobs = {} if findings else checks.jobs
    inspected = None
    if inspect:
        inspected = InspectedFile(file, lines, checks.well_read_jobs(), tuple(checks.documents))
    return CheckedFile(file, jobs, checks.ids, tuple(checks.claims), findings, inspected)


def _no_further(findings: Sequence[Diagnostic]) -> Diagnostic:
    """Return the finding that others are missing, at the last place at which there is one."""
    last = max((each.position for each in findings), key=lambda position: (position.line, position.column))
    message = f"this file has {MAX_FAULTS} faults or more: it was not checked any further"
    return Diagnostic("SR008", Severity.ERROR, last, message, "mend the first ones")


def _redacted(findings: list[Diagnostic], lines: Sequence[str]) -> list[Diagnostic]:
    if not findings:
        return findings
    from schedrun.core.spec import redaction  # noqa: PLC0415  most files have no finding, and start-up time counts

    return redaction.redacted(findings, lines)


def _lines(data: bytes) -> tuple[str, ...]:
    if len(data) > MAX_BYTES:
        return ()  # of which its one finding says nothing, and looking for secrets in them takes seconds
    return tuple(data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n"))


class _FileChecks:
    """Collects what the documents of one file say. A place that has a finding gets no second one."""

    def __init__(self, reading: Sequence[Diagnostic], *, inspect: bool = False) -> None:
        self.findings = list(reading)
        self.documents: list[InspectedDocument] = []
        self._inspect = inspect
        self.jobs: dict[JobKey, DeclaredJob] = {}
        self.ids: dict[JobKey, Position] = {}
        self.claims: list[Claim] = []
        self._reading, self._homes = reading, set[int]()
        self._known = {(finding.position.line, finding.position.column) for finding in reading}
        self._shared: set[tuple[str, Position]] = set()

    def add(self, document: Document) -> None:
        """Check a document and take what it declares."""
        source, root = document
        if len(self.findings) >= MAX_FAULTS:
            return
        if not isinstance(root.value, dict):
            message = f"a manifest is a mapping that begins with `schedrun: v1`, not {named(plain(root.value))}"
            self._fault("SR103", source.of_node(root), message, _NO_MANIFEST)
            return
        said = {key: node for key, node in root.value.items() if not key.startswith(_FREE_KEYS)}
        if "schedrun" not in said and "jobs" not in said:
            self._fault("SR103", source.of_node(root), "this document lacks `schedrun: v1`", _NO_MANIFEST)
            return
        job_set = self._job_set(source, root, said)
        before = len(self.findings)
        defaults = self._defaults(source, said)
        sound_defaults = len(self.findings) == before
        jobs = self._job_nodes(source, root, said)
        if defaults.size * len(jobs) > MAX_DEFAULTED:
            message = f"the defaults add more than {MAX_DEFAULTED:,} values to the jobs"
            self._fault("SR008", source.of_node(root), message, "split the document")
            return
        if self._inspect:
            self.documents.append(_inspected(source, said, jobs, job_set=job_set))
        for job_id, node in jobs.items():
            if len(self.findings) >= MAX_FAULTS:
                return
            self._homes.add(source.of_place(node.key or node.place).line)
            job = self._check_job(source, node, defaults.below(node), job_id=job_id, job_set=job_set)
            # What a job takes from defaults that are at fault, nobody knows: no rule shall judge it.
            if job is not None and sound_defaults:
                self.jobs.setdefault(job.key, job)

    def well_read_jobs(self) -> Mapping[JobKey, DeclaredJob]:
        """Return the sound jobs without those in which reading lost something: what is left is not what is said."""
        losses = [fault for fault in self._reading if fault.code not in _READ_AS_TEXT]
        if not losses:
            return self.jobs
        homes = [0, *sorted(self._homes)]
        spoilt = {homes[bisect_right(homes, fault.position.line) - 1] for fault in losses}
        return {key: job for key, job in self.jobs.items() if job.position.line not in spoilt}

    def _job_set(self, source: Source, root: Node, said: Mapping[str, Node]) -> str | None:
        """Check all but jobs and defaults; return the set's name, None when it has no good one."""
        values = {key: node for key, node in said.items() if key not in {"jobs", "defaults"}}
        node = merge.without_nulls(root._replace(value=values), merge.HEADER)
        subject = Subject("document", node, root, source, source.of_node(root), "this document")
        try:
            return Header.model_validate(plain(node.value)).name
        except ValidationError as error:
            self._report_all(_diagnostics(error, subject))
        name = values.get("name")
        return name.value if name is not None and isinstance(name.value, str) and is_name(name.value) else None

    def _defaults(self, source: Source, said: Mapping[str, Node]) -> merge.Defaults:
        """Check the defaults by themselves, so that no job has to repeat what is wrong with them."""
        defaults, labels = said.get("defaults"), said.get("labels")
        if defaults is not None and not isinstance(defaults.value, dict | None):
            message = f"`defaults` must be a mapping, not {named(plain(defaults.value))}"
            self._fault("SR102", source.of_node(defaults), message)
        elif defaults is not None:
            node = merge.without_nulls(defaults, merge.DEFAULTS)
            home = source.of_place(defaults.key or defaults.place)
            subject = Subject("defaults", node, defaults, source, home, "the defaults")
            try:
                Defaults.model_validate(plain(node.value))
            except ValidationError as error:
                self._report_all(_diagnostics(error, subject))
        return merge.Defaults(labels=labels, defaults=defaults)

    def _job_nodes(self, source: Source, root: Node, said: Mapping[str, Node]) -> dict[str, Node]:
        jobs = said.get("jobs")
        hint = "declare jobs under `jobs`; write `jobs: {}` for a set that has none"
        if jobs is None:
            self._fault("SR103", source.of_node(root), "missing field `jobs` in this document", hint)
            return {}
        if not isinstance(jobs.value, dict):
            message = f"`jobs` must be a mapping, not {named(plain(jobs.value))}"
            self._fault("SR102", source.of_place(jobs.key or jobs.place), message, hint)
            return {}
        return jobs.value

    def _check_job(
        self, source: Source, own: Node, node: Node, *, job_id: str, job_set: str | None
    ) -> DeclaredJob | None:
        """Return the job if it is sound by itself."""
        home = source.of_place(own.key or own.place)
        name = f"job {quoted(job_id)}"
        if not is_name(job_id):
            self._fault("SR106", home, f"{quoted(job_id)} is no id for a job", NAME_HINT)
        elif job_set is not None:
            self._take_id(job_key(job_set, job_id), home)
        if not isinstance(own.value, dict | None):
            self._fault("SR102", source.of_node(own), f"{name} must be a mapping, not {named(plain(own.value))}")
            return None
        try:
            job = Job.model_validate(plain(node.value))
        except ValidationError as error:
            subject = Subject("job", node, own, source, home, name)
            for finding in _diagnostics(error, subject):
                self._report(finding)
            return None
        if job_set is None or not is_name(job_id):
            return None
        key = job_key(job_set, job_id)
        if job.moved_from is not None and isinstance(node.value, dict):
            old = old_key(job.moved_from, job_set=job_set)
            self.claims.append(Claim(old, key, source.of_node(node.value["moved_from"])))
        return DeclaredJob(key, home, job, Places(source, node) if self._inspect else None)

    def _take_id(self, key: JobKey, position: Position) -> None:
        first = self.ids.setdefault(key, position)
        if first is not position:
            self.findings.append(duplicate(key, position, first=first))

    def _report(self, finding: Diagnostic) -> None:
        position = finding.position
        if (position.line, position.column) in self._known:
            return
        if finding.related is not None:
            # The same value reached by many jobs, through an alias or as a default, is one fault.
            if (finding.code, position) in self._shared:
                return
            self._shared.add((finding.code, position))
        self.findings.append(finding)

    def _report_all(self, findings: Iterator[Diagnostic]) -> None:
        """Report the faults of what all jobs share, and let no job repeat them."""
        reported = list(findings)
        for finding in reported:
            self._report(finding)
        self._known.update((finding.position.line, finding.position.column) for finding in reported)

    def _fault(self, code: str, position: Position, message: str, hint: str | None = None) -> None:
        self._report(Diagnostic(code, Severity.ERROR, position, message, hint))


def _diagnostics(error: ValidationError, subject: Subject) -> Iterator[Diagnostic]:
    from schedrun.manifest import faults  # noqa: PLC0415  what is sound needs none of its words

    return faults.diagnostics(error, subject)


def _inspected(
    source: Source, said: Mapping[str, Node], jobs: Mapping[str, Node], *, job_set: str | None
) -> InspectedDocument:
    defaults = said.get("defaults")
    return InspectedDocument(
        job_set,
        None if defaults is None else Places(source, defaults),
        {} if defaults is None or not isinstance(defaults.value, dict) else plain(defaults.value),
        {job_id: plain(node.value) for job_id, node in jobs.items() if isinstance(node.value, dict)},
        {job_id: source.of_place(node.key or node.place) for job_id, node in jobs.items()},
    )


def duplicate(key: JobKey, position: Position, *, first: Position) -> Diagnostic:
    """Return the finding for a job that is declared twice, at its second place."""
    message = f"job {quoted(key)} is declared twice"
    hint = "remove or rename one of them"
    return Diagnostic("SR105", Severity.ERROR, position, message, hint, first, "first declared here")
