"""What is written for other tools: it says what it cannot hold, and fires the same when it is read again."""

import subprocess
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.convert.exports import periods
from schedrun.convert.exports.exported import Exported
from schedrun.convert.formats.crontab import percent
from schedrun.convert.formats.kubernetes import NAMESPACE
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.schedule import fires
from schedrun.core.spec.job import Job
from schedrun.render import yaml_text
from tests.convert.reading import NOW, declared, imported, jobs

HEAD = "schedrun: v1\nname: s\ndefaults: {timezone: Europe/Berlin}\njobs:\n"


def exported(foreign: str, *lines: str) -> Exported:
    text = HEAD + "".join(f"  {line}\n" for line in lines)
    made: Exported = import_module(f"schedrun.convert.exports.{foreign}").write(declared(text), NOW)
    return made


def job(foreign: str, fields: str) -> Exported:
    return exported(foreign, f"it: {{{fields}}}")


def losses(made: Exported) -> str:
    return "\n".join(loss.text for loss in made.losses)


def instants(spec: Job) -> list[Any]:
    compiled = fires.of(spec, key="it")
    return fires.latest(compiled, after=NOW, until=NOW + timedelta(days=365), limit=100_000)


SCHEDULES = [
    'cron: "17 4 * * mon-fri"', 'cron: "*/5 2 * * *"', 'cron: "0 12 13 * 5"', 'cron: "0 12 */2 * 1"', 'cron: "@weekly"',
    'cron: "0 12 L * *"', 'cron: "0 12 * * 5L"', 'cron: "0 12 15,L * mon#2"', "every: 15m", "every: 1h", "every: 6h",
    "every: 1d", "every: 1w", 'every: 15m, anchor: "2026-01-01T00:07:00Z"', "every: 90m", "every: 30s", "every: 7m",
    'at: "2026-12-01T02:00:00"', 'every: 1w, anchor: "2026-01-02T05:07:00Z"',
]  # fmt: skip


