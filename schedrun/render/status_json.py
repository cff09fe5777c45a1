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


def degraded(sync: SyncRecord | None, unreadable: Sequence[Diagnostic] = ()) -> bool:
    """Return whether the live jobs are not what the manifests say: something is broken, or a removal blocked."""
    return bool(unreadable) or (sync is not None and bool(sync.broken or sync.blocked))
