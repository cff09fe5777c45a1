"""Kubernetes CronJobs (batch/v1): one or many documents, and lists of them.

Source: the API reference of CronJob v1; expressions are read by robfig/cron v3.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from schedrun.convert.entry import Entry, Note, Reading, Source, Zone
from schedrun.convert.formats import cron_entry, yaml_documents
from schedrun.convert.formats.typed_values import Typed
from schedrun.convert.formats.yaml_documents import items, mapping, position
from schedrun.convert.timetables import cron_fields
from schedrun.core.source import Position
from schedrun.render.counting import counted

_POLICIES = {"Allow": "allow", "Forbid": "forbid", "Replace": "replace"}
_EXPANDED = re.compile(r"\$\$|\$\([^)]*\)")
"""What Kubernetes looks at: a dollar that is written twice to be one, and what may refer to a variable."""
_REFERENCE = re.compile(r"\$\([A-Za-z_][A-Za-z0-9_.-]*\)")
_TEMPLATE = re.compile(r"\{\{-? *(?:[.$]|(?:if|include|template|with|range|end|define)\b)[^}\n]{0,60}\}\}")
_HANDLED = {
    "the metadata": {
        "name", "generateName", "namespace", "labels", "annotations",
        "creationTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields", "resourceVersion",
        "selfLink", "uid",
    },
    "the CronJob": {
        "schedule", "timeZone", "concurrencyPolicy", "startingDeadlineSeconds", "suspend", "jobTemplate",
        "successfulJobsHistoryLimit", "failedJobsHistoryLimit",
    },
    "the job": {
        "template", "backoffLimit", "activeDeadlineSeconds", "parallelism", "completions",
        "ttlSecondsAfterFinished",
    },
    "the pod": {
        "containers", "restartPolicy", "activeDeadlineSeconds", "terminationGracePeriodSeconds",
        "imagePullSecrets",
    },
    "the container": {
        "name", "image", "imagePullPolicy", "command", "args", "env", "workingDir",
    },
}  # fmt: skip
"""What is carried, or has no meaning where there is no image: of everything else there is a note."""
_DEFAULTS = {
    "completionMode": "NonIndexed",
    "podReplacementPolicy": "TerminatingOrFailed",
    "dnsPolicy": "ClusterFirst",
    "schedulerName": "default-scheduler",
    "enableServiceLinks": True,
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
"""What the API server fills in."""
_DEFAULT_BACKOFF_LIMIT = 6
_DESCRIBING = ("description", "owner")
"""Annotations that become fields: those of our own exports."""
NAMESPACE = "kubernetes.io/metadata.namespace"
"""The label that says a namespace: Kubernetes gives it to the namespaces themselves."""
_OF_KUBECTL = "kubectl.kubernetes.io/last-applied-configuration"
_HISTORY = {"successfulJobsHistoryLimit", "failedJobsHistoryLimit", "ttlSecondsAfterFinished"}
_KUSTOMIZATIONS = {"kustomization.yaml", "kustomization.yml", "Kustomization"}
_UNCHANGED = {"apiVersion", "kind", "metadata", "resources", yaml_documents.PLACE}
"""Keys of a kustomization that leave the objects as they stand in their files."""
_KEPT = Note("limits of the history: here `--keep-for` and `--keep-runs` are those of all jobs", lost=False)
_FORBIDDEN = Note(
    "Forbid: when the run before ends in time, Kubernetes still starts the one that came too early; here it is left out"
    " (`overlap: queue` keeps it)",
    lost=False,
)


class _Object(NamedTuple):
    """A CronJob, the source it stands in, and what tells it from others: its namespace may be empty."""

    value: dict[Any, Any]
    source: Source
    namespace: str
    name: str


def read(sources: list[Source], zone: Zone) -> Reading:
    """Return the jobs of every CronJob in the sources; other kinds are counted.

    A namespace is kept as the label that Kubernetes has for it. It stands before the names of CronJobs that differ by
    their namespaces alone.
    """
    found: list[_Object] = []
    notes: list[Note] = []
    others: Counter[str] = Counter()
    for source in sources:
        documents = yaml_documents.load(source)
        template = _TEMPLATE.search(source.text)
        if template is not None:
            line = source.text.count("\n", 0, template.start()) + 1
            notes.append(Note(f"{template[0]} stands in a template: render it first, as `helm template` does",
                              position=Position(source.name, line, 1)))  # fmt: skip
        if documents.fault is not None:
            notes.append(documents.fault)
        for value in documents.values:
            found.extend(_objects(value, source, others=others))
            notes.extend(_kustomized(value, source))
    entries = [_entry(each, zone=zone, name=name) for each, name in zip(found, _names(found), strict=True)]
    if not entries and not any(note.lost for note in notes):
        at = position(sources[0], None) if sources else None
        notes.append(Note("there is no CronJob here: name files with `kind: CronJob`", position=at))
    if others:
        kinds = ", ".join(sorted(others))
        notes.append(Note(f"{counted(others.total(), 'object')} of other kinds passed over: {kinds}", lost=False))
    return Reading(tuple(entries), tuple(notes))


def _objects(value: Any, source: Source, *, others: Counter[str]) -> Iterator[_Object]:
    """Yield the CronJobs of a document; `others` counts what is something else, by its kind."""
    kind = mapping(value).get("kind")
    if kind == "CronJob":
        metadata = mapping(value.get("metadata"))
        name = _scalar(metadata, "name") or _scalar(metadata, "generateName").rstrip("-") or "job"
        yield _Object(value, source, _scalar(metadata, "namespace"), name)
    elif isinstance(kind, str) and kind.endswith("List"):
        for item in items(value.get("items")):
            # In a CronJobList the items need not repeat their kind.
            named = {"kind": kind.removesuffix("List"), **mapping(item)}
            yield from _objects(named, source, others=others)
    elif value is not None:
        others[kind if isinstance(kind, str) and kind else "none said"] += 1


def _scalar(values: dict[Any, Any], key: str) -> str:
    value = values.get(key)
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _kustomized(value: Any, source: Source) -> Iterator[Note]:
    """Yield a note when a document is a kustomization that makes others of the objects it names."""
    said = mapping(value)
    is_one = said.get("kind", "Kustomization") == "Kustomization" and (
        "kind" in said or PurePosixPath(source.name).name in _KUSTOMIZATIONS
    )
    changed = sorted(str(key) for key in said.keys() - _UNCHANGED)
    if is_one and changed:
        text = f"a kustomization changes what it names ({', '.join(changed)}): import what `kubectl kustomize` prints"
        yield Note(text, position=position(source, said))


def _names(found: list[_Object]) -> Iterator[str]:
    """Yield a name for each: with its namespace where another namespace has that name too."""
    spaces: dict[str, set[str]] = {}
    for each in found:
        spaces.setdefault(each.name, set()).add(each.namespace)
    for each in found:
        shared = each.namespace and len(spaces[each.name]) > 1
        yield f"{each.namespace}.{each.name}" if shared else each.name


def _entry(found: _Object, *, zone: Zone, name: str) -> Entry:
    value, source = found.value, found.source
    metadata, spec = mapping(value.get("metadata")), mapping(value.get("spec"))
    template = mapping(spec.get("jobTemplate"))
    job_spec = mapping(template.get("spec"))
    notes: list[Note] = []
    said = Typed(spec, "the CronJob", source, notes)
    expression = said.text("schedule")
    when = _when(expression, said, zone=zone)
    notes.extend(when.notes)
    fields: dict[str, Any] = {**when.fields}
    said_of_it = mapping(metadata.get("annotations"))
    fields |= {key: said_of_it[key] for key in _DESCRIBING if isinstance(said_of_it.get(key), str)}
    labelled = Typed(mapping(metadata.get("labels")), "the labels", source, notes)
    labels = {str(key): labelled.text(key) for key in yaml_documents.plain(labelled.values)}
    if found.namespace:
        labels[NAMESPACE] = found.namespace
    target = _target(job_spec, source, notes=notes)
    if target is not None:
        fields["target"] = target
    if labels:
        fields["labels"] = labels
    fields |= _policies(said, Typed(job_spec, "the job", source, notes))
    notes.extend(_of_metadata(metadata, fields=fields))
    notes.extend(_inner_metadata(template, "the job", labels=labels))
    notes.extend(_inner_metadata(mapping(job_spec.get("template")), "the pod", labels=labels))
    named = f"{found.namespace}/{found.name}" if found.namespace else found.name
    words = f"CronJob {named}, {expression or 'without a schedule'}"
    return Entry(name, position(source, metadata or value), words, fields, tuple(notes), when.timetable)


def _of_metadata(metadata: dict[Any, Any], *, fields: dict[str, Any]) -> Iterator[Note]:
    """Yield what the metadata of a CronJob say beyond `fields`."""
    if "name" not in metadata and metadata.get("generateName"):
        yield Note(f"`generateName: {metadata['generateName']}`: the name that the cluster makes of it is not known")
    yield from _others(metadata, "the metadata")
    kept = {key for key in _DESCRIBING if key in fields}
    yield from _listed("annotation", yaml_documents.plain(mapping(metadata.get("annotations"))).keys() - kept)


def _inner_metadata(template: dict[Any, Any], owner: str, *, labels: dict[str, str]) -> Iterator[Note]:
    """Yield what a template says of the objects that are made of it; labels of the CronJob itself are kept there."""
    metadata = yaml_documents.plain(mapping(template.get("metadata")))
    said = mapping(metadata.get("labels"))
    yield from _listed("label", {key for key in said if labels.get(key) != said[key]}, f" of {owner}")
    yield from _listed("annotation", set(mapping(metadata.get("annotations"))), f" of {owner}")


def _listed(kind: str, keys: set[Any], owner: str = "") -> Iterator[Note]:
    keys = keys - {_OF_KUBECTL}
    if keys:
        said = ", ".join(f"`{key}`" for key in sorted(map(str, keys)))
        yield Note(f"the {kind}{'s' * (len(keys) > 1)} {said}{owner}")


def _when(expression: str, said: Typed, *, zone: Zone) -> cron_entry.When:
    return cron_entry.of_robfig(
        expression, zone, dialect=cron_fields.KUBERNETES, said_zone=said.text("timeZone") or None
    )


def _policies(said: Typed, of_job: Typed) -> dict[str, Any]:
    spec, job_spec, notes = said.values, of_job.values, said.notes
    policy = said.text("concurrencyPolicy") or "Allow"
    fields: dict[str, Any] = {}
    if policy in _POLICIES:
        fields["overlap"] = _POLICIES[policy]
        notes.extend([_FORBIDDEN] * (policy == "Forbid"))
    else:
        said.tell("concurrencyPolicy", f"is {policy!r}, none of {', '.join(_POLICIES)}: Forbid is assumed", lost=True)
    deadline = said.number("startingDeadlineSeconds")
    if deadline is not None:
        fields["misfire"] = {"grace": f"{deadline}s"}
    else:
        text = "without startingDeadlineSeconds the latest missed run starts however late; here `misfire.grace` is 1h"
        notes.append(Note(text, lost=False))
    limit = of_job.number("backoffLimit", _DEFAULT_BACKOFF_LIMIT)
    if limit:
        fields["retries"] = {"max": limit, "backoff": "10s", "max_backoff": "6m", "jitter": False}
    fields |= _times(of_job)
    if said.flag("suspend"):
        fields["paused"] = True
    history = [key for key in _HISTORY if key in {**spec, **job_spec}]
    notes.extend([_KEPT] * bool(history))
    notes.extend(_others(spec, "the CronJob"))
    notes.extend(_others(job_spec, "the job"))
    notes.extend(
        Note(f"{name}: {job_spec[name]}: a job of schedrun is one process")
        for name in ("parallelism", "completions")
        if job_spec.get(name, 1) != 1
    )
    return fields


def _times(of_job: Typed) -> dict[str, Any]:
    """Return how long an attempt may take, which job and pod may both say, and how long its end."""
    pod = Typed(_pod(of_job.values), "the pod", of_job.source, of_job.notes)
    limits = [each.number("activeDeadlineSeconds") for each in (of_job, pod)]
    shortest = min((limit for limit in limits if limit), default=None)
    end = pod.number("terminationGracePeriodSeconds")
    return {
        **({"timeout": f"{shortest}s"} if shortest else {}),
        **({"kill_after": f"{end}s"} if end is not None and shortest else {}),
    }


def _others(spec: dict[Any, Any], owner: str) -> Iterator[Note]:
    """Yield a note for each field that is not carried, unless it says what holds without it."""
    for key, value in spec.items():
        said = value not in ({}, [], None, _DEFAULTS.get(key, "")) and key != yaml_documents.PLACE
        if key not in _HANDLED[owner] and said and mapping(value).keys() != {yaml_documents.PLACE}:
            yield Note(f"`{key}` of {owner}")


def _pod(job_spec: dict[Any, Any]) -> dict[Any, Any]:
    return mapping(mapping(job_spec.get("template")).get("spec"))


def _target(job_spec: dict[Any, Any], source: Source, *, notes: list[Note]) -> dict[str, Any] | None:
    pod = _pod(job_spec)
    containers = [mapping(container) for container in items(pod.get("containers"))]
    if not containers:
        notes.append(Note("it has no container, so there is nothing to run"))
        return None
    container = containers[0]
    notes.extend(Note(f"the container {other.get('name', '')} beside the first") for other in containers[1:])
    notes.extend(_others(pod, "the pod"))
    notes.extend(_others(container, "the container"))
    notes.append(Note(f"the image {container.get('image', '')}: the command runs beside schedrun"))
    said = Typed(container, "the container", source, notes)
    command, args = said.texts("command"), said.texts("args")
    if not command:
        notes.append(Note("it runs the entry point of its image, which only the image knows: write `target`"))
        return None
    words = command + args
    if any(map(_refers, words)):
        notes.append(Note("$(NAME) in a command is replaced by Kubernetes; here it is text"))
    target: dict[str, Any] = {"command": list(map(_expanded, words))}
    env = _env(container, source, notes=notes)
    if env:
        target["env"] = env
    workdir = said.text("workingDir")
    if workdir:
        target["workdir"] = workdir
    return target


def _env(container: dict[Any, Any], source: Source, *, notes: list[Note]) -> dict[str, Any]:
    env: dict[str, Any] = {}
    for variable in map(mapping, items(container.get("env"))):
        name = str(variable.get("name", ""))
        if not name:
            continue
        if "valueFrom" in variable:
            notes.append(Note(f"the variable {name} came from the cluster; give it to schedrun's own environment"))
            env[name] = {"from_env": name}
        else:
            value = Typed(variable, f"the variable {name}", source, notes).text("value")
            if _refers(value):
                notes.append(Note(f"$(NAME) in the variable {name} is replaced by Kubernetes; here it is text"))
            env[name] = _expanded(value)
    return env


def _refers(text: str) -> bool:
    return any(_REFERENCE.fullmatch(found[0]) for found in _EXPANDED.finditer(text))


def _expanded(text: str) -> str:
    """Return the text as a container gets it, references apart: of two dollars one is left."""
    return _EXPANDED.sub(lambda found: "$" if found[0] == "$$" else found[0], text)
