"""What the code about recorded jobs means (SR009); the store finds it."""

from schedrun.core.diagnostics import Rule, Severity
from schedrun.lint.samples import manifest

RULES = (
    Rule(
        "SR009",
        Severity.ERROR,
        "a recorded job that this version of schedrun cannot read",
        "Another version recorded it, or a person edited the state. It cannot run, while all other jobs go on; the"
        " service says so when it starts, and `schedrun status` until it is mended: by the version that recorded the"
        " job, or by a manifest without what this one does not know. The finding is where the job was declared.",
        manifest({"priority": "high"}),
        manifest({}),
        needs="a state in which a version that knows `priority` has recorded the job",
    ),
)
