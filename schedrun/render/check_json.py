"""What a look through the state has found, for programs."""

from typing import Any

from schedrun.core.run.checked import Checked, Flaw


def check_view(checked: Checked, *, state: str) -> dict[str, Any]:
    """Return `ok`, the `state`, its `version`, how many jobs, runs and spans it holds, and every flaw."""
    return {
        "ok": not checked.flaws,
        "state": state,
        "version": checked.version,
        "jobs": checked.jobs,
        "runs": checked.runs,
        "spans": checked.spans,
        "flaws": [_flaw(flaw) for flaw in checked.flaws],
    }


def _flaw(flaw: Flaw) -> dict[str, Any]:
    return {"promise": flaw.promise, "job": flaw.job, "run": flaw.run, "message": flaw.message}
