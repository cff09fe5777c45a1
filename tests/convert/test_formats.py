"""YAML that cannot be read, yacron and Ofelia: what their jobs become, and what is said of the rest."""

import pytest

from tests.convert.reading import imported, jobs, lost, only


@pytest.mark.parametrize("text", ["a: [", "a: &x [*x]\n", "- " * 5000 + "a", "\x07", "kind: ConfigMap\n"])
def test_yaml_that_cannot_be_read_is_a_note_with_a_place(text: str) -> None:
    """Never a traceback."""
    for foreign in ("kubernetes", "yacron", "ofelia"):
        made = imported(foreign, text)
        assert not made.complete
        assert made.notes


def test_yacron() -> None:
    """Fields by name, defaults, retries; its zone is UTC unless it is told otherwise."""
    made = imported(
        "yacron",
        "defaults: {shell: /bin/bash, environment: [{key: A, value: b}]}\n"
        "jobs:\n"
        '- {name: Test 01, command: echo hi, schedule: {minute: "*/5", hour: "3"}, captureStderr: false,\n'
        "   executionTimeout: 90, concurrencyPolicy: Forbid,\n"
        "   onFailure: {retry: {maximumRetries: 3, initialDelay: 1.5, maximumDelay: 30, backoffMultiplier: 2}}}\n",
    )
    assert {
        "schedule": {"cron": "*/5 3 * * *"},
        "timezone": "UTC",
        "target": {"shell": "echo hi", "interpreter": ["/bin/bash", "-c"], "env": {"A": "b"}},
        "timeout": "1m30s",
        "kill_after": "30s",
        "retries": {"max": 3, "backoff": "1s500ms", "max_backoff": "30s", "jitter": False},
    } == only(made)
    assert made.complete


def test_defaults_of_yacron_merge_at_every_depth() -> None:
    """A job that reports its failures keeps the retries of the defaults, and lists go on."""
    made = imported(
        "yacron",
        "defaults:\n  environment: [{key: A, value: a}, {key: B, value: b}]\n"
        "  onFailure: {retry: {maximumRetries: 2, initialDelay: 1, maximumDelay: 9, backoffMultiplier: 2}}\n"
        "jobs:\n- {name: a, command: x, schedule: '@daily', environment: [{key: B, value: c}],\n"
        "   onFailure: {report: {}}}\n",
    )
    job = only(made)
    assert (2, "9s") == (job["retries"]["max"], job["retries"]["max_backoff"])
    assert {"A": "a", "B": "c"} == job["target"]["env"]
    assert "`onFailure.report`: write `on_failure`" in lost(made)


def test_scalars_of_yacron_are_the_texts_that_stand_there() -> None:
    """It types its YAML by its own schema, so neither 010 nor yes is anything else."""
    text = "jobs:\n- {name: a, command: [x, 010, yes, 1.50, null], schedule: '@daily', enabled: no, utc: Off}\n"
    job = only(imported("yacron", text))
    assert ["x", "010", "yes", "1.50", "null"] == job["target"]["command"]
    assert (True, "Europe/Berlin") == (job["paused"], job["timezone"])


def test_what_fails_and_what_runs_without_a_shell_of_its_own() -> None:
    """An empty shell is the usual one; an exit code that yacron ignores is a failure here."""
    text = "jobs:\n- {name: a, command: x, shell: '', schedule: '@daily', failsWhen: {nonzeroReturn: false}}\n"
    made = imported("yacron", text)
    assert ["/bin/sh", "-c"] == only(made)["target"]["interpreter"]
    assert "`failsWhen.nonzeroReturn`" in lost(made)


def test_files_that_yacron_includes() -> None:
    """Their defaults hold below the file's own, and their jobs count once."""
    made = imported(
        "yacron",
        "include: [_i.yaml]\ndefaults: {concurrencyPolicy: Forbid}\n"
        "jobs: [{name: a, command: x, schedule: '@daily'}]\n",
        "defaults: {shell: /bin/bash, concurrencyPolicy: Replace}\njobs: [{name: i, command: y, schedule: '@daily'}]\n",
        names=("d/a.yaml", "d/_i.yaml"),
    )
    found = {name: job.to_record() for name, job in jobs(made).items()}
    assert {"a", "i"} == set(found)
    assert ["/bin/bash", "-c"] == found["a"]["target"]["interpreter"]
    assert ("forbid", "replace") == (found["a"].get("overlap", "forbid"), found["i"]["overlap"])


