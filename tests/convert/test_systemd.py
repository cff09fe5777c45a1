"""Timers and services of systemd: what they become, and what is said of the rest."""

from typing import Any

import pytest

from schedrun.convert.formats import unit_file
from tests.convert.reading import imported, jobs, lost, only

TIMER = "[Unit]\nDescription=Clean up\n[Timer]\n{when}\n"
SERVICE = """\
[Service]
Type=oneshot
Environment=A=1 "B=2 3"
WorkingDirectory=/srv
TimeoutStartSec=1h 30min
ExecStart=/usr/bin/find /tmp -name "x y" \\
  -newer %%a$$b
"""


def timer(when: str, service: str = SERVICE) -> Any:
    return imported("systemd", TIMER.format(when=when), service, names=("d/a.timer", "d/a.service"))


@pytest.mark.parametrize(
    ("said", "count"), [("", 1), ("AccuracySec=1min", 1), ("AccuracySec=1s", 0), ("AccuracySec=2h", 0)]
)
def test_that_systemd_starts_timers_late_is_said_once(said: str, count: int) -> None:
    """For all of them, unless they say a second, or more than the usual minute each."""
    text = TIMER.format(when=f"OnCalendar=daily\n{said}")
    made = imported("systemd", text, text, SERVICE, names=("a.timer", "b.timer", "a.service"))
    assert count == sum("up to a minute late" in note.text for note in made.notes)


def test_a_timer_with_its_service() -> None:
    """Quotes, continued lines, escapes."""
    made = timer("OnCalendar=Mon..Fri 04:17\nRandomizedDelaySec=10m\nPersistent=true")
    assert {
        "description": "Clean up",
        "schedule": {"cron": "17 4 * * mon-fri", "spread": "10m"},
        "timezone": "Europe/Berlin",
        "target": {
            "command": ["/usr/bin/find", "/tmp", "-name", "x y", "-newer", "%a$b"],
            "env": {"A": "1", "B": "2 3"},
            "workdir": "/srv",
        },
        "timeout": "1h30m",
        "misfire": {"grace": "365d"},
    } == only(made)
    assert made.complete


@pytest.mark.usefixtures("_short_proof")
@pytest.mark.parametrize(
    ("when", "schedule"),
    [
        ("OnCalendar=Mon *-*-1..7 10:00", {"cron": "0 10 * * mon#1"}),
        ("OnCalendar=Mon *-*~07/1 10:00 UTC", {"cron": "0 10 * * 1L"}),
        ("OnCalendar=*-*~01", {"cron": "0 0 L * *"}),
        ("OnCalendar=*:*:0/10", {"every": "10s"}),
        ("OnCalendar=2027-03-04 05:06:07", {"at": "2027-03-04T05:06:07"}),
        ("OnCalendar=*-1,7-1 0/6:00", {"cron": "0 */6 1 1,7 *"}),
        ("OnUnitActiveSec=15min\nOnBootSec=1min", {"every": "15m"}),
        ("OnCalendar=daily\nOnCalendar=\nOnCalendar=hourly", {"cron": "0 * * * *"}),
    ],
)
def test_calendars_of_systemd(when: str, schedule: dict[str, str]) -> None:
    """Ranges, steps, days from the end of the month, single instants, periods; an empty one takes all back."""
    assert schedule == only(timer(when))["schedule"]


def test_what_a_timer_says_in_vain() -> None:
    """A start of the machine, a user, a service that is not there."""
    assert "OnBootSec counts from a start" in lost(timer("OnBootSec=5min"))
    assert "User=www-data" in lost(timer("OnCalendar=daily", SERVICE + "User=www-data\n"))
    alone = imported("systemd", TIMER.format(when="OnCalendar=daily"), names=("a.timer",))
    assert "a.service is not among the files" in lost(alone)


def test_a_timer_with_several_calendars_becomes_several_jobs() -> None:
    """With unique ids, and a word on it."""
    made = timer("OnCalendar=daily\nOnCalendar=Mon 10:00")
    assert {"a", "a-2"} == set(jobs(made))
    assert "several jobs" in lost(made)


def test_drop_ins_change_their_unit() -> None:
    """An empty value takes back what the unit says, a later file beats an earlier one."""
    made = imported(
        "systemd", "[Timer]\nOnCalendar=\nOnCalendar=*-*-* 06:00\n", TIMER.format(when="OnCalendar=*-*-* 02:30"),
        "[Timer]\nPersistent=true\n", SERVICE, "[Service]\nEnvironment=C=4\nTimeoutStartSec=2h\n",
        names=("u/a.timer.d/20.conf", "u/a.timer", "u/a.timer.d/10.conf", "u/a.service", "u/a.service.d/x.conf"),
    )  # fmt: skip
    job = only(made)
    assert ({"cron": "0 6 * * *"}, "2h", {"grace": "365d"}) == (job["schedule"], job["timeout"], job["misfire"])
    assert {"A": "1", "B": "2 3", "C": "4"} == job["target"]["env"]
    assert made.complete


def test_an_instance_takes_the_service_of_its_template() -> None:
    """With what stands behind its @."""
    made = imported(
        "systemd", TIMER.format(when="OnCalendar=daily"), "[Service]\nExecStart=/bin/back up %i %p %n 5%%\n",
        names=("db@main.timer", "db@.service"),
    )  # fmt: skip
    assert ["/bin/back", "up", "main", "db", "db@main.service", "5%"] == only(made)["target"]["command"]
    assert made.complete


