"""SR2: schedules that fire other than they look."""

from calendar import month_name
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from schedrun.core.diagnostics import Severity
from schedrun.core.schedule import fires, readings
from schedrun.core.schedule.cron import Cron
from schedrun.core.schedule.describe import describe
from schedrun.core.schedule.words import counted, listed
from schedrun.core.spec import crontab, duration
from schedrun.core.spec.crontab import Crontab, uses_weekday_numbers
from schedrun.core.spec.instant import resolve
from schedrun.core.spec.job import Job
from schedrun.core.spec.schedule import CronSchedule, IntervalSchedule, OnceSchedule
from schedrun.core.spec.target import CommandTarget
from schedrun.core.spec.zone import zone_of
from schedrun.lint import gaps, steps, weekdays
from schedrun.lint.facts import Facts
from schedrun.lint.found import Found

_CRON = ("schedule", "cron")
_YEARS = (datetime(2025, 1, 1), datetime(2033, 1, 1))  # noqa: DTZ001  a calendar has no zone
"""Eight years, two of them leap years."""
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SHORTEST_OF_FEBRUARY = 28
_FEW_HOURS = 4
_DAY = timedelta(days=1)


def check(job: Job, facts: Facts) -> Iterator[Found]:
    """Yield what is unwise about when `job` fires."""
    match job.schedule:
        case CronSchedule(cron=text):
            yield from facts.once(of_cron, text, job.timezone)
        case OnceSchedule(at=at):
            yield from _spent(at, job, facts=facts)
        case IntervalSchedule(every=every, anchor=None) if not every % _DAY:
            yield from _whole_days(every, job, facts=facts)
    yield from _window(job, facts)
    yield from _frequent(job, facts)


def of_cron(text: str, zone: str | None) -> tuple[Found, ...]:
    """Return what a crontab expression alone tells; the zone is only named."""
    parsed = crontab.parse(text)
    found = [*steps.check(parsed), *_both_days(parsed, zone), *_weekday_numbers(parsed), *_whole_hour(parsed)]
    rare = _rare(parsed, zone)
    return (*found, *(rare or _late_days(parsed)))


def _rare(parsed: Crontab, zone: str | None) -> list[Found]:
    matching = readings.of(parsed.expression)
    if len(matching.months) == 12 and not _both_bound(parsed):
        return []
    dead = _dead_days(parsed)
    if dead:
        have = "does not have" if len(matching.months) == 1 else "do not have"
        message = f"`{parsed.text}` names {dead}, which {_months(matching.months)} {have}: only the day of week fires"
        return [Found("SR203", message, "take the day of month away (`*`), or mend the month", _CRON)]
    days = matching.count(start=_YEARS[0], end=_YEARS[1]) // (len(matching.hours) * len(matching.minutes))
    if days >= 8:
        return []
    count = f"on {counted(days, 'day')} only" if days else "less than once"
    message = f"`{parsed.text}` fires {count} in eight years: on {_dates(parsed, zone, most=min(max(days, 1), 2))}"
    return [Found("SR203", message, "write `L` for the last day of the month, or mend the day fields", _CRON)]


def _months(months: Iterable[int]) -> str:
    return listed([month_name[month] for month in sorted(months)])


def _dates(parsed: Crontab, zone: str | None, *, most: int) -> str:
    cron = Cron(parsed, zone_of(zone or "UTC"))
    moment, dates = fires.BEGINNING.replace(year=_YEARS[0].year), []
    for _ in range(most):
        following = cron.next_fire(after=moment)
        if following is None:
            break
        dates.append(following.astimezone(cron.zone).date().isoformat())
        moment = following + _DAY
    return " and ".join(dates)


def _both_bound(parsed: Crontab) -> bool:
    return parsed.day != "*" and parsed.day_of_week != "*" and not parsed.either_day


def _dead_days(parsed: Crontab) -> str:
    """Return the days of month, in words, that none of the months has, where a weekday makes up for them."""
    matching = readings.of(parsed.expression)
    if not parsed.either_day or min(matching.days) <= max(_LONGEST[month - 1] for month in matching.months):
        return ""
    return f"day {listed([str(day) for day in sorted(matching.days)])}"


def _late_days(parsed: Crontab) -> Iterator[Found]:
    """Yield a finding for days of month that some of the months do not have."""
    matching = readings.of(parsed.expression)
    said = [int(item.split("-")[0]) for item in parsed.day.split(",") if item[:2].isdigit() and "/" not in item]
    late = [day for day in said if day > _SHORTEST_OF_FEBRUARY]
    if not late:
        return
    short = [month for month in sorted(matching.months) if _LONGEST[month - 1] < max(late)]
    if 2 in matching.months and max(late) == 29:
        missing = "February, but in leap years"
    elif short:
        missing = _months(short)
    else:
        return
    if parsed.either_day:
        then = "then only the day of week fires"
    elif min(matching.days) > _SHORTEST_OF_FEBRUARY:
        then = "nothing fires then"
    else:
        then = "only the other days fire then"
    message = f"day {max(late)} of the month does not come in {missing}: {then}"
    yield Found("SR210", message, "write `L` for the last day of every month, or a day up to 28", _CRON)


