"""Crontabs, and those of supercronic: what their lines become, and what is said of the rest."""

import pytest

from tests.convert.reading import imported, jobs, lost, only


@pytest.mark.parametrize(
    "line",
    ["0000000000017 04 * * 01-05", "17 4 * * 1-5", "*/5 * * * *", "0 0 13 * 5", "0 0 */2 * 1", "@daily",
     "5 4 * jan sun"],
)  # fmt: skip
def test_a_crontab_line_stays_as_it_was_written(line: str) -> None:
    """Debian's numbering and day rule are ours."""
    made = imported("crontab", f"{line} true\n")
    assert (line, True) == (only(made)["schedule"]["cron"], made.complete)


def test_comments_variables_and_shell_of_a_crontab() -> None:
    """Variables hold for the lines below them, and the comment above a line says what it is for."""
    made = imported(
        "crontab",
        'SHELL=/bin/bash\nA = "x y"\n\n# Back up\n# the database\n0 5 * * * /opt/backup.sh --full\n'
        "A=z\n#0 6 * * * retired\n\n0 7 * * * b\n",
    )
    backup, other = jobs(made).values()
    assert ["backup", "b"] == sorted(jobs(made), reverse=True)[:2]
    by_name = {name: job.to_record() for name, job in jobs(made).items()}
    expected = {"shell": "/opt/backup.sh --full", "interpreter": ["/bin/bash", "-c"], "env": {"A": "x y"}}
    assert expected == by_name["backup"]["target"]
    assert "Back up the database" == by_name["backup"]["description"]
    assert {"A": "z"} == by_name["b"]["target"]["env"]
    assert "description" not in by_name["b"]
    assert backup != other


@pytest.mark.parametrize(
    "legend",
    [
        "# m h  dom mon dow   command",
        "# min\thour\tday\tmonth\tweekday\tcommand",
        "# .---- minute (0 - 59)\n# |  .-- hour\n# |  |\n# *  *  *  *  * command to run",
    ],
)
def test_the_template_of_a_crontab_describes_no_job(legend: str) -> None:
    """Nor does what stands above it; what stands below it does."""
    made = imported("crontab", f"# Edit this file to introduce tasks\n# \n{legend}\n# Poll\n0 5 * * * a\n")
    assert "Poll" == only(made)["description"]


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("date +\\%F", "date +%F"),
        ("mail ops%hello%world", "{\nmail ops\n} <<'STDIN'\nhello\nworld\nSTDIN\n"),
        ("mail%a%", "{\nmail\n} <<'STDIN'\na\nSTDIN\n"),
        ("mail%", "mail"),
        ("mail%a\\\\%b\\n", "{\nmail\n} <<'STDIN'\na\\%b\\n\nSTDIN\n"),
        ("echo a\\\\b\\c \\\\\\%", "echo a\\b\\c \\%"),
        ("mail%STDIN", "{\nmail\n} <<'STDIN_'\nSTDIN\nSTDIN_\n"),
        ("a \\\\%b", "{\na \\\n} <<'STDIN'\nb\nSTDIN\n"),
    ],
)
def test_percent_signs(command: str, text: str) -> None:
    """The first bare one begins standard input, a backslash saves one."""
    assert text == only(imported("crontab", f"0 5 * * * {command}\n"))["target"]["shell"]


def test_cron_tz_moves_the_lines_below_it() -> None:
    """As cronie reads it."""
    made = imported("crontab", "0 5 * * * a\nCRON_TZ=Asia/Tokyo\n0 5 * * * b\n")
    assert {"a": "Europe/Berlin", "b": "Asia/Tokyo"} == {name: job.timezone for name, job in jobs(made).items()}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@reboot a\n", "@reboot means the start of the machine"),
        ("MAILTO=ops\n0 5 * * * a\n", "MAILTO=ops: write `on_failure`"),
        ("0 0 32 * * a\n", "no value '32' between 1 and 31"),
        ("0 0 31 2 * a\n", "never fire"),
        ("0 5 * *\n", "reads 5 fields"),
        ("@Daily a\n", "Debian's cron knows no '@Daily'"),
        ("0 5 * * *\n", "there is no command"),
    ],
)
def test_what_a_crontab_says_in_vain(text: str, said: str) -> None:
    """It is named, and the import is not complete."""
    made = imported("crontab", text)
    assert said in lost(made)
    assert said in made.text.replace("\n  # ", " ").replace("\n# ", " ")
    assert not made.complete