@pytest.mark.parametrize("name", ["elsewhere.yaml", "a.yaml"])
def test_an_include_that_leads_nowhere_is_named(name: str) -> None:
    """A file that is not there, and the file itself."""
    text = f"include: [{name}]\njobs: [{{name: a, command: x, schedule: '@daily'}}]\n"
    outer = f"include: [a.yaml]\n{text.partition(chr(10))[2]}"
    assert f"`include: {name}`" in lost(imported("yacron", outer, text, names=("b.yaml", "a.yaml")))


@pytest.mark.parametrize("opened", ["[", "{a: ", "- ", "? "])
def test_nesting_is_read_up_to_a_bound(opened: str) -> None:
    """A hostile file costs no minutes."""
    assert "nested too deeply" in lost(imported("kubernetes", opened * 30_000))


def test_aliases_are_read_up_to_a_bound() -> None:
    """Shared parts of compose files and of CronJobs are common; bombs and loops are refused."""
    job = "- {name: a, command: x, schedule: '@daily', environment: *e}\n"
    made = imported("yacron", f"x: &e [{{key: A, value: b}}]\njobs:\n{job}")
    assert {"A": "b"} == only(made)["target"]["env"]
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    assert "its aliases repeat too much" in lost(imported("yacron", f"a0: &a0 [x]\n{levels}"))
    merges = "".join(f"b{n}: &b{n} {{<<: [{', '.join([f'*b{n - 1}'] * 9)}]}}\n" for n in range(1, 9))
    assert "its aliases repeat too much" in lost(imported("kubernetes", f"b0: &b0 {{k: v}}\n{merges}"))
    assert "an alias stands in what it repeats" in lost(imported("ofelia", "a: &a [*a]\n"))


OFELIA = """\
[job-exec "touch it"]
schedule = @hourly
container = app
command = touch \\"/tmp/a b\\"
[job-run "clean"]
schedule = 0 30 4 * * 1-5
image = alpine
command = rm -r /x
volume = /a:/b
volume = /c:/d
no-overlap = true
[job-local "poll"]
schedule = @every 1h30m
command = poll
dir = /srv
"""


def test_ofelia() -> None:
    """INI: each kind of job."""
    made = {name: job.to_record() for name, job in jobs(imported("ofelia", OFELIA)).items()}
    assert ["docker", "exec", "--user", "root", "app", "touch", "/tmp/a b"] == made["touch-it"]["target"]["command"]
    run = [
        "docker",
        "run",
        "--rm",
        "--volume",
        "/a:/b",
        "--volume",
        "/c:/d",
        "--user",
        "root",
        "alpine",
        "rm",
        "-r",
        "/x",
    ]
    assert (run, "30 4 * * mon-fri") == (made["clean"]["target"]["command"], made["clean"]["schedule"]["cron"])
    assert "overlap" not in made["clean"]
    assert {
        "schedule": {"every": "1h30m"},
        "target": {"command": ["poll"], "workdir": "/srv"},
        "overlap": "allow",
    } == made["poll"]


@pytest.mark.parametrize(
    ("setting", "command"),
    [
        (r"command = sh -c \"a b\"; why", ["sh", "-c", "a b"]),
        (r'command = "sh -c \"a; b\"" ; why', ["sh", "-c", "a; b"]),
        ("command = sh -c 'a \"# b; c\"'; why", ["sh", "-c", "a # b; c"]),
        ('command = touch "/tmp/a b"', ["touch", "/tmp/a", "b"]),
        ("command = a \\\n  b", ["a", "b"]),
    ],
)
def test_values_are_those_that_ofelia_reads(setting: str, command: list[str]) -> None:
    """Double quotes shelter comments and go, escapes stay letters, a backslash continues a line."""
    made = imported("ofelia", f'[job-local "a"] ; why\nschedule = @daily\n{setting}\n')
    assert command == only(made)["target"]["command"]


@pytest.mark.parametrize("prefix", ["TZ=", "CRON_TZ="])
def test_zones_before_expressions_of_ofelia(prefix: str) -> None:
    """Its parser takes them, as Kubernetes' once did."""
    made = imported("ofelia", f'[job-local "a"]\nschedule = {prefix}Asia/Tokyo 0 5 * * *\ncommand = a\n')
    assert ("Asia/Tokyo", {"cron": "0 5 * * *"}) == (only(made)["timezone"], only(made)["schedule"])


