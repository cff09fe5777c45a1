"""SR4: jobs together."""

from schedrun.core.diagnostics import Rule, Severity
from schedrun.lint.samples import manifest

_WARNING = Severity.WARNING


def _at_noon(minute: int) -> dict[str, str | None]:
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
        "Of more jobs than their group lets run at once, some wait when they start in the same minute. The limits are"
        " the setting `groups`, as the service is started with (`--group NAME=N`); without one nothing waits.",
        manifest(_at_noon(0), _at_noon(0)),
        manifest(_at_noon(0), _at_noon(30)),
        needs="`groups = {db = 1}` in the settings",
    ),
    Rule(
        "SR405",
        _WARNING,
        "more runs are planned at once than may run",
        "Were every run to take its whole timeout, runs would have to wait. A job counts with all the runs that"
        " `overlap: allow` or `max_instances` let it have. The limits are the settings `groups` and `max-running`, as"
        " the service is started with. A group whose jobs wait as they start (SR403) is not named again.",
        manifest(_at_noon(0), _at_noon(2)),
        manifest(_at_noon(0), _at_noon(5)),
        needs="`groups = {db = 1}` in the settings",
    ),
)