def test_a_fault_has_the_column_of_its_field() -> None:
    """Line and column from 1."""
    (proven,) = imported("crontab", "\n  0 0 32 * * a\n").proven
    assert ["file-0:2:7"] == [str(note.position) for note in proven.entry.notes if note.lost]


def test_the_user_of_a_system_crontab_is_named() -> None:
    """schedrun runs every job as one user."""
    made = imported("crontab-system", "17 *\t* * *\troot    cd / && run-parts /etc/cron.hourly\n")
    assert "as user root" in lost(made)
    assert "cd / && run-parts /etc/cron.hourly" == only(made)["target"]["shell"]


def test_what_supercronic_is_told_holds_for_the_whole_file() -> None:
    """Zone, shell and variables, also above the line that says them."""
    made = imported("supercronic", "0 5 * * * a\nCRON_TZ=Asia/Tokyo\nSHELL=/bin/bash\nA=1\n0 5 * * * b\n")
    for job in jobs(made).values():
        record = job.to_record()
        assert "Asia/Tokyo" == record["timezone"]
        assert {"CRON_TZ": "Asia/Tokyo", "A": "1"} == record["target"]["env"]
        assert ["/bin/bash", "-c"] == record["target"]["interpreter"]


def test_cron_starts_commands_in_their_home() -> None:
    """Supercronic does not."""
    text = "HOME=/srv/app\n@daily ./run\n"
    assert "/srv/app" == only(imported("crontab", text))["target"]["workdir"]
    assert "workdir" not in only(imported("supercronic", text))["target"]


def test_an_empty_cron_tz_takes_the_zone_back() -> None:
    """The lines below it are read as if none had been said."""
    made = imported("crontab", "CRON_TZ=Asia/Tokyo\n0 5 * * * a\nCRON_TZ=\n0 5 * * * b\n")
    assert {"a": "Asia/Tokyo", "b": "Europe/Berlin"} == {name: job.timezone for name, job in jobs(made).items()}
    assert made.complete


@pytest.mark.parametrize(
    ("lines", "shell", "whose"),
    [
        ("0 5 * * * a\\\\b\n", "a\\b", "as by Debian's cron"),
        ("CRON_TZ=UTC\n0 5 * * * a\\\\b\n", "a\\\\b", "as by cronie"),
        ("0 5 * * * a\\b\n", "a\\b", ""),
    ],
)
def test_two_backslashes_are_said_to_be_read_in_two_ways(lines: str, shell: str, whose: str) -> None:
    """Where there are some."""
    made = imported("crontab", lines)
    assert shell == only(made)["target"]["shell"]
    assert bool(whose) == any(note.text.endswith(whose) for note in made.proven[0].entry.notes if "backsl" in note.text)


def test_a_zone_of_cronie_has_clocks_of_its_own() -> None:
    """It is read line by line there: nothing makes up for a time that is skipped."""
    (each,) = imported("crontab", "CRON_TZ=Europe/Berlin\n30 2 * * * a\n").proven
    assert each.agreement is not None
    assert [(1, 0), (0, 1)] == [(difference.old, difference.new) for difference in each.agreement.differences]
    assert "cronie looks at the clock of CRON_TZ" in each.agreement.reasons[0]


def test_names_of_variables_are_what_cron_takes_for_one() -> None:
    """Whatever stands before the sign, without blanks or in quotes."""
    made = imported("crontab", "A-B=c\n1.x = y\n'a b'=z\n0 5 * * * a=b\n")
    assert {"A-B": "c", "1.x": "y", "a b": "z"} == only(made)["target"]["env"]


@pytest.mark.parametrize(
    ("foreign", "line", "said"),
    [
        ("crontab", "root\t/bin/a", "say --from crontab-system"),
        ("crontab", "root-check /bin/a", ""),
        ("crontab-system", "/bin/a root", "is no user: for a crontab of a user say --from crontab"),
    ],
)
def test_a_crontab_of_the_other_form_is_noticed(foreign: str, line: str, said: str) -> None:
    """Its commands would be others."""
    noticed = lost(imported(foreign, f"0 5 * * * {line}\n"))
    assert (said in noticed, bool(said)) == (True, bool(noticed))


