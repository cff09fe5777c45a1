"""SR3: what clock changes and zones do to a schedule."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from schedrun.core.pattern import Pattern
from schedrun.core.schedule import clock_changes, readings
from schedrun.core.schedule.clock_changes import Change
from schedrun.core.schedule.words import listed
from schedrun.core.spec import crontab, instant
from schedrun.core.spec.crontab import Crontab
from schedrun.core.spec.job import Job
from schedrun.core.spec.policy import Pause
from schedrun.core.spec.schedule import CronSchedule
from schedrun.core.spec.zone import zone_of
from schedrun.lint.facts import Facts
from schedrun.lint.found import Found, Path

_CRON = ("schedule", "cron")
_YEAR = timedelta(days=365)
_HOURS = 24
_INSTANTS = ("start", "end", "anchor", "at")
_SIGNED = Pattern(r"(?:Etc/)?GMT(?P<sign>[+-])(?P<hours>\d{1,2})")

_ABBREVIATIONS = {
    "EST": ("America/Panama", "5 hours behind UTC the whole year, without daylight saving", "America/New_York"),
    "MST": ("America/Phoenix", "7 hours behind UTC the whole year, without daylight saving", "America/Denver"),
    "HST": ("Pacific/Honolulu", "the time of Hawaii", None),
    "EST5EDT": ("America/New_York", "the time of New York", None),
    "CST6CDT": ("America/Chicago", "the time of Chicago", None),
    "MST7MDT": ("America/Denver", "the time of Denver", None),
    "PST8PDT": ("America/Los_Angeles", "the time of Los Angeles", None),
    "WET": ("Europe/Lisbon", "the time of Lisbon", None),
    "CET": ("Europe/Brussels", "the time of Brussels, with daylight saving", None),
    "MET": ("Europe/Brussels", "the time of Brussels, with daylight saving", None),
    "EET": ("Europe/Athens", "the time of Athens, with daylight saving", None),
}
"""Zones called by abbreviations: the IANA key that they link to (tzdata 2024b, `backward`), what they mean, and what
may have been meant."""


def check(job: Job, facts: Facts) -> Iterator[Found]:
    """Yield what zones and clock changes do to `job` within a year."""
    schedule, zone = job.schedule, job.timezone
    if isinstance(schedule, CronSchedule):
        if zone is None:
            message = "no time zone is said anywhere, so this crontab expression is read in UTC"
            yield Found(
                "SR303", message, "write `timezone: UTC`, or the zone that is meant, in the job or its defaults"
            )
        else:
            yield from facts.once(of_cron, schedule.cron, zone, *_year_of_fires(job, zone, now=facts.now))
    if zone is not None:
        yield from facts.once(of_zone, zone)
        yield from _ambiguous(job, zone)


def _year_of_fires(job: Job, zone: str, *, now: datetime) -> tuple[datetime, datetime]:
    """Return the 365 days from now, or from a later start of the job on, no further than to its end."""
    schedule = job.schedule
    begin = now if schedule.start is None else max(now, instant.resolve(schedule.start, zone))
    until = begin + _YEAR
    return begin, until if schedule.end is None else min(until, instant.resolve(schedule.end, zone))


def of_cron(text: str, zone: str, after: datetime, until: datetime) -> tuple[Found, ...]:
    """Return what the clock changes between two aware instants do to a crontab expression in a zone."""
    parsed = crontab.parse(text)
    if _follows_each_hour(parsed) or after >= until:
        return ()
    begin, end = (each.astimezone(UTC).replace(tzinfo=None) for each in (after, until))
    changes = clock_changes.between(zone_of(zone), after=begin, until=end)
    met = [change for change in changes if _is_met(change, parsed)]
    gap = [change for change in met if change.jump > timedelta()]
    overlap = [change for change in met if change.jump < timedelta()]
    return (
        *([_in_gap(gap, parsed, zone=zone)] if gap else ()),
        *([_in_overlap(overlap, parsed, zone=zone)] if overlap else ()),
    )


def _follows_each_hour(parsed: Crontab) -> bool:
    """Return whether the line means every real hour: what is skipped no one misses, and twice is as it should be."""
    return not parsed.fixed and len(readings.of(parsed.expression).hours) == _HOURS


def _is_met(change: Change, parsed: Crontab) -> bool:
    first, end = sorted((change.old_reading, change.new_reading))
    return readings.of(parsed.expression).count(start=first, end=end) > 0


def _in_gap(changes: list[Change], parsed: Crontab, *, zone: str) -> Found:
    skipped = _said([(change.old_reading, change.new_reading) for change in changes])
    if not parsed.fixed or any(change.jump >= clock_changes.CALENDAR_JUMP for change in changes):
        what = "the fires in between are lost"
    elif len(ends := {f"{change.new_reading:%H:%M}" for change in changes}) == 1:
        what = f"the fires in between become one at {ends.pop()}"
    else:
        what = "the fires in between become one at the end of each"
    return Found("SR301", f"the clocks of {zone} skip {skipped}: {what}", _hint(changes), _CRON)


def _in_overlap(changes: list[Change], parsed: Crontab, *, zone: str) -> Found:
    twice = _said([(change.new_reading, change.old_reading) for change in changes], " twice")
    what = "only the first showing fires" if parsed.fixed else "both showings fire"
    return Found("SR302", f"the clocks of {zone} show {twice}: {what}", _hint(changes), _CRON)


def _said(spans: list[tuple[datetime, datetime]], how: str = "") -> str:
    """Return the times that clocks skip or repeat, each with the dates on which they do."""
    dates: dict[str, list[str]] = defaultdict(list)
    for first, last in spans:
        dates[f"{first:%H:%M} to {last:%H:%M}"].append(f"{first:%Y-%m-%d}")
    return listed([f"{times}{how} on {listed(days)}" for times, days in dates.items()])


def _hint(changes: list[Change]) -> str:
    spans = [sorted((change.old_reading, change.new_reading)) for change in changes]
    times = dict.fromkeys(f"{first:%H:%M} to {last:%H:%M}" for first, last in spans)
    return f"write a time outside of {listed(list(times))}, or `timezone: UTC`"


def of_zone(zone: str) -> tuple[Found, ...]:
    """Return what is misleading about the key of a zone."""
    signed = _SIGNED.fullmatch(zone)
    if signed is not None and int(signed["hours"]):
        direction = "behind" if signed["sign"] == "+" else "ahead of"
        other = f"Etc/GMT{'-' if signed['sign'] == '+' else '+'}{signed['hours']}"
        message = f"`{zone}` is {int(signed['hours'])} hours {direction} UTC: its sign is the opposite of what it seems"
        hint = f"write the zone of a city, such as Europe/Berlin, or {other} if the other direction is meant"
        return (Found("SR305", message, hint, ("timezone",)),)
    if zone not in _ABBREVIATIONS:
        return ()
    same, meaning, meant = _ABBREVIATIONS[zone]
    other = f", or {meant} if its daylight saving is meant" if meant else ""
    rewrite = (zone, same)
    return (
        Found(
            "SR305", f"`{zone}` means {meaning}", f"write {same} for the same{other}", ("timezone",), rewrite=rewrite
        ),
    )


def _ambiguous(job: Job, zone: str) -> Iterator[Found]:
    texts: dict[Path, str | None] = {("schedule", name): getattr(job.schedule, name, None) for name in _INSTANTS}
    if isinstance(job.paused, Pause):
        texts["paused", "until"] = job.paused.until
    for path, text in texts.items():
        if text is None or (said := instant.read(text)).tzinfo is not None:
            continue
        first = said.replace(tzinfo=zone_of(zone), fold=0)
        if first.utcoffset() == first.replace(fold=1).utcoffset():
            continue
        offset = first.isoformat()[-6:]
        message = f"{text!r} comes twice in {zone}: the first showing is meant, {offset}"
        second = first.replace(fold=1).isoformat()[-6:]
        hint = f'write "{text}{offset}", or {second} for the second'
        yield Found("SR307", message, hint, path, rewrite=(text, f"{text}{offset}"))
