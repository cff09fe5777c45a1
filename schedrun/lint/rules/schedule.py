"""SR2: when jobs fire."""

from schedrun.core.diagnostics import Rule, Severity
from schedrun.lint.samples import cron, manifest

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

RULES: tuple[Rule, ...] = (
    Rule(
        "SR201",
        _ERROR,
        "a crontab expression that does not parse",
        "schedrun reads five fields as Debian's cron does, and nicknames such as `@daily`. What other dialects add,"
        " such as seconds, `?` or wrapped ranges, means nothing here; the hint says what to write instead.",
        cron("0 24 * * *"),
        cron("0 0 * * *"),
    ),
    Rule(
        "SR202",
        _ERROR,
        "a schedule that never fires",
        "A date that no calendar has, or an instant outside of `start` and `end`, makes a job that looks alive and"
        " never runs.",
        cron("0 0 31 2 *"),
        cron("0 0 28 2 *"),
    ),
    Rule(
        "SR203",
        _WARNING,
        "a schedule that fires rarely by accident",
        "29 February comes every four years, and a day that its month does not have never: then a day of week beside"
        " it is all that fires.",
        cron("0 0 29 2 *"),
        cron("0 0 1 1 *"),
    ),
    Rule(
        "SR204",
        _WARNING,
        "a step with uneven gaps",
        "A step starts anew with every hour, day, month or year. Where it does not divide it, the last gap is shorter"
        " than the others, so runs may meet there.",
        manifest({"schedule": '{cron: "*/7 * * * *"}', "timeout": "1m"}),
        manifest({"schedule": '{cron: "*/6 * * * *"}', "timeout": "1m"}),
    ),
    Rule(
        "SR205",
        _WARNING,
        "a step beyond its range",
        "`*/60` in the minutes reads like every 60 minutes, and means minute 0 alone: right by accident, and wrong as"
        " soon as it is `*/90`.",
        cron("*/60 12 * * *"),
        cron("0 12 * * *"),
    ),
    Rule(
        "SR207",
        _WARNING,
        "day of month and day of week are both set",
        "As in every cron, either of two day fields is enough, unless one of them starts with `*`: then both must"
        " match. Few readers know that.",
        cron("0 12 13 * fri"),
        cron("0 12 13 * *"),
    ),
    Rule(
        "SR208",
        _WARNING,
        "a day of week written as a number",
        "Here as in cron 0 and 7 are Sunday. Elsewhere 0 is Monday, or 1 is Sunday. A name means the same to everyone.",
        cron("0 12 * * 1"),
        cron("0 12 * * mon"),
    ),
    Rule(
        "SR209",
        _WARNING,
        "every minute of an hour",
        "`* 4 * * *` fires sixty times between 04:00 and 04:59, where mostly `0 4 * * *` was meant.",
        manifest({"schedule": '{cron: "* 4 * * *"}', "timeout": "30s"}),
        manifest({"schedule": '{cron: "0 4 * * *"}', "timeout": "30s"}),
    ),
    Rule(
        "SR210",
        _WARNING,
        "a day of month that some months do not have",
        "On the 31st nothing fires in five months of the year. `L` is the last day of every month.",
        cron("0 12 31 * *"),
        cron("0 12 L * *"),
    ),
    Rule(
        "SR214",
        _WARNING,
        "a one-time job that is spent",
        "An instant in the past fires no more, and neither does a schedule whose window has closed: the job is only"
        " there to be read. For `schedrun plan --base` an instant in the past that is new or changed is an error, since"
        " what it asks for cannot happen.",
        manifest({"schedule": '{at: "2020-01-01T00:00:00Z"}'}),
        manifest({"schedule": '{at: "2199-01-01T00:00:00Z"}'}),
    ),
    Rule(
        "SR216",
        _ERROR,
        "an empty window",
        "`start` is inside the window and `end` outside. A window without a fire makes a job that never runs.",
        manifest({"schedule": '{every: 1h, start: "2199-01-02T00:00:00Z", end: "2199-01-01T00:00:00Z"}'}),
        manifest({"schedule": '{every: 1h, start: "2199-01-01T00:00:00Z", end: "2199-01-02T00:00:00Z"}'}),
    ),
    Rule(
        "SR217",
        _WARNING,
        "a job that fires very often",
        "Each run costs a record and often a process. What must react at once is better a service. The shortest gap"
        " that passes is the setting `minimal-interval`, 10 s by default.",
        manifest({"schedule": "{every: 2s}", "timeout": "1s"}),
        manifest({"schedule": "{every: 10s}", "timeout": "1s"}),
    ),
    Rule(
        "SR218",
        _WARNING,
        "a period of whole days that counts from midnight of UTC",
        "`every` counts elapsed time from 1970-01-01 00:00 UTC, a Thursday. So `every: 1d` fires at 00:00 UTC and not"
        " at midnight of the job's zone, and `every: 1w` on Thursdays. An `anchor` says from where else to count.",
        manifest({"schedule": "{every: 1d}"}),
        manifest({"schedule": '{every: 1d, anchor: "2026-01-01T06:30:00Z"}'}),
    ),
)
