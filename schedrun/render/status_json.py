"""What is applied, for programs."""

from typing import Any

from schedrun.core.run.recorded import SyncRecord
from schedrun.render.findings_json import findings_list


def status_view(sync: SyncRecord | None) -> dict[str, Any]:
    """Return `ok`, the applied `revision`, the findings of `broken` files and the `blocked` removals."""
    if sync is None:
        return {"ok": True, "revision": None, "broken": [], "blocked": []}
    return {
        "ok": not degraded(sync),
        "revision": sync.revision_applied,
        "broken": findings_list(sync.broken),
        "blocked": [{"job": removal.job, "reason": removal.reason} for removal in sync.blocked],
    }


def degraded(sync: SyncRecord | None) -> bool:
    """Return whether the live jobs are not what the manifests say: a file is broken or a removal blocked."""
    return sync is not None and bool(sync.broken or sync.blocked)
