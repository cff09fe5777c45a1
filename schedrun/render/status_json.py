"""What is applied, for programs."""

from collections.abc import Sequence
from typing import Any

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.run.recorded import SyncRecord
from schedrun.render.findings_json import findings_list


def status_view(sync: SyncRecord | None, unreadable: Sequence[Diagnostic] = ()) -> dict[str, Any]:
    """Return `ok`, the applied `revision`, the findings of `broken` files and the `blocked` removals.

    `unreadable` are findings about recorded jobs that cannot run; they count as broken.
    """
    broken, blocked = ((), ()) if sync is None else (sync.broken, sync.blocked)
    return {
        "ok": not degraded(sync, unreadable),
        "revision": None if sync is None else sync.revision_applied,
        "broken": findings_list([*broken, *unreadable]),
        "blocked": [{"job": removal.job, "reason": removal.reason} for removal in blocked],
    }


def whole_status_view(
    sync: SyncRecord | None, unreadable: Sequence[Diagnostic], frames: Sequence[str | None]
) -> dict[str, Any]:
    """Return `status_view` with both revisions, and with each finding's `frame`: its lines, or null.

    `frames` are those of the broken files' findings, then of the unreadable jobs'.
    """
    view = status_view(sync, unreadable)
    for finding, frame in zip(view["broken"], frames, strict=True):
        finding["frame"] = frame
    return {
        **view,
        "applied_revision": view["revision"],
        "attempted_revision": None if sync is None else sync.revision_attempted,
    }


def degraded(sync: SyncRecord | None, unreadable: Sequence[Diagnostic] = ()) -> bool:
    """Return whether the live jobs are not what the manifests say: something is broken, or a removal blocked."""
    return bool(unreadable) or (sync is not None and bool(sync.broken or sync.blocked))
