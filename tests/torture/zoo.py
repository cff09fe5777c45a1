"""Dozens of jobs, one of every kind at least, and as many drawn at random as are asked for."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from tests.torture.jobs import Job, Limits, Pause, Retries, Work
from tests.torture.timetable import MINUTE, SECOND, Every, Minutes, Once, Timetable

LIMITS = Limits(groups={"pair": 2, "single": 1}, max_running=24)
MS = 1000
FLAW = "tests.torture.worker.Flaw"
EVERYTHING = 10_000


def jobs(rng: Random, *, now: int, extra: int, seconds: int) -> list[Job]:
    """Return the jobs of a torture that begins `now` and takes about so many seconds, `extra` of them random."""
    named = [*_quick(), *_overlaps(), *_retried(), *_grouped(), *_late(), *_bounded(now), *_paused(now), *_leaving()]
    named += _one_time(rng, now=now, seconds=seconds, count=12 + extra // 4)
    named += [_random(rng, number, now=now) for number in range(extra)]
    return [replace(job, version=number) for number, job in enumerate(named, start=1)]


def _quick() -> Iterator[Job]:
    yield Job("quick/loop-4hz", Every(period=250 * MS), work=Work("steady", 5), overlap="allow")
    yield Job("quick/loop-all", Every(period=500 * MS), work=Work("steady", 10), overlap="queue",
              catch_up="all", catch_up_limit=EVERYTHING)  # fmt: skip
    yield Job("quick/thread", Every(), work=Work("blocking", 20), catch_up="all", catch_up_limit=5)
    yield Job("quick/thread-late", Every(), work=Work("blocking", 30, 900, 25), timeout=400 * MS)
    yield Job("quick/shell", Every(), work=Work("sh"), catch_up="all", catch_up_limit=EVERYTHING)
    yield Job("quick/bash", Every(), work=Work())
    yield Job("quick/program", Every(period=2 * SECOND), work=Work("program", 50))
    yield Job("quick/apart", Every(period=3 * SECOND), work=Work("apart", 100, 2000, 30), overlap="replace")


def _overlaps() -> Iterator[Job]:
    long = Work("bash", 200, 1700, 40)
    for overlap in ("forbid", "queue", "replace", "allow"):
        yield Job(f"overlap/{overlap}", Every(), work=long, overlap=overlap)
    for overlap in ("forbid", "queue", "replace"):
        yield Job(f"overlap/{overlap}-two", Every(), work=Work("bash", 900, 2300, 40), overlap=overlap, max_instances=2)
    yield Job(
        "overlap/replace-stubborn", Every(), work=Work("bash", 100, 2500, 40, traits="stubborn"), overlap="replace"
    )
    yield Job("overlap/queue-steady", Every(period=700 * MS), work=Work("steady", 500), overlap="queue",
              catch_up="all", catch_up_limit=4)  # fmt: skip


def _retried() -> Iterator[Job]:
    often = Work("bash", 40, fails=50, code=75)
    yield Job("retried/any", Every(period=2 * SECOND), work=often, retries=Retries(3))
    yield Job("retried/slow", Every(period=5 * SECOND), work=often, retries=Retries(4, 900 * MS, jitter=False))
    yield Job("retried/selected", Every(period=2 * SECOND), work=often, retries=Retries(2, exit_codes=(75,)))
    yield Job("retried/other", Every(period=2 * SECOND), work=often, retries=Retries(2, exit_codes=(76,)))
    yield Job("retried/idempotent", Every(period=2 * SECOND), work=Work("bash", 600, fails=30, code=75),
              retries=Retries(3, exit_codes=(76,), idempotent=True))  # fmt: skip
    yield Job("retried/steady", Every(), work=Work("steady", 30, fails=30), retries=Retries(2), overlap="queue")
    yield Job("retried/raised", Every(period=2 * SECOND), work=Work("steady", 30, fails=50),
              retries=Retries(2, exceptions=(FLAW,)))  # fmt: skip
    yield Job("retried/crashed", Every(period=4 * SECOND), work=Work("apart", 50, 3000, 20, 50, 75), timeout=1500 * MS,
              retries=Retries(3, exit_codes=(75,)))  # fmt: skip
    yield Job("retried/apart", Every(period=5 * SECOND), work=Work("apart", 300, fails=50, code=3),
              retries=Retries(2, exceptions=(FLAW,), idempotent=True))  # fmt: skip
    yield Job("retried/late", Every(period=3 * SECOND), work=Work("bash", 100, 2000, 40), timeout=600 * MS,
              retries=Retries(2, exit_codes=(1,), timeout=True))  # fmt: skip
    yield Job("retried/stubborn", Every(period=3 * SECOND), work=Work("bash", 100, 2500, 40, traits="stubborn"),
              timeout=500 * MS, retries=Retries(1))  # fmt: skip
    yield Job("retried/replaced", Every(), work=Work("bash", 200, fails=60, code=3), retries=Retries(5, 700 * MS),
              overlap="replace")  # fmt: skip


def _grouped() -> Iterator[Job]:
    for number, overlap in enumerate(("forbid", "queue", "replace", "allow")):
        yield Job(f"grouped/pair-{overlap}", Every(period=(3 + number) * SECOND // 2), work=Work("bash", 300, 1200, 20),
                  overlap=overlap, group="pair")  # fmt: skip
    for number in range(3):
        yield Job(f"grouped/single-{number}", Every(period=(2 + number) * SECOND), group="single", catch_up="all",
                  catch_up_limit=3, work=Work("bash", 200, fails=30), retries=Retries(number))  # fmt: skip
    yield Job("grouped/single-steady", Every(period=2 * SECOND), work=Work("steady", 100), group="single")


def _late() -> Iterator[Job]:
    yield Job("late/none", Every(), work=Work("steady", 10), catch_up="none")
    yield Job("late/none-short", Every(), catch_up="none", grace=1500 * MS)
    yield Job("late/latest-short", Every(), grace=1 * SECOND)
    yield Job("late/all-short", Every(period=500 * MS), work=Work("steady", 5), overlap="allow", catch_up="all",
              grace=2 * SECOND, catch_up_limit=3)  # fmt: skip


def _bounded(now: int) -> Iterator[Job]:
    second = now // SECOND * SECOND
    yield Job("bounded/window", Every(start=second + 4 * SECOND, end=second + 20 * SECOND))
    yield Job("bounded/anchor", Every(period=1300 * MS, anchor=second - 777 * MS))
    yield Job("bounded/spread", Every(period=2 * SECOND, spread=1500 * MS), catch_up="all", catch_up_limit=EVERYTHING)
    yield Job("bounded/spread-over", Every(period=1 * SECOND, spread=3 * SECOND), work=Work("steady", 5))
    yield Job("bounded/minutely", Minutes(), catch_up="all")
    soon = tuple((now // MINUTE + 5 * 60 + 30 + ahead) % 60 for ahead in (1, 2, 4, 7))
    yield Job("bounded/kolkata", Minutes(minutes=tuple(sorted(soon)), east=330, zone="Asia/Kolkata", spread=3 * SECOND))


def _paused(now: int) -> Iterator[Job]:
    yield Job("paused/until", Every(), pause=Pause(now + 7 * SECOND + 300 * MS))
    yield Job("paused/all", Every(), pause=Pause(now + 12 * SECOND), catch_up="all", work=Work("steady", 5))
    yield Job("paused/open", Every(), pause=Pause())
    yield Job("paused/spread", Every(spread=800 * MS), pause=Pause(now + 10 * SECOND), work=Work("steady", 5))


def _leaving() -> Iterator[Job]:
    yield Job("leaving/session", Every(period=2 * SECOND), work=Work("bash", 100, traits="leaves"))
    yield Job("leaving/forked", Every(period=3 * SECOND), work=Work("bash", 300, traits="forks"), overlap="queue")
    yield Job("leaving/retried", Every(period=4 * SECOND), work=Work("bash", 100, fails=60, traits="leaves,forks"),
              retries=Retries(3, 100 * MS))  # fmt: skip
    yield Job("leaving/late", Every(period=4 * SECOND), work=Work("bash", 2000, traits="leaves"), timeout=700 * MS,
              overlap="replace")  # fmt: skip


def one_time(rng: Random, name: str, *, at: int) -> Job:
    """Return a job that runs once, in some way."""
    work = rng.choice([Work(), Work("bash", 800), Work("steady", 300), Work("bash", 50, fails=60), Work("sh", 1500)])
    retries = rng.choice([Retries(), Retries(2, 300 * MS), Retries(3, 100 * MS)])
    spread = rng.choice([0, 0, 0, 900 * MS])
    group = rng.choice([None, None, "pair"])
    return Job(f"once/{name}", Once(at=at, spread=spread), work=work, retries=retries, group=group)


def _one_time(rng: Random, *, now: int, seconds: int, count: int) -> Iterator[Job]:
    for number in range(count):
        yield one_time(rng, f"n{number}", at=now + rng.randrange(-1000, seconds * 1000) * MS)


def timetable(rng: Random, *, now: int) -> Timetable:
    """Return a schedule, most of which fire every other second."""
    second = now // SECOND * SECOND
    anchor = rng.choice([0, 0, second - rng.randrange(10_000) * MS])
    spread = rng.choice([0, 0, 0, rng.randrange(1, 2500) * MS])
    end = rng.choice([None] * 5 + [second + rng.randrange(5, 60) * SECOND])
    start = rng.choice([None] * 5 + [second + rng.randrange(0, 10) * SECOND])
    period = rng.choice([500, 1000, 1000, 1500, 2000, 2000, 3000, 4000, 777]) * MS
    return Every(start=start, end=end, spread=spread, period=period, anchor=anchor)


def _random(rng: Random, number: int, *, now: int) -> Job:
    kind = rng.choice(["bash", "bash", "sh", "steady", "steady", "steady", "blocking", "apart"])
    overlap = rng.choice(["forbid", "queue", "replace", "allow"])
    traits = rng.choice(["-"] * 6 + ["leaves", "forks", "stubborn"]) if kind == "bash" else "-"
    work = Work(
        kind,
        milliseconds=rng.choice([10, 50, 200, 700]),
        other=rng.choice([100, 1500, 2500]) if kind != "steady" else 0,
        odds=rng.choice([0, 20, 40]) if kind != "steady" else 0,
        fails=rng.choice([0, 0, 20, 50]),
        code=rng.choice([1, 75]),
        traits=traits,
    )
    codes = () if kind in {"steady", "blocking"} else rng.choice([(), (), (75,), (1, 75)])
    retries = Retries(
        rng.choice([0, 0, 1, 3]),
        rng.choice([100, 400, 1200]) * MS,
        exit_codes=codes,
        timeout=rng.random() < 0.5,
        jitter=rng.random() < 0.5,
        idempotent=rng.random() < 0.3,
    )
    catch_up = rng.choice(["none", "latest", "latest", "all"])
    if catch_up == "all":
        # What a downtime leaves must be done before the next, or the queue grows for ever.
        work, retries = replace(work, milliseconds=20, odds=0, fails=0), Retries()
    return Job(
        f"random-{number % 3}/j{number}",
        timetable(rng, now=now),
        work=work,
        retries=retries,
        overlap=overlap,
        max_instances=1 if overlap == "allow" else rng.choice([1, 1, 2, 3]),
        catch_up=catch_up,
        catch_up_limit=rng.choice([1, 3, 10]),
        grace=rng.choice([1, 3, 3600, 3600]) * SECOND,
        timeout=rng.choice([None, None, 400 * MS, 1200 * MS]),
        group=rng.choice([None, None, None, "pair"]) if kind != "blocking" else None,
        pause=rng.choice([None] * 8 + [Pause(now + rng.randrange(3, 20) * SECOND)]),
    )