@pytest.mark.parametrize("between", [" ", "\t", " \t "])
def test_the_command_of_a_system_crontab_begins_after_its_user(between: str) -> None:
    """Whatever stands between the two, and whatever the command holds itself."""
    made = imported("crontab-system", f"25 6 * * *\troot{between}test -x /a || b\tc\n")
    assert "it ran as user root; schedrun runs every job as its own user" == lost(made)
    assert "test -x /a || b\tc" == only(made)["target"]["shell"]


@pytest.mark.usefixtures("_short_proof")
@pytest.mark.parametrize(
    ("line", "schedule"),
    [
        ("*/10 * * * * * * a", {"every": "10s"}),
        ("30 * * * * * * a", {"every": "1m", "anchor": "2020-01-01T00:00:30Z"}),
        ("0 0 1 1 * 2027 a", {"at": "2027-01-01T00:00:00"}),
        ("0 5 * * * 2027-2028 a", {"cron": "0 5 * * *", "start": "2027-01-01T00:00:00", "end": "2029-01-01T00:00:00"}),
        ("0 5 LW * * a", {"cron": "0 5 LW * *"}),
        ("0 5 1 * mon a", {"cron": "0 5 1 * mon"}),
        ("0 5 */10 * mon a", {"cron": "0 5 1,11,21,31 * mon"}),
        ("0 5 * * 05 a", {"cron": "0 5 * * sun"}),
        ("@daily a", {"cron": "@daily"}),
    ],
)
def test_supercronic(line: str, schedule: dict[str, str]) -> None:
    """Seconds become periods, years windows, and one of both day fields is enough."""
    assert schedule == only(imported("supercronic", line + "\n"))["schedule"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0 0 */2 * 1", "`*/2` counts days from 0, and one of both day fields is enough"),
        ("0 0 1,*/10 * *", "`*/10` counts days from 0"),
        ("0 0 13 * */2", "one of both day fields is enough"),
        ("0 0 * * 1-07", "no day of week is 7"),
        ("0 0 13 * 0-6", "`0-6` restricts nothing, so the day of month alone counts"),
        ("0 0 */01 * 1", None),
        ("0 0 */2 * *,1", "`*/2` counts days from 0"),
        ("0 0 1-31/2 * *", None),
        ("*/7 */7 7 7 1-6/7", None),
        ("0 0 13 * 5", None),
        ("@weekly", None),
    ],
)
def test_days_that_busybox_reads_otherwise(line: str, said: str | None) -> None:
    """A remark and no loss: it is asked about Debian's cron."""
    made = imported("crontab", f"{line} true\n")
    noted = [note.text for note in made.proven[0].entry.notes if "busybox" in note.text]
    assert [f"in busybox's crond, as of Alpine, {said}"] * (said is not None) == noted
    assert made.complete


def yacron(schedule: str) -> str:
    return f"jobs:\n- {{name: a, command: a, schedule: '{schedule}', captureStderr: false}}\n"


@pytest.mark.parametrize(
    ("schedule", "cron"),
    [("0 5 1 * mon", "0 5 */31 * mon"), ("0 5 13 * sun,mon", "0 5 13 * */7,mon"), ("0 5 8-14 * mon", "0 5 * * mon#2")],
)
def test_dates_that_must_match_both_fields(schedule: str, cron: str) -> None:
    """As yacron reads them: a field that begins with a star makes a crontab ask for both."""
    assert {"cron": cron} == only(imported("yacron", yacron(schedule)))["schedule"]


def test_a_line_that_is_not_to_be_logged() -> None:
    """As cronie reads it: root's lines may begin with a hyphen."""
    made = imported("crontab", "-30 5 * * * quiet\n- * * * * nothing\n")
    assert ["30 5 * * *"] == [job.to_record()["schedule"]["cron"] for job in jobs(made).values()]
    assert "keeps cronie from logging it; Debian's cron refuses" in made.text.replace("\n  # ", " ")
    assert "Debian's cron cannot read '-'" in lost(made)


def test_working_days_that_no_crontab_can_say() -> None:
    """The reason is theirs."""
    assert "working days but the last (`LW`)" in lost(imported("supercronic", "0 5 15W * * a\n"))


def test_dates_that_no_crontab_can_say_are_comments() -> None:
    """Friday the 13th, where both must match."""
    made = imported("yacron", yacron("0 5 13 * fri"))
    assert {} == jobs(made)
    assert "both a date and a weekday must match" in lost(made)
    assert "  # a:\n" in made.text
