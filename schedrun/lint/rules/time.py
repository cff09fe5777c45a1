"""SR3: zones and clock changes."""

from schedrun.core.diagnostics import Rule, Severity
from schedrun.lint.samples import manifest

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

RULES: tuple[Rule, ...] = (
    Rule(
        "SR301",
        _WARNING,
        "a fire that falls in a gap of the clocks",
        "In spring the clocks skip an hour. A time of day in it fires once right after the gap; a line whose minutes"
        " follow the clock loses its fires.",
        manifest({"schedule": '{cron: "30 2 * 3 *"}', "timezone": "America/New_York"}),
        manifest({"schedule": '{cron: "30 4 * 3 *"}', "timezone": "America/New_York"}),
    ),
    Rule(
        "SR302",
        _WARNING,
        "a fire that falls in an overlap of the clocks",
        "In autumn the clocks show an hour twice. A time of day in it fires at its first showing only; a line whose"
        " minutes follow the clock fires in both.",
        manifest({"schedule": '{cron: "30 1 * 11 *"}', "timezone": "America/New_York"}),
        manifest({"schedule": '{cron: "30 3 * 11 *"}', "timezone": "America/New_York"}),
    ),
    Rule(
        "SR303",
        _WARNING,
        "a crontab expression with no time zone anywhere",
        "It is read in UTC, which is rarely what the author had on the wall. Said once in the defaults, all know.",
        manifest({"timezone": None}),
        manifest({"timezone": "UTC"}),
    ),
    Rule(
        "SR304",
        _ERROR,
        "an unknown time zone",
        "Zones are IANA keys such as Europe/Berlin. A city alone, or an abbreviation, names none.",
        manifest({"timezone": "Europe/Berlim"}),
        manifest({"timezone": "Europe/Berlin"}),
    ),
    Rule(
        "SR305",
        _WARNING,
        "a zone that means something else than it says",
        "`EST` has no daylight saving, and the sign of `Etc/GMT+5` is the opposite of what it seems.",
        manifest({"timezone": "EST"}),
        manifest({"timezone": "America/New_York"}),
    ),
    Rule(
        "SR306",
        _ERROR,
        "an offset that contradicts the zone",
        "An instant says +02:00 where the job's zone has +01:00: one of them is wrong.",
        manifest({"schedule": '{at: "2199-01-01T00:00:00+02:00"}'}),
        manifest({"schedule": '{at: "2199-01-01T00:00:00+01:00"}'}),
    ),
    Rule(
        "SR307",
        _WARNING,
        "a local time that the clocks skip, or show twice",
        "A time that does not exist is an error; of one that comes twice the first showing is meant, which only the"
        " offset makes plain.",
        manifest({"schedule": '{every: 1h, anchor: "2026-10-25T02:30:00"}'}),
        manifest({"schedule": '{every: 1h, anchor: "2026-10-25T02:30:00+02:00"}'}),
    ),
)
