"""SR4: jobs together."""

from schedrun.core.diagnostics import Rule, Severity
from schedrun.lint.samples import manifest

_WARNING = Severity.WARNING


def _every_hour(minute: int) -> dict[str, str | None]:
    return {"schedule": f'{{cron: "{minute} 12 * * *"}}', "group": "db"}


RULES: tuple[Rule, ...] = (
    Rule(
        "SR401",
        _WARNING,
        "many jobs start in one minute",
        "Midnight and the full hour are everybody's choice: then the machine is overloaded for a minute and idle for"
        " the rest. Looked at are the seven days after now, spread included. More than the setting `fleet-threshold`,"
        " by default 50, are many.",
        manifest({}, {}, {}),
        manifest({}, {}, {"schedule": '{cron: "1 12 * * *"}'}),
        needs="`fleet-threshold = 2` in the settings",
    ),
    Rule(
        "SR403",
        _WARNING,
        "jobs of one group start together",
        "A group limits how many of its jobs run at once, so of those that start in the same minute some wait. Where"
        " the setting `groups` says the limit, more jobs than that are told of; where it does not, any two.",
        manifest(_every_hour(0), _every_hour(0)),
        manifest(_every_hour(0), _every_hour(30)),
    ),
    Rule(
        "SR405",
        _WARNING,
        "more runs are planned at once than may run",
        "Were every run to take its whole timeout, runs would have to wait. The limits are the settings `groups` and"
        " `max-running`, as the service is started with.",
        manifest(_every_hour(0), _every_hour(2)),
        manifest(_every_hour(0), _every_hour(5)),
        needs="`groups = {db = 1}` in the settings",
    ),
)
