"""SR9: whom a job tells."""

from schedrun.core.diagnostics import Rule, Severity
from schedrun.lint.samples import manifest

_WARNING = Severity.WARNING

RULES: tuple[Rule, ...] = (
    Rule(
        "SR901",
        _WARNING,
        "Apprise is not installed",
        "Addresses of Apprise need the extra `apprise` where the service runs. Where `validate` runs without it, nobody"
        " knows whether the service has it: install it there as well, or ignore this code there.",
        manifest({"on_failure": '[{apprise: "discord://id/token"}]'}),
        manifest({"on_failure": '[{webhook: "https://ops.example/hook"}]'}),
    ),
    Rule(
        "SR902",
        _WARNING,
        "a recovery that is never told",
        "A recovery is the first success after a failure that was told, so `on_recovery` alone tells nobody.",
        manifest({"on_recovery": "[{email: [oncall@example.com]}]"}),
        manifest({"on_failure": "[{email: [oncall@example.com]}]", "on_recovery": "[{email: [oncall@example.com]}]"}),
    ),
)