def test_what_is_no_section_of_ofelia_ends_the_one_before() -> None:
    """Its settings belong to nobody."""
    made = imported("ofelia", OFELIA + "[job-local b]\nschedule = @daily\ncommand = other\n")
    assert "the section [job-local b] is unknown" in lost(made)
    assert ["poll"] == jobs(made)["poll"].to_record()["target"]["command"]


@pytest.mark.parametrize(
    ("settings", "command"),
    [
        ('job-exec "a"]\ncontainer = c\nuser = www\ntty = yes', ["exec", "--tty", "--user", "www", "c", "x"]),
        ('job-run "a"]\nimage = i\ndelete = no', ["run", "--user", "root", "i", "x"]),
        ('job-run "a"]\nimage = i\ncontainer = c', ["start", "--attach", "c"]),
    ],
)
def test_containers_are_started_as_ofelia_does(settings: str, command: list[str]) -> None:
    """As root where no user is said; a container that is named beats an image."""
    made = imported("ofelia", f"[{settings}\nschedule = @daily\ncommand = x\nno-overlap = yes\n")
    assert ["docker", *command] == only(made)["target"]["command"]
    assert "overlap" not in only(made)


@pytest.mark.parametrize(
    "labels",
    [
        '{ofelia.enabled: "true", ofelia.job-exec.date.schedule: "@every 5s", ofelia.job-exec.date.command: uname -a}',
        '["ofelia.job-exec.date.schedule=@every 5s", "ofelia.job-exec.date.command=uname -a"]',
    ],
)
def test_labels_of_ofelia(labels: str) -> None:
    """In compose files, as a mapping or a list: the container is the one that bears them."""
    made = imported("ofelia", f"services:\n  web:\n    labels: {labels}\n")
    assert ["docker", "exec", "--user", "root", "web", "uname", "-a"] == only(made)["target"]["command"]
    assert made.complete


def test_dollars_in_labels_are_those_that_compose_leaves() -> None:
    """Two are one, and one begins a variable, which is named; so are labels that are of no job."""
    labels = 'ofelia.enabled=true", "ofelia.save-folder=/l", "ofelia.job-exec.a.schedule=@daily'
    text = f'services:\n  web:\n    labels: ["{labels}", "ofelia.job-exec.a.command=echo $$HOME ${{X}}"]\n'
    made = imported("ofelia", text)
    assert ["echo", "$HOME", "${X}"] == only(made)["target"]["command"][-3:]
    assert "the variables in `ofelia.job-exec.a.command`" in lost(made)
    assert "the label `ofelia.save-folder`" in lost(made)


def test_lists_in_labels_are_json() -> None:
    """Quotes in them included."""
    labels = "ofelia.job-run.r.schedule: '@daily', ofelia.job-run.r.image: alpine"
    environment = """ofelia.job-run.r.environment: '["A=B", "C=\\"q\\""]'"""
    made = imported("ofelia", f"services:\n  o:\n    labels: {{{labels}, {environment}}}\n")
    command = only(made)["target"]["command"]
    assert ["docker", "run", "--rm", "--env", "A=B", "--env", 'C="q"', "--user", "root", "alpine"] == command


@pytest.mark.parametrize("key", ["schedule", "command"])
def test_an_empty_list_in_a_label_says_nothing(key: str) -> None:
    """As if it were not there."""
    others = {"schedule": "@daily", "command": "x"} | {key: "[]"}
    labels = ", ".join(f"ofelia.job-exec.a.{name}: '{value}'" for name, value in others.items())
    made = imported("ofelia", f"services:\n  web:\n    labels: {{{labels}}}\n")
    assert ("it has no `schedule`" if key == "schedule" else "there is nothing to run") in lost(made)


@pytest.mark.parametrize(("enabled", "paused"), [("'true'", False), ("true", False), ("'false'", True), (None, True)])
def test_a_container_that_ofelia_does_not_look_at_has_paused_jobs(enabled: str | None, paused: bool) -> None:
    """It needs the label that says so."""
    labels = "ofelia.job-exec.a.schedule: '@daily', ofelia.job-exec.a.command: x"
    more = "" if enabled is None else f", ofelia.enabled: {enabled}"
    made = imported("ofelia", f"services:\n  web:\n    labels: {{{labels}{more}}}\n")
    assert paused == only(made).get("paused", False)
