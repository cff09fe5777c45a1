"""Names and identities: job keys, run ids."""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache

JobKey = str
"""A job's name everywhere outside its own document: `set/job`, or a code job's bare id."""

CODE_SET = "-"
"""What stands for the set of jobs that are declared in code, where a set must have a name."""

JOB_ID_PATTERN = r"[a-z0-9][a-z0-9._-]{0,62}"
"""What the name of a set and the id of a manifest's job look like."""


def job_key(job_set: str, job_id: str) -> str:
    """Return the key `set/job`, a job's name everywhere outside its own document."""
    return f"{job_set}/{job_id}"


def named_key(job_set: str, job_id: str) -> JobKey:
    """Return the key of a job that is named by set and id, where CODE_SET stands for that of code jobs."""
    return job_id if job_set == CODE_SET else job_key(job_set, job_id)


def set_label(key: JobKey) -> str:
    """Return the name of a key's set, CODE_SET for that of code jobs."""
    return set_of(key) or CODE_SET


def set_of(key: str) -> str | None:
    """Return the set part of a key, None for a code job's key (it has no slash)."""
    job_set, slash, _ = key.partition("/")
    return job_set if slash else None


def scheduled_run_id(job_uid: str, fire_time: datetime) -> str:
    """Return the id of the one run that `fire_time` (aware, nominal) of a job may have: the idempotency key."""
    utc = fire_time if fire_time.tzinfo is UTC else fire_time.astimezone(UTC)
    return _digest(f"{job_uid}\n{_text_of(utc)}")


def manual_run_id(request_id: str) -> str:
    """Return the id of the run that a manual request asks for: the same for the same request."""
    return _digest(f"manual\n{request_id}")


def log_name(run_id: str, attempt: int) -> str:
    """Return the name of the file that holds the whole output of an attempt, where the ledger cannot."""
    return f"{run_id}-{attempt}.gz"


@lru_cache(maxsize=256)
def _text_of(utc: datetime) -> str:
    # Remembered because many jobs fire at one instant, and the text costs as much as the digest. UTC only: in other
    # zones the two showings of one reading are equal and are two instants.
    return utc.isoformat()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]
