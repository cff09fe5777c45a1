"""How many runs start in one minute: the load that schedules bring, where spreads are taken in and policies are not."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from schedrun.core.plan import forecast
from schedrun.core.plan.forecast import Timeline, Window
from schedrun.core.schedule.cron import Cron
from schedrun.core.schedule.fires import BEGINNING, TICK
from schedrun.core.schedule.interval import Interval

_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_STEPS = 20_000_000
"""How many instants are looked at for a load: some ten seconds of work."""


@dataclass(frozen=True, slots=True)
class Busiest:
    """The minute (aware UTC, its beginning) in which most runs start, the first of several, and how many these are."""

    minute: datetime
    runs: int


class Minutes:
    """How many runs of a window start in each minute that it touches, told job by job."""

    def __init__(self, window: Window) -> None:
        self._begin = (window.after + TICK - _EPOCH) // _MINUTE
        self._counts = [0] * max((window.until - _EPOCH) // _MINUTE - self._begin + 1, 0)
        self._window = window
        self._steps = 0

    @property
    def complete(self) -> bool:
        """Whether all runs are counted: beyond some twenty million no more are."""
        return self._steps <= _MOST_STEPS

    def copy(self) -> "Minutes":
        """Return the same counts, to be told more."""
        other = copy(self)
        other._counts = list(self._counts)
        return other

    def tell(self, lines: Iterable[Timeline]) -> None:
        """Count the runs of some jobs; jobs that start in the same minutes are looked at once."""
        groups: dict[object, list[Timeline]] = defaultdict(list)
        for line in lines:
            groups[self._alike(line)].append(line)
        for line, jobs in ((group[0], len(group)) for group in groups.values()):
            if isinstance(line.fires.rule, Interval) and line.fires.rule.every < _MINUTE:
                self._tell_often(line, jobs)
            else:
                self._tell(line, jobs)

    def busiest(self) -> Busiest | None:
        """Return the busiest minute, None when nothing runs, or too much for all of it to be counted."""
        most = max(self._counts, default=0)
        if not most or not self.complete:
            return None
        return Busiest(self._minute(self._counts.index(most)), most)

    def items(self) -> Iterator[tuple[datetime, int]]:
        """Yield each minute (aware UTC, its beginning), in order, with the number of runs that start in it."""
        return ((self._minute(index), runs) for index, runs in enumerate(self._counts))

    def _minute(self, index: int) -> datetime:
        return _EPOCH + (self._begin + index) * _MINUTE

    def _alike(self, line: Timeline) -> object:
        """Return what is equal for all jobs that start in the same minutes of the window."""
        fires = line.fires
        if not isinstance(fires.rule, Cron) or line.opens != BEGINNING:
            return line
        # A crontab fires at whole minutes, so of its delay only these decide, but where the window cuts a minute.
        minutes, rest = divmod(fires.offset, _MINUTE)
        cut_off = rest <= (self._window.after - _EPOCH) % _MINUTE, rest > (self._window.until - _EPOCH) % _MINUTE
        return replace(line, fires=fires._replace(offset=minutes * _MINUTE)), cut_off

    def _tell(self, line: Timeline, jobs: int) -> None:
        self._steps += forecast.count(line, self._window)
        if not self.complete:
            return
        counts, begin = self._counts, self._begin
        for at in forecast.runs(line, self._window):
            counts[int(at.timestamp()) // 60 - begin] += jobs

    def _tell_often(self, line: Timeline, jobs: int) -> None:
        self._steps += len(self._counts)
        if not self.complete:
            return
        before = 0
        for index in range(len(self._counts)):
            end = min(self._minute(index + 1) - TICK, self._window.until)
            so_far = forecast.count(line, Window(self._window.after, end))
            self._counts[index] += (so_far - before) * jobs
            before = so_far
