"""The names that manifests give: of sets, of jobs, and of jobs as they were called before."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from schedrun.core.ids import JOB_ID_PATTERN, JobKey, job_key
from schedrun.core.spec.base import fault

_NAME = re.compile(JOB_ID_PATTERN)
_OLD_NAME = re.compile(f"(?:{JOB_ID_PATTERN}/)?{JOB_ID_PATTERN}")
NAME_HINT = "write 1 to 63 of a-z, 0-9, `.`, `_` and `-`, and begin with a letter or digit"


def is_name(text: str) -> bool:
    """Return whether `text` can name a set or a job."""
    return _NAME.fullmatch(text) is not None


def _name(text: str) -> str:
    if not is_name(text):
        raise fault("SR106", f"{text!r} is no name", hint=NAME_HINT)
    return text


def _old_name(text: str) -> str:
    if not _OLD_NAME.fullmatch(text):
        hint = "write the id that the job had in this set, or `set/id` if it was in another"
        raise fault("SR106", f"{text!r} names no job", hint=hint)
    return text


Name = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{JOB_ID_PATTERN}$"})]
"""The name of a set, or the id of a job in its set."""

OldName = Annotated[
    str,
    AfterValidator(_old_name),
    WithJsonSchema({"type": "string", "pattern": f"^({JOB_ID_PATTERN}/)?{JOB_ID_PATTERN}$"}),
]
"""What a job was called before: an id in its own set, or `set/id`."""


def old_key(old_name: str, *, job_set: str) -> JobKey:
    """Return the key that `old_name` means in a document of `job_set`."""
    return old_name if "/" in old_name else job_key(job_set, old_name)