@pytest.mark.parametrize("foreign", ["crontab", "kubernetes", "systemd"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_fires_the_same_when_it_is_read_again(foreign: str, schedule: str) -> None:
    """Or the format cannot hold it, and says so."""
    made = job(foreign, f"schedule: {{{schedule}}}, target: {{command: [x]}}")
    again = jobs(imported(foreign, made.text))
    if not again:
        assert made.losses
        return
    (original,) = declared(HEAD + f"  it: {{schedule: {{{schedule}}}, target: {{command: [x]}}}}\n")
    found = sorted({instant for spec in again.values() for instant in instants(spec)})
    assert instants(original.spec) == found
    assert all("clock changes" in loss.text for loss in made.losses)


@pytest.mark.parametrize(
    ("foreign", "held"),
    [("crontab", 12), ("kubernetes", 11), ("systemd", 17)],
)
def test_how_many_of_the_schedules_each_format_holds(foreign: str, held: int) -> None:
    """So that the test above cannot pass by writing nothing."""
    made = [job(foreign, f"schedule: {{{schedule}}}, target: {{command: [x]}}") for schedule in SCHEDULES]
    assert held == sum(not each.losses for each in made)


WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")), min_size=1, max_size=3)


def _declared(words: list[str]) -> list[DeclaredJob]:
    return _as_declared({"schedule": {"cron": "0 12 * * *"}, "target": {"command": ["x", *words]}})


def _as_declared(spec: dict[str, Any]) -> list[DeclaredJob]:
    return declared(yaml_text.text([{"schedrun": "v1", "name": "s", "jobs": {"it": spec}}]))


@settings(max_examples=60)
@given(words=WORDS)
def test_words_reach_a_command_through_a_crontab(words: list[str]) -> None:
    """Asked of the shell itself; what no crontab holds is named, line breaks at the end of a word too."""
    module = import_module("schedrun.convert.exports.crontab")
    made = module.write(_declared(words), NOW)
    lines = [line for line in made.text.split("\n") if line.startswith("0 12")]
    if not lines:
        assert made.losses
        return
    command, stdin = percent(lines[0].removeprefix("0 12 * * * "))
    shown = command.replace("x ", "printf '%s\\0' ", 1)
    printed = subprocess.run(["/bin/sh", "-c", shown], capture_output=True, check=True).stdout.decode()
    assert stdin is None
    assert lines[0].isprintable()
    assert any(word.endswith("\n") for word in words) == ("line breaks at the end" in losses(made))
    assert [word.rstrip("\n") for word in words] == printed.split("\0")[:-1]


def _shown(line: str) -> str:
    command, _ = percent(line.removeprefix("0 12 * * * "))
    script = command.replace("x ", "printf '%s' ", 1)
    return subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True).stdout.decode()


@pytest.mark.parametrize("word", ["-n\nx", "a\u202eb", "\x1b[31m'", "%d\\\n-"])
def test_what_is_invisible_is_written_out_in_a_crontab(word: str) -> None:
    """It reaches the command as it was; a dash at the beginning is no option of the shell's `printf`."""
    made = import_module("schedrun.convert.exports.crontab").write(_declared([word]), NOW)
    line = made.text.split("\n")[-2]
    assert line.isprintable()
    assert word == _shown(line)


@pytest.mark.parametrize("program", ["A=1", "if", "echo", "-x", "+x"])
@pytest.mark.parametrize("env", [{}, {"B": "2"}])
def test_a_shell_starts_the_program_of_that_name(program: str, env: dict[str, str], tmp_path: Path) -> None:
    """It is no assignment, grammar, command of the shell or option of it; what `env` would take for one is named."""
    path = tmp_path / program
    path.write_text("#!/bin/sh\nprintf '%s' \"$*\"")
    path.chmod(0o755)
    spec = {"schedule": {"cron": "0 12 * * *"}, "target": {"command": [program, "a\\nb"], "env": env}}
    made = import_module("schedrun.convert.exports.crontab").write(_as_declared(spec), NOW)
    line = made.text.split("\n")[-2]
    if program == "A=1" and env:
        assert "what no crontab can hold" in losses(made)
        return
    command, _ = percent(line.removeprefix("0 12 * * * "))
    answer = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, check=True, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}
    )
    assert b"a\\nb" == answer.stdout


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("@x", "/usr/bin/env -- @x"),
        ("-x", "/usr/bin/env -- -x"),
        ("/opt/$x", '/usr/bin/env -- "/opt/$$x"'),
        ("/opt/x", "/opt/x"),
        ("x", "x"),
    ],
)
def test_systemd_starts_the_program_of_that_name(program: str, line: str) -> None:
    """Marks before a name would mean something else."""
    spec = {"schedule": {"cron": "0 12 * * *"}, "target": {"command": [program]}}
    made = import_module("schedrun.convert.exports.systemd").write(_as_declared(spec), NOW)
    assert f"ExecStart={line}" in made.text.split("\n")


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({"description": "a\\"}, ["Description=a\\."] * 2),
        ({"description": "\x1b[31m\u202e 5%\n x"}, ["Description=\\x1b[31m\\u202e 5%% x"] * 2),
        ({"workdir": "/srv/a  b%\\"}, ["WorkingDirectory=/srv/a  b%%\\/"]),
        ({"workdir": "/srv/a\nb"}, []),
        ({"workdir": "/srv/a "}, []),
    ],
)
def test_settings_of_units_end_where_they_end(fields: dict[str, str], lines: list[str]) -> None:
    """A last backslash would take the next line in, a folder knows no quotes, and nothing invisible is shown."""
    workdir = {"workdir": fields["workdir"]} if "workdir" in fields else {}
    spec = {"schedule": {"cron": "0 12 * * *"}, "target": {"command": ["x"], **workdir}}
    made = import_module("schedrun.convert.exports.systemd").write(
        _as_declared({**spec, **({} if workdir else fields)}), NOW
    )
    key = "WorkingDirectory" if workdir else "Description"
    assert lines == [line for line in made.text.split("\n") if line.startswith(key)]
    assert (not lines) == ("its `workdir`" in losses(made))
    assert ["x"] == jobs(imported("systemd", made.text))["s-it"].to_record()["target"]["command"]


