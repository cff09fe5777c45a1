"""SR7: changes. Some show in one tree, the others need a base to compare with: `needs` describes it."""

from schedrun.core.diagnostics import Rule, Severity
from schedrun.lint.samples import cron, manifest

_WARNING, _ERROR = Severity.WARNING, Severity.ERROR
_SILENT: dict[str, str | None] = {"timeout": None}
_BASE = "`schedrun plan --base REF`, where"

RULES: tuple[Rule, ...] = (
    Rule(
        "SR701",
        _ERROR,
        "a change that removes more of a set than the guard lets go at once",
        "A folder that was emptied by mistake looks like a wish to remove its jobs. More than one job and more than a"
        " quarter of a set, or everything that there is, goes on firing until someone confirms the number. The finding"
        " stands where the base has the first such job.",
        manifest({}),
        manifest({}, {}),
        needs=f"{_BASE} the base has `report`, `report-2` and `report-3`",
    ),
    Rule(
        "SR702",
        _WARNING,
        "a new job that does what one that goes did",
        "A new name without `moved_from` is a new job: history, cursor and pauses of the old one stay behind. Alike are"
        " jobs with the same target, schedule and time zone, or the only ones with their target.",
        manifest({}, job_id="daily-report"),
        manifest({"moved_from": "report"}, job_id="daily-report"),
        needs=f"{_BASE} the base calls the job `report`",
    ),
    Rule(
        "SR703",
        _ERROR,
        "a `moved_from` whose old name is still declared, or claimed twice",
        "One row, with its history, cannot go to two jobs. Take the old job away, or the `moved_from`.",
        manifest({}, {"moved_from": "report"}),
        manifest({"moved_from": "nightly-report"}, {}),
    ),
    Rule(
        "SR705",
        _WARNING,
        "a pause without reason or end, or past its end",
        "A pause that says neither why nor until when is forgotten, and the job with it. One that has ended misleads."
        " `schedrun plan --base` tells of those that are new or changed.",
        manifest({"paused": "true"}),
        manifest({"paused": '{reason: "vendor outage", until: "2199-01-01T00:00:00Z"}'}),
    ),
    Rule(
        "SR707",
        _WARNING,
        "a value that is written once and changes three jobs or more",
        "A default, a label of the document or an anchor reaches jobs whose lines the change does not show. When it is"
        " taken away, the finding stands where the base has it.",
        manifest(_SILENT, _SILENT, _SILENT, defaults="{timeout: 15m}"),
        manifest({"timeout": "15m"}, _SILENT, _SILENT, defaults="{timeout: 5m}"),
        needs=f"{_BASE} the base has the default `timeout: 5m`, and no job says another",
    ),
    Rule(
        "SR708",
        _WARNING,
        "an edit that loses or moves a run that is due within a day",
        "Nothing fires for an edit. A run whose new time has passed already when the change is merged never comes, and"
        " one that others wait for comes at another time. Of an interval of seconds, nobody waits for a certain run.",
        cron("0 11 * * *"),
        cron("0 12,18 * * *"),
        needs=f'{_BASE} the base has `cron: "0 12 * * *"`',
    ),
)