def test_a_template_without_an_instance_is_no_job() -> None:
    """It never fires; beside its instances it says nothing of its own."""
    timer, service = TIMER.format(when="OnCalendar=daily"), "[Service]\nExecStart=/bin/back up %i\n"
    alone = imported("systemd", timer, service, names=("db@.timer", "db@.service"))
    assert {} == jobs(alone)
    assert "name their files or links, such as db@NAME.timer" in lost(alone)
    assert "%i" not in "".join(line for line in alone.text.split("\n") if not line.startswith("  #"))
    both = imported("systemd", timer, timer, service, names=("db@.timer", "db@main.timer", "db@.service"))
    assert ["db-main"] == list(jobs(both))
    assert both.complete


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("Requires=db.service", True),
        ("Wants=a.service network-online.target", True),
        ("Wants=network-online.target basic.target", False),
        ("After=db.service", False),
    ],
)
def test_units_that_are_started_too_are_named(setting: str, said: bool) -> None:
    """Milestones are none, and an order alone starts nothing."""
    text = f"[Unit]\n{setting}\n{SERVICE}"
    made = imported("systemd", TIMER.format(when="OnCalendar=daily"), text, names=("a.timer", "a.service"))
    assert said == (setting in lost(made))


@pytest.mark.parametrize(("more", "drawn"), [("", True), ("\nFixedRandomDelay=yes", False)])
def test_delays_that_are_drawn_anew_are_remarked(more: str, drawn: bool) -> None:
    """Ours is the same each time."""
    timer = TIMER.format(when=f"OnCalendar=daily\nRandomizedDelaySec=5m{more}")
    made = imported("systemd", timer, SERVICE, names=("a.timer", "a.service"))
    assert drawn == ("draws each delay anew" in made.text)
    assert made.complete


def test_a_link_to_a_timer_is_no_second_timer() -> None:
    """As systemd makes one for each that is enabled."""
    text = TIMER.format(when="OnCalendar=daily")
    names = ("s/a.timer", "s/timers.target.wants/a.timer", "s/a.service")
    assert ["a"] == list(jobs(imported("systemd", text, text, SERVICE, names=names)))


@pytest.mark.parametrize(
    ("service", "timeout"),
    [
        ("Type=oneshot\nTimeoutStartSec=5min", "5m"),
        ("Type=oneshot\nTimeoutSec=5min", "5m"),
        ("Type=oneshot\nRuntimeMaxSec=5min", None),
        ("TimeoutStartSec=5min", None),
        ("Type=exec\nTimeoutStartSec=5min\nRuntimeMaxSec=1h", "1h"),
        ("Type=oneshot\nTimeoutStartSec=infinity", None),
    ],
)
def test_the_time_a_service_may_take(service: str, timeout: str | None) -> None:
    """The start of a oneshot is its run; what others take to start bounds no run."""
    made = timer("OnCalendar=daily", f"[Service]\nExecStart=/bin/a\n{service}\n")
    assert timeout == only(made).get("timeout")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[Service]\nWorkingDirectory=~", "WorkingDirectory=~"),
        ("[Service]\nRemainAfterExit=yes", "RemainAfterExit: there it stays active"),
        ("[Service]\nIOSchedulingClass=idle", "IOSchedulingClass=idle of the service"),
        ("[Service]\nProtectSystem=full", "ProtectSystem=full of the service"),
        ("[Unit]\nConditionACPower=true", "ConditionACPower=true"),
        ("[Unit]\nOnFailure=mail@%n.service", "OnFailure=mail@a.service.service"),
    ],
)
def test_no_setting_of_a_service_is_lost_in_silence(more: str, said: str) -> None:
    """Whatever has an effect there and none here."""
    made = timer("OnCalendar=daily", f"[Service]\nExecStart=/bin/a\n{more}\n")
    assert said in lost(made)
    assert {"command": ["/bin/a"]} == only(made)["target"]


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ("@/bin/sh mysh -c 'a b'", {"command": ["/bin/sh", "-c", "a b"]}),
        ("-/bin/a --x='b c'\"d e\"", {"command": ["/bin/a", "--x=b cd e"]}),
        ("/bin/a x ; -/bin/b y;", {"shell": "/bin/a x\n/bin/b 'y;'"}),
        (r"/bin/find \; ';' ;", {"command": ["/bin/find", ";", ";"]}),
    ],
)
def test_commands_are_those_that_systemd_starts(line: str, target: dict[str, Any]) -> None:
    """A name of its own is no argument, quotes open within words, a bare semicolon stands between commands."""
    assert target == only(timer("OnCalendar=daily", f"[Service]\nExecStart={line}\n"))["target"]


@pytest.mark.parametrize(
    ("when", "more", "said"),
    [
        ("", 'Environment=A="b c" H=%%h:%h', "specifiers such as %h are replaced"),
        ("", "Environment=A=1\nEnvironmentFile=/e", "EnvironmentFile beats Environment there"),
        ("AccuracySec=1h", "", "systemd may start it up to 1h late"),
    ],
)
def test_what_systemd_takes_otherwise_is_said(when: str, more: str, said: str) -> None:
    """Specifiers, which of two variables counts, and how late a timer may be."""
    assert said in timer(f"OnCalendar=daily\n{when}", f"[Service]\nExecStart=/bin/a\n{more}\n").text


def test_a_start_beside_a_period_is_named() -> None:
    """Here nothing runs because the machine started."""
    assert "OnBootSec=15min" in lost(timer("OnBootSec=15min\nOnUnitActiveSec=1d"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (r"a\x20b", "a b"),
        (r"\101\u00e9\U0001f600", "Aé😀"),
        (r"\xc3\xa9", "é"),
        (r"\xc3", "\ufffd"),
        (r"\ud800", "\ufffd"),
        (r"a\qb", "aqb"),
    ],
)
def test_escapes_are_those_of_c(line: str, expected: str) -> None:
    """Bytes make letters of UTF-8."""
    assert [expected] == unit_file.words(line)
