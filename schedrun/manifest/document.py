"""Desired state -> the manifests that say it in full: defaults merged, and what nobody said filled in."""

from collections import defaultdict
from typing import Any

from pydantic import BaseModel

from schedrun.core.ids import set_of
from schedrun.core.plan.desired import Desired
from schedrun.core.spec.job import Job
from schedrun.core.spec.policy import Overlap


def rendered(desired: Desired) -> dict[str, Any]:
    """Return one document a set, by the set's name: JSON values that are good manifests again.

    References to secrets stay references. Fields that are none stay out, and so does `max_instances` beside
    `overlap: allow`, which allows any number.
    """
    jobs: dict[str, dict[str, Any]] = defaultdict(dict)
    for key, job in sorted(desired.jobs.items()):
        job_set = set_of(key)
        if job_set is not None:
            jobs[job_set][key.removeprefix(f"{job_set}/")] = _filled_in(job.spec)
    return {job_set: {"schedrun": "v1", "name": job_set, "jobs": of_set} for job_set, of_set in jobs.items()}


def _filled_in(job: Job) -> dict[str, Any]:
    fields = _without_none(job, job.model_dump(mode="json", by_alias=True))
    if job.overlap is Overlap.ALLOW:
        del fields["max_instances"]
    return fields


def _without_none(model: BaseModel, dumped: dict[str, Any]) -> dict[str, Any]:
    """Return the dump without fields that are None; plain data (`kwargs`, `json`) keeps its nulls."""
    kept: dict[str, Any] = {}
    for name, field in type(model).model_fields.items():
        value, shown = getattr(model, name), dumped[field.alias or name]
        if value is not None:
            kept[field.alias or name] = _without_none(value, shown) if isinstance(value, BaseModel) else shown
    return kept