def test_the_bytes_of_a_line_are_counted() -> None:
    """Debian's cron refuses the whole file for one that is longer."""
    spec = {"schedule": {"cron": "0 12 * * *"}}
    write = import_module("schedrun.convert.exports.crontab").write
    held, longer = (write(_as_declared({**spec, "target": {"command": ["x", "é" * n]}}), NOW) for n in (497, 498))
    assert ("", True) == (losses(held), "longer than the 998 bytes" in losses(longer))


def test_units_of_two_jobs_never_have_one_name() -> None:
    """A set and an id with dashes may read alike when they are joined."""
    job = 'schedule: {cron: "0 1 * * *"}, target: {command: [x]}'
    both = declared(
        f"schedrun: v1\nname: a\njobs: {{b-c: {{{job}}}}}\n---\nschedrun: v1\nname: a-b\njobs: {{c: {{{job}}}}}\n"
    )
    made = import_module("schedrun.convert.exports.systemd").write(both, NOW)
    assert {"a-b-c", "a-b-c-2"} == {name.removesuffix(".timer") for name in jobs(imported("systemd", made.text))}


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("echo $$", "echo $$$$"),
        ("$$(A)", "$$$$(A)"),
        ("$(date) $HOME", "$$(date) $HOME"),
        ("$é", "$$é"),
        ("$", "$"),
    ],
)
def test_dollars_reach_a_command_through_kubernetes(word: str, written: str) -> None:
    """It makes one dollar of two, and looks for variables in parentheses."""
    spec = {"schedule": {"cron": "0 12 * * *"}, "target": {"command": ["x", word], "env": {"A": word}}}
    given = declared(yaml_text.text([{"schedrun": "v1", "name": "s", "jobs": {"it": spec}}]))
    made = import_module("schedrun.convert.exports.kubernetes").write(given, NOW)
    container = yaml.safe_load(made.text)["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
    assert (["x", written], written) == (container["command"], container["env"][0]["value"])
    (again,) = jobs(imported("kubernetes", made.text)).values()
    assert spec["target"] == {key: again.to_record()["target"][key] for key in ("command", "env")}


@settings(max_examples=60)
@given(words=WORDS, foreign=st.sampled_from(["kubernetes", "systemd"]))
def test_words_come_back_from_kubernetes_and_systemd(words: list[str], foreign: str) -> None:
    """Through their own quoting."""
    made = import_module(f"schedrun.convert.exports.{foreign}").write(_declared(words), NOW)
    (again,) = jobs(imported(foreign, made.text)).values()
    assert ["x", *words] == again.to_record()["target"]["command"]


@pytest.mark.parametrize(
    ("foreign", "fields", "said"),
    [
        ("crontab", "spread: 5m", "`schedule.spread`"),
        ("kubernetes", "spread: 5m", "`schedule.spread`"),
        ("systemd", 'end: "2027-01-01T00:00"', "`schedule.end`"),
    ],
)
def test_names_what_a_schedule_loses(foreign: str, fields: str, said: str) -> None:
    """Spread and windows."""
    made = job(foreign, f'schedule: {{cron: "0 12 * * *", {fields}}}, target: {{command: [x]}}')
    assert said in losses(made)
    assert f"# not held: {said}" in made.text


@pytest.mark.parametrize(
    ("foreign", "fields", "said"),
    [
        ("crontab", "overlap: replace", "`overlap: replace`"),
        ("crontab", "misfire: {grace: 5m}", "`misfire: {grace: 5m}`"),
        ("crontab", "timeout: 5m", "`timeout: 5m`"),
        ("crontab", "retries: {max: 3}", "`retries: {max: 3}`"),
        ("kubernetes", "overlap: queue", "`overlap: queue`"),
        ("kubernetes", "misfire: {catch_up: all}", "`misfire.catch_up`"),
        ("kubernetes", 'labels: {"a/b": c d}', "`labels.a/b`: 'c d' is no label"),
        ("kubernetes", "timeout: 5m, retries: {max: 3}", "all attempts share it"),
        ("kubernetes", "timeout: 1500ms", "`timeout: 1s500ms`: it becomes 2s"),
        ("kubernetes", "misfire: {grace: 5s}", "`misfire.grace: 5s`: it becomes 10s"),
        ("systemd", "overlap: allow", "a timer never starts a service that runs"),
        ("systemd", "retries: {max: 3}", "`retries: {max: 3}`"),
        ("systemd", "paused: true", "do not enable this timer"),
        ("crontab", 'on_failure: [{webhook: "https://x.example/secret"}]', "`on_failure`"),
        ("systemd", 'monitor: {url: "https://x.example/secret"}', "`monitor`"),
        ("kubernetes", "expect: [{at_most: 1, per: day}]", "`expect`"),
    ],
)
def test_names_what_a_job_loses(foreign: str, fields: str, said: str) -> None:
    """Every policy that the tool has not, and no address."""
    lost = losses(job(foreign, f'schedule: {{cron: "0 12 * * *"}}, target: {{command: [x]}}, {fields}'))
    assert said in lost
    assert "secret" not in lost


@pytest.mark.parametrize(
    ("foreign", "target", "said"),
    [
        ("crontab", "command: [x], workdir: here", "`workdir: here` counts from `--app-dir`"),
        ("systemd", "command: [./x]", "its program './x' counts from the working folder"),
        ("systemd", 'command: [x], env: {"A B": c}', "the variable 'A B': systemd takes no such name"),
        ("systemd", 'command: ["@a=b"]', "the name of its program"),
    ],
)
def test_names_what_a_target_loses(foreign: str, target: str, said: str) -> None:
    """What is relative here, and names that others do not take."""
    assert said in losses(job(foreign, f'schedule: {{cron: "0 12 * * *"}}, target: {{{target}}}'))


@pytest.mark.parametrize(
    ("fields", "line"),
    [("timeout: 1234567s", "TimeoutStartSec=14d6h56m7s"), ("timeout: 1h1ms", "TimeoutStartSec=1h1ms")],
)
def test_long_times_are_written_in_units(fields: str, line: str) -> None:
    """Neither rounded nor as a power of ten."""
    made = job("systemd", f'schedule: {{cron: "0 12 * * *"}}, target: {{command: [x]}}, {fields}')
    assert line in made.text.split("\n")


@pytest.mark.parametrize("foreign", ["crontab", "kubernetes", "systemd"])
def test_owner_and_labels_are_kept(foreign: str) -> None:
    """Where a format has no place for them they are comments."""
    fields = 'owner: ops, labels: {tier: gold, "app.example/part": x}'
    text = job(foreign, f'schedule: {{cron: "0 12 * * *"}}, target: {{command: [x]}}, {fields}').text
    assert all(said in text for said in ("owner: ops", "tier: gold", "app.example/part: x"))


def test_a_job_that_is_called_like_a_unit_begins_none() -> None:
    """Its name is a comment above the units."""
    (declaration,) = declared(
        'schedrun: v1\nname: a\njobs:\n  b.timer: {schedule: {cron: "0 1 * * *"}, target: {command: [x]}}\n'
    )
    made = import_module("schedrun.convert.exports.systemd").write([declaration], NOW)
    assert ["a-b.timer"] == list(jobs(imported("systemd", made.text)))


@pytest.mark.parametrize("foreign", ["crontab", "kubernetes", "systemd"])
@pytest.mark.parametrize(
    ("target", "said"),
    [
        ('python: "a:b", kwargs: {c: 1}, args: [1]', "a python target is no command"),
        ('http: {url: "https://x.example"}', "an http target is no command"),
    ],
)
def test_targets_that_are_no_commands_are_left_out(foreign: str, target: str, said: str) -> None:
    """And named."""
    made = job(foreign, f'schedule: {{cron: "0 12 * * *"}}, target: {{{target}}}')
    assert said == losses(made)
    assert {} == jobs(imported(foreign, made.text))


@pytest.mark.parametrize("foreign", ["crontab", "kubernetes", "systemd"])
@pytest.mark.parametrize("cron", ["30 2 * * *", "0 12 * * *"])
def test_clock_changes_are_said_of_exports_too(foreign: str, cron: str) -> None:
    """Half past two in Berlin is another time for cronie, Kubernetes and systemd when clocks change; noon is not."""
    made = job(foreign, f'schedule: {{cron: "{cron}"}}, target: {{command: [x]}}')
    assert (cron == "30 2 * * *") == ("clock changes" in losses(made))


def test_steps_of_a_crontab_get_an_end() -> None:
    """No cron of Debian reads those that have none."""
    made = job("crontab", 'schedule: {cron: "5/15,7 2-20/3,3/9 */2,1/5 jan/2 tue/2"}, target: {command: [x]}')
    assert "5-59/15,7 2-20/3,3-23/9 */2,1-31/5 jan-12/2 tue-7/2 x" == made.text.split("\n")[-2]


def test_namespaces_come_back_from_kubernetes() -> None:
    """With the names of before, which are unique in each; what can be none is a label that is none."""
    lines = [
        f'{name}: {{schedule: {{every: 1h}}, target: {{command: [x]}}, labels: {{{NAMESPACE}: "{space}"}}}}'
        for name, space in [("shop.a", "shop"), ("blog.a", "blog"), ("a", "blog"), ("b", "No space")]
    ]
    made = exported("kubernetes", *lines)
    objects = [each["metadata"] for each in yaml.safe_load_all(made.text)]
    found = [(each["name"], each.get("namespace")) for each in objects]
    assert [("a", "blog"), ("b", None), ("a-2", "blog"), ("a", "shop")] == found
    assert [{"app.kubernetes.io/part-of"}] * 4 == [each["labels"].keys() for each in objects]
    assert f"`labels.{NAMESPACE}`: 'No space' is no label" in losses(made)


def test_policies_that_kubernetes_has() -> None:
    """They come back as they were."""
    fields = "overlap: replace, timeout: 90s, paused: true, retries: {max: 2}, misfire: {grace: 5m}"
    made = job("kubernetes", f'schedule: {{cron: "0 12 * * *"}}, target: {{command: [x]}}, {fields}')
    (again,) = jobs(imported("kubernetes", made.text)).values()
    record = again.to_record()
    assert ("replace", "1m30s", True, 2, {"grace": "5m"}) == (
        *(record["overlap"], record["timeout"], record["paused"], record["retries"]["max"]), record["misfire"],
    )  # fmt: skip


@settings(max_examples=100)
@given(minutes=st.integers(1, 20_160), offset=st.integers(0, 20_160))
def test_periods_become_fields_that_draw_their_grid_or_none(minutes: int, offset: int) -> None:
    """Never fields that draw another."""
    anchor = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=offset)
    drawn = periods.fields(timedelta(minutes=minutes), anchor)
    if drawn is not None:
        grid = {"every": f"{minutes}m", "anchor": anchor.isoformat()}
        every, cron = (
            Job.model_validate({"schedule": s, "target": {"command": ["x"]}}) for s in (grid, {"cron": drawn})
        )
        assert instants(every)[:2000] == instants(cron)[:2000]
