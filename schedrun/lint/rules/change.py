"""SR7: changes, as far as one tree tells."""

from schedrun.core.diagnostics import Rule, Severity
from schedrun.lint.samples import manifest

RULES: tuple[Rule, ...] = (
    Rule(
        "SR705",
        Severity.WARNING,
        "a pause without reason or end, or past its end",
        "A pause that says neither why nor until when is forgotten, and the job with it. One that has ended misleads.",
        manifest({"paused": "true"}),
        manifest({"paused": '{reason: "vendor outage", until: "2199-01-01T00:00:00Z"}'}),
    ),
)