def _both_days(parsed: Crontab, zone: str | None) -> Iterator[Found]:
    if parsed.day == "*" or parsed.day_of_week == "*" or _dead_days(parsed):
        return
    job = Job(schedule=CronSchedule(cron=parsed.text), timezone=zone, target=CommandTarget(command=["true"]))
    if parsed.either_day:
        rule, hint = "either of them is enough", "set one of them to `*`, and split what remains into two jobs"
    else:
        rule = "both must match, as one of them starts with `*`"
        hint = "set one of them to `*`; the first Monday of a month is `mon#1`"
    message = f"day of month and day of week are both set, and {rule}: fires {describe(job)}"
    yield Found("SR207", message, hint, _CRON)


def _weekday_numbers(parsed: Crontab) -> Iterator[Found]:
    named = uses_weekday_numbers(parsed.text)
    if named is None:
        return
    rewritten = weekdays.named(parsed)
    if rewritten == parsed.text:
        return
    hint = "write names: other schedulers count from Monday, or from 1"
    if rewritten is None:
        yield Found("SR208", f"day of week is a number: {named}", hint, _CRON)
        return
    hint = f"write `{rewritten}`: other schedulers count from Monday, or from 1"
    yield Found("SR208", f"day of week is a number: {named}", hint, _CRON, rewrite=(parsed.text, rewritten))


def _whole_hour(parsed: Crontab) -> Iterator[Found]:
    hour = parsed.hour
    if parsed.minute != "*" or "*" in hour or "-" in hour or "/" in hour:
        return
    hours = readings.of(parsed.expression).hours
    if len(hours) > _FEW_HOURS:
        return
    times = listed([f"{each:02}:00 to {each:02}:59" for each in hours])
    message = f"`{parsed.text}` fires {60 * len(hours)} times a day: every minute from {times}"
    once = " ".join(("0", *parsed.text.split()[1:]))
    yield Found("SR209", message, f"write `{once}` for once an hour, or `*/1` where every minute is meant", _CRON)


def _spent(at: str, job: Job, *, facts: Facts) -> Iterator[Found]:
    instant = resolve(at, job.timezone)
    if instant <= _settled(job, facts):
        day = instant.astimezone(zone_of(job.timezone or "UTC")).date()
        message = f"this instant has passed: the job has fired or was missed on {day} and fires no more"
        yield Found("SR214", message, "remove the job, or write an instant to come", ("schedule", "at"))


def _whole_days(every: timedelta, job: Job, *, facts: Facts) -> Iterator[Found]:
    """Yield that a period of whole days fires at midnight of UTC, whatever zone the job has."""
    text = duration.text_of(every)
    upcoming = fires.next_fire(fires.of(job, key=""), after=facts.now)
    following = "" if upcoming is None else f", next on {upcoming:%Y-%m-%d}"
    message = f"a period of {text} counts from 1970-01-01: it fires at 00:00 UTC whatever the time zone{following}"
    hint = "write `cron` for a time of day, or the instant to count from as `anchor`, also where this one is meant"
    yield Found("SR218", message, hint, ("schedule", "every"))


def _window(job: Job, facts: Facts) -> Iterator[Found]:
    schedule = job.schedule
    if schedule.end is None:
        return
    path = ("schedule", "end")
    compiled = fires.of(job, key="")
    first = fires.next_fire(compiled, after=fires.BEGINNING)
    if first is None:
        message = "the window is empty: the schedule has no fire in it"
        yield Found("SR216", message, "write a later `end`, or an earlier `start`", path, severity=Severity.ERROR)
    elif fires.next_fire(compiled, after=_settled(job, facts)) is None and not isinstance(schedule, OnceSchedule):
        zone = zone_of(job.timezone or "UTC")
        (last,) = fires.latest(compiled, after=first - fires.TICK, until=compiled.end, limit=1)
        message = f"nothing fires any more: the last fire of the window was on {last.astimezone(zone).date()}"
        yield Found("SR214", message, "remove the job, or write a later `end`", path)


def _settled(job: Job, facts: Facts) -> datetime:
    """Return the newest instant that runs no more, whatever delay the job's spread gives it."""
    return facts.now - (job.schedule.spread or timedelta())


def _frequent(job: Job, facts: Facts) -> Iterator[Found]:
    gap, minimum = gaps.shortest(job.schedule, facts), facts.settings.minimal_interval
    if gap is not None and gap < minimum:
        path = _CRON if isinstance(job.schedule, CronSchedule) else ("schedule", "every")
        message = f"this fires every {duration.text_of(gap)}, more often than every {duration.text_of(minimum)}"
        hint = "write a longer period, or set `minimal-interval` in the settings"
        yield Found("SR217", message, hint, path)
