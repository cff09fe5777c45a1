"""SR5: limits, retries and late runs."""

from schedrun.core.diagnostics import Rule, Severity
from schedrun.lint.samples import manifest

_WARNING = Severity.WARNING

RULES: tuple[Rule, ...] = (
    Rule(
        "SR501",
        _WARNING,
        "no timeout",
        "A run that hangs stays active for ever, and with `overlap: forbid` every later fire is skipped. Requests"
        " have 30 s by themselves. An error where the settings require `timeout`.",
        manifest({"timeout": None}),
        manifest({"timeout": "10m"}),
    ),
    Rule(
        "SR502",
        _WARNING,
        "a timeout that is not below the shortest gap",
        "A run that takes as long as it may is still active when the next fire comes, which is then skipped or has"
        " to wait.",
        manifest({"schedule": '{cron: "*/5 * * * *"}', "timeout": "5m"}),
        manifest({"schedule": '{cron: "*/5 * * * *"}', "timeout": "4m"}),
    ),
    Rule(
        "SR504",
        _WARNING,
        "retries of a job that is not idempotent",
        "A failed attempt may have done half of its work. `idempotent: true` says that doing it again does no harm.",
        manifest({"retries": "{max: 2}"}),
        manifest({"retries": "{max: 2}", "idempotent": "true"}),
    ),
    Rule(
        "SR505",
        _WARNING,
        "retries that take longer than the gap",
        "All attempts at their time limit and the longest waits between them last beyond the next fire: one bad run"
        " costs the one after it.",
        manifest(
            {"schedule": "{every: 15m}", "retries": "{max: 3, backoff: 1m}", "idempotent": "true", "timeout": "5m"}
        ),
        manifest(
            {"schedule": "{every: 1h}", "retries": "{max: 3, backoff: 1m}", "idempotent": "true", "timeout": "5m"}
        ),
    ),
    Rule(
        "SR506",
        _WARNING,
        "a storm of late runs",
        "`catch_up: all` runs every fire that a downtime held up. More than 20 of one job at once are rarely wanted.",
        manifest({"schedule": "{every: 1m}", "timeout": "30s", "misfire": "{catch_up: all, grace: 2h}"}),
        manifest({"schedule": "{every: 1m}", "timeout": "30s", "misfire": "{catch_up: all, grace: 10m}"}),
    ),
    Rule(
        "SR508",
        _WARNING,
        "no owner",
        "When a job fails at night someone has to know whose it is. An error where the settings require `owner`.",
        manifest({"owner": None}),
        manifest({"owner": "payments-oncall"}),
    ),
    Rule(
        "SR509",
        Severity.ERROR,
        "a field is missing that the settings require",
        "A team can require fields of every job, such as a description or a label.",
        manifest({}),
        manifest({"description": "Send the report"}),
        needs='`required = ["description"]` in the settings',
    ),
)
