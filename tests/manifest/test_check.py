"""Fields of documents, defaults and jobs: what is wrong, where, and what to write instead."""

from datetime import timedelta

import pytest

from tests.manifest.findings import GOOD, HEAD, finding, findings, jobs, one_job, places

SCHEDULE = "schedule: {cron: '0 2 * * *'}"
TARGET = "target: {command: [ls]}"
COMMAND, HTTP = "target: {command: [a]", "target: {http: {url: 'http://x'"
RETRIED = "retries: {max: 1, when:"


def test_a_good_manifest_gives_its_jobs() -> None:
    """Defaults and labels are merged below each job."""
    text = f"{HEAD}labels: {{a: b}}\ndefaults: {{timeout: 1m}}\nx-any: [1]\njobs: {{i: {GOOD}, j: {GOOD}}}\n"
    read = jobs(text)
    assert ["s/i", "s/j"] == list(read)
    assert {"a": "b"} == read["s/i"].labels
    assert timedelta(minutes=1) == read["s/j"].timeout


def test_several_documents_add_to_one_set() -> None:
    """Defaults belong to their document only."""
    text = f"{HEAD}defaults: {{timeout: 1m}}\njobs: {{i: {GOOD}}}\n---\n{HEAD}jobs: {{j: {GOOD}}}\n"
    read = jobs(text)
    assert (False, True) == (read["s/i"].timeout is None, read["s/j"].timeout is None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a: 1\n", ["1:1 SR103"], id="foreign-mapping"),
        pytest.param("- 1\n", ["1:1 SR103"], id="list"),
        pytest.param("text\n", ["1:1 SR103"], id="scalar"),
        pytest.param("name: s\njobs: {}\n", ["1:1 SR103"], id="no-version"),
        pytest.param("schedrun: v1\njobs: {}\n", ["1:1 SR103"], id="no-name"),
        pytest.param("schedrun: v1\nname: s\n", ["1:1 SR103"], id="no-jobs"),
        pytest.param("schedrun: v2\nname: s\njobs: {}\n", ["1:11 SR102"], id="other-version"),
        pytest.param("schedrun: v1\nname: Team A\njobs: {}\n", ["2:7 SR106"], id="bad-name"),
        pytest.param("schedrun: v1\nname: 5\njobs: {}\n", ["2:7 SR102"], id="name-is-a-number"),
        pytest.param(f"{HEAD}jobs:\n", ["3:1 SR102"], id="jobs-null"),
        pytest.param(f"{HEAD}jobs: [a]\n", ["3:1 SR102"], id="jobs-list"),
        pytest.param(f"{HEAD}job: {{}}\njobs: {{}}\n", ["3:1 SR101"], id="unknown-key"),
        pytest.param(f"{HEAD}jobs: {{A: {GOOD}}}\n", ["3:8 SR106"], id="bad-id"),
        pytest.param(f"{HEAD}jobs: {{5: {GOOD}}}\n", ["3:8 SR102"], id="id-is-a-number"),
        pytest.param(f"{HEAD}jobs: {{a: null}}\n", ["3:8 SR103", "3:8 SR103"], id="empty-job"),
        pytest.param(f"{HEAD}jobs: {{a: [x]}}\n", ["3:11 SR102"], id="job-is-a-list"),
        pytest.param(
            f"{HEAD}jobs: {{a: {GOOD}}}\n---\n{HEAD}jobs: {{a: {GOOD}}}\n", ["7:8 SR105"], id="declared-twice"
        ),
    ],
)
def test_documents(text: str, expected: list[str]) -> None:
    """What a document lacks or has too much."""
    assert expected == places(findings(text))


def test_an_empty_set_is_good() -> None:
    """A set may lose its last job."""
    assert {} == jobs(f"{HEAD}jobs: {{}}\n")


def test_a_document_without_version_says_what_to_do_with_the_file() -> None:
    """It may be no manifest at all."""
    assert "move it out of here" in (finding("kind: Deployment\nspec: {}\n").hint or "")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(f"{TARGET}", "3:8 SR103", id="no-schedule"),
        pytest.param(f"{SCHEDULE}", "3:8 SR103", id="no-target"),
        pytest.param(f"{SCHEDULE}, target: {{http: {{}}}}", "3:52 SR103", id="no-url"),
        pytest.param(f"timout: 1m, {SCHEDULE}, {TARGET}", "3:12 SR101", id="unknown-field"),
        pytest.param(f"timeout: 90, {SCHEDULE}, {TARGET}", "3:21 SR102", id="duration-without-unit"),
        pytest.param(f"max_instances: '5', {SCHEDULE}, {TARGET}", "3:27 SR102", id="text-for-a-number"),
        pytest.param(f"max_instances: 0, {SCHEDULE}, {TARGET}", "3:27 SR102", id="too-small"),
        pytest.param(f"max_instances: 1.0, {SCHEDULE}, {TARGET}", "3:27 SR102", id="fraction"),
        pytest.param(f"owner: 5, {SCHEDULE}, {TARGET}", "3:19 SR102", id="number-for-text"),
        pytest.param(f"{SCHEDULE}, {TARGET}, {RETRIED} {{}}}}", "3:92 SR102", id="retries-of-nothing"),
        pytest.param(f"{SCHEDULE}, {TARGET}, {RETRIED} {{statuses: [503]}}}}", "3:103 SR102", id="statuses-of-none"),
        pytest.param(f"{SCHEDULE}, {TARGET}, {RETRIED} {{exit_codes: [1, 0]}}}}", "3:109 SR102", id="success-retried"),
        pytest.param(f"{SCHEDULE}, {TARGET}, {RETRIED} {{exit_code: [1]}}}}", "3:93 SR101", id="misspelt-selector"),
        pytest.param(f"overlap: allways, {SCHEDULE}, {TARGET}", "3:21 SR102", id="unknown-choice"),
        pytest.param(f"overlap: allow, max_instances: 2, {SCHEDULE}, {TARGET}", "3:43 SR104", id="allow-with-number"),
        pytest.param(f"labels: {{a: 1}}, {SCHEDULE}, {TARGET}", "3:24 SR102", id="label-is-a-number"),
        pytest.param(f"timezone: Europe/Berlni, {SCHEDULE}, {TARGET}", "3:22 SR304", id="unknown-zone"),
        pytest.param(f"moved_from: Old Name, {SCHEDULE}, {TARGET}", "3:24 SR106", id="bad-old-name"),
        pytest.param(f"paused: 1, {SCHEDULE}, {TARGET}", "3:20 SR102", id="paused-is-a-number"),
        pytest.param(f"paused: {{until: soon}}, {SCHEDULE}, {TARGET}", "3:28 SR102", id="paused-until-soon"),
        pytest.param(f"paused: {{reson: x}}, {SCHEDULE}, {TARGET}", "3:21 SR101", id="paused-for-a-reson"),
        pytest.param(f"schedule: {{cron: 61 * * * *}}, {TARGET}", "3:29 SR201", id="bad-cron"),
        pytest.param(f"schedule: {{cron: 0 0 31 2 *}}, {TARGET}", "3:29 SR202", id="never"),
        pytest.param(f"schedule: {{cron: 0 2 * * *, every: 1m}}, {TARGET}", "3:40 SR104", id="two-schedules"),
        pytest.param(f"schedule: {{start: 2026-01-01T00:00:00Z}}, {TARGET}", "3:12 SR104", id="no-kind-of-schedule"),
        pytest.param(f"schedule: 0 2 * * *, {TARGET}", "3:22 SR102", id="schedule-is-text"),
        pytest.param(
            f"schedule: {{cron: 0 2 * * *, anchor: 2026-01-01T00:00:00Z}}, {TARGET}", "3:40 SR101", id="anchor"
        ),
        pytest.param(f"schedule: {{at: 2026-01-01T00:00:00}}, {TARGET}", "3:27 SR102", id="no-zone-for-a-local-time"),
        pytest.param(f"{SCHEDULE}, target: {{command: ls}}", "3:61 SR102", id="command-is-text"),
        pytest.param(f"{SCHEDULE}, target: {{command: []}}", "3:61 SR102", id="empty-command"),
        pytest.param(f"{SCHEDULE}, target: {{command: [1]}}", "3:62 SR102", id="number-in-a-command"),
        pytest.param(f"{SCHEDULE}, target: {{command: [ls], shell: ls}}", "3:67 SR104", id="two-targets"),
        pytest.param(f"{SCHEDULE}, target: {{command: [ls], env: {{P: 80}}}}", "3:76 SR102", id="number-in-env"),
        pytest.param(
            f"{SCHEDULE}, target: {{command: [ls], env: {{P: {{from_evn: X}}}}}}", "3:73 SR104", id="bad-secret"
        ),
        pytest.param(f"{SCHEDULE}, target: {{command: [ls], env: {{'': x}}}}", "3:73 SR102", id="empty-name"),
        pytest.param(f"{SCHEDULE}, target: {{python: tasks.close}}", "3:60 SR601", id="no-function"),
        pytest.param(f"{SCHEDULE}, target: {{http: {{url: 'http://u', method: post}}}}", "3:84 SR102", id="method"),
        pytest.param(f"{SCHEDULE}, target: {{http: {{url: 'http://u'}}, env: {{}}}}", "3:77 SR101", id="env-of-http"),
        pytest.param(
            f"{SCHEDULE}, target: {{http: {{url: 'http://u', body: b, json: 1}}}}", "3:91 SR104", id="two-bodies"
        ),
        pytest.param(f"{SCHEDULE}, target: {{http: {{url: 'ftp://u'}}}}", "3:64 SR102", id="ftp"),
        pytest.param(f"{SCHEDULE}, target: {{http: {{url: 'https://${{HOST}}/'}}}}", "3:64 SR102", id="placeholder"),
        pytest.param(f"{SCHEDULE}, {HTTP}, headers: {{'A B': c}}}}}}", "3:86 SR102", id="header-name"),
        pytest.param(f'{SCHEDULE}, {HTTP}, headers: {{A: "c\\n"}}}}}}', "3:89 SR102", id="header-of-two-lines"),
        pytest.param(f"{SCHEDULE}, {HTTP}, headers: {{A: ' c'}}}}}}", "3:89 SR102", id="header-begins-blank"),
        pytest.param(f"{SCHEDULE}, {HTTP}, json: {{a: [{{from_file: b}}]}}}}}}", "3:99 SR102", id="file-in-json"),
        pytest.param(f"{SCHEDULE}, {HTTP}, json: {{from_env: SCHEDRUN_A}}}}}}", "3:93 SR102", id="variable-in-json"),
        pytest.param(f'{SCHEDULE}, target: {{command: [a, "\\0"]}}', "3:65 SR102", id="nul-in-an-argument"),
        pytest.param(f"{SCHEDULE}, target: {{command: ['', a]}}", "3:62 SR102", id="no-program"),
        pytest.param(f"{SCHEDULE}, target: {{shell: a, interpreter: ['']}}", "3:76 SR102", id="no-interpreter"),
        pytest.param(f'{SCHEDULE}, target: {{shell: "a\\0"}}', "3:59 SR102", id="nul-in-a-script"),
        pytest.param(f'{SCHEDULE}, {COMMAND}, workdir: "a\\0"}}', "3:75 SR102", id="nul-in-a-folder"),
        pytest.param(f"{SCHEDULE}, {COMMAND}, env: {{A=B: c}}}}", "3:72 SR102", id="assignment-for-a-name"),
        pytest.param(f'{SCHEDULE}, {COMMAND}, env: {{A: "\\0"}}}}', "3:75 SR102", id="nul-in-a-variable"),
        pytest.param(f"{SCHEDULE}, {COMMAND}, env: {{A: {{from_env: SCHEDRUN_A}}}}}}", "3:86 SR102", id="own-setting"),
        pytest.param(f"{SCHEDULE}, {COMMAND}, env: {{A: {{from_env: A=B}}}}}}", "3:86 SR102", id="no-variable"),
        pytest.param(f"{SCHEDULE}, {COMMAND}, env: {{A: {{from_file: b}}}}}}", "3:87 SR102", id="relative-secret"),
    ],
)
def test_jobs(fields: str, expected: str) -> None:
    """An unknown key at the key, a wrong value at the value, a missing field at the job's id."""
    assert [expected] == places(findings(one_job(fields)))


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        (f"timout: 1m, {SCHEDULE}, {TARGET}", "did you mean `timeout`?"),
        (f"max-instances: 1, {SCHEDULE}, {TARGET}", "did you mean `max_instances`?"),
        (f"spread: 1m, {SCHEDULE}, {TARGET}", "`spread` belongs under `schedule`"),
        (f"env: {{}}, {SCHEDULE}, {TARGET}", "`env` belongs under `target`"),
        (f"defaults: {{}}, {SCHEDULE}, {TARGET}", "`defaults` belongs to the document, above `jobs`"),
        (f"schedule: {{cron: 0 2 * * *, timezone: UTC}}, {TARGET}", "`timezone` belongs directly under the job"),
        (f"schedule: {{cron: 0 2 * * *, anchor: 2026-01-01T00:00:00Z}}, {TARGET}", "`anchor` goes with `every`"),
        (f"{SCHEDULE}, target: {{http: {{url: 'http://u'}}, workdir: x}}", "`workdir` goes with `command` or `shell`"),
        (f"{SCHEDULE}, target: {{comand: [ls]}}", "did you mean `command`?"),
        (f"{SCHEDULE}, {TARGET}, retries: 3", "write `retries: {max: 3}`"),
        (f"overlap: alow, {SCHEDULE}, {TARGET}", "did you mean `allow`?"),
        (f"{SCHEDULE}, target: {{http: {{url: 'http://u', method: get}}}}", "did you mean `GET`?"),
        (f"owner: 5, {SCHEDULE}, {TARGET}", 'write "5" in quotes'),
        (f"owner: true, {SCHEDULE}, {TARGET}", 'write "true" in quotes'),
        (f"max_instances: '5', {SCHEDULE}, {TARGET}", "take the quotes away"),
        (f"timezone: Europe/Berlni, {SCHEDULE}, {TARGET}", "did you mean Europe/Berlin?"),
        (f"labels: {{release: 1.10}}, {SCHEDULE}, {TARGET}", 'write "1.10" in quotes'),
        (f"owner: True, {SCHEDULE}, {TARGET}", 'write "True" in quotes'),
        (f"enabled: false, {SCHEDULE}, {TARGET}", "write `paused: true` for a job that must not fire"),
        (f"schedule: {{every: 5m, jitter: 1m}}, {TARGET}", "write `spread` under `schedule`"),
        (
            f"misfire: {{nothing_near: 1}}, {SCHEDULE}, {TARGET}",
            "the fields here are `grace`, `catch_up` and `catch_up_limit`",
        ),
    ],
)
def test_hints(fields: str, hint: str) -> None:
    """What was probably meant, also when it belongs on another level."""
    assert hint == finding(one_job(fields)).hint


def test_a_cron_directly_under_the_job() -> None:
    """The commonest slip of level: the field is named, and so is what is missing."""
    both = findings(one_job(f"cron: 0 2 * * *, {TARGET}"))
    assert ["3:8 SR103", "3:12 SR101"] == places(both)
    assert "`cron` belongs under `schedule`" == both[1].hint


def test_all_faults_of_all_kinds_at_once() -> None:
    """Reading, document, defaults and jobs report together, in order of place."""
    text = f"{HEAD}nam: x\ndefaults: {{timout: 1m}}\njobs:\n"
    text += f"  a: {{schedule: {{cron: */5 * * * *}}, {TARGET}, overlap: no}}\n"
    assert ["3:1 SR101", "4:12 SR101", "6:24 SR003", "6:72 SR011"] == places(findings(text))


@pytest.mark.parametrize(
    "defaults",
    [
        "timezone: Europe/Berlni",
        "timout: 1m",
        "overlap: alow",
        "paused: true",
        "target: {env: {A: 5}}",
        "schedule: {cron: 0 2 * * *}",
        "schedule: {at: x}",
        "schedule: 5",
        "timeout: 0s",
        "target: {http: {}}",
        "labels: {a: 5}",
        "misfire: {grace: x}",
        "moved_from: x",
    ],
)
def test_a_fault_in_defaults_is_reported_once(defaults: str) -> None:
    """However many jobs take them."""
    text = f"{HEAD}defaults: {{{defaults}}}\njobs: {{i: {GOOD}, j: {GOOD}}}\n"
    (fault,) = findings(text)
    assert 3 == fault.position.line


@pytest.mark.parametrize(("defaults", "expected"), [("[]", "a list"), ("5", "the number 5"), ("x", "the text `x`")])
def test_defaults_are_a_mapping(defaults: str, expected: str) -> None:
    """Anything else is no way to say that there are none."""
    fault = finding(f"{HEAD}defaults: {defaults}\njobs: {{i: {GOOD}}}\n")
    assert ("3:11 SR102", f"`defaults` must be a mapping, not {expected}") == (places((fault,))[0], fault.message)


def test_a_default_spread_is_no_schedule() -> None:
    """Every job that has none of its own is told so, at its id."""
    text = f"{HEAD}defaults: {{schedule: {{spread: 1m}}}}\njobs:\n i: {{{TARGET}}}\n j: {{{TARGET}}}\n"
    assert ["5:2 SR103", "6:2 SR103"] == places(findings(text))


def test_a_default_that_only_clashes_in_jobs_names_the_first_job() -> None:
    """The default is reported once, at its place, with the job as second position."""
    job = f"{{{SCHEDULE}, {TARGET}, overlap: allow}}"
    fault = finding(f"{HEAD}defaults: {{max_instances: 2}}\njobs: {{i: {job}, j: {job}}}\n")
    assert (["3:27 SR104"], "a.yaml:4:8") == (places((fault,)), str(fault.related))
    assert "a default of job `i`" == fault.related_note
    assert fault.message.endswith(" (in job `i`)")


def test_null_undoes_a_default() -> None:
    """`max_instances: null` beside `overlap: allow` is as if the default did not exist."""
    job = f"{{{SCHEDULE}, {TARGET}, overlap: allow, max_instances: null}}"
    assert ["s/i"] == list(jobs(f"{HEAD}defaults: {{max_instances: 2}}\njobs: {{i: {job}}}\n"))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("tags: null\njobs: {{}}\n", "tags"),
        ("defaults: {{timout: null}}\njobs: {{}}\n", "timout"),
        ("defaults: {{target: {{enw: null}}}}\njobs: {{}}\n", "enw"),
        ("defaults: {{description: null}}\njobs: {{}}\n", "description"),
        ("jobs:\n  a: {{{schedule}, {target}, timout: null}}\n", "timout"),
        ("jobs:\n  a: {{{target}, schedule: {{sprd: null, every: 1m}}}}\n", "sprd"),
        ("jobs:\n  a: {{{schedule}, target: {{workdri: null, command: [x]}}}}\n", "workdri"),
        ("jobs:\n  a: {{{schedule}, {target}, misfire: {{grce: null}}}}\n", "grce"),
        ("jobs:\n  a: {{{schedule}, {target}, retries: {{when: {{exit_cods: null}}}}}}\n", "exit_cods"),
        ("jobs:\n  a: {{{schedule}, target: {{http: {{methd: null, url: 'https://x.example'}}}}}}\n", "methd"),
    ],
)
def test_an_unknown_key_is_one_also_where_it_is_null(text: str, key: str) -> None:
    """Null takes a default away, and no fault."""
    (fault,) = findings(HEAD + text.format(schedule=SCHEDULE, target=TARGET))
    line = (HEAD + text.format(schedule=SCHEDULE, target=TARGET)).split("\n")[fault.position.line - 1]
    assert "SR101" == fault.code
    assert line[fault.position.column - 1 :].startswith(key)


def test_a_fault_behind_an_alias_is_reported_at_the_anchor_once() -> None:
    """The alias is the second position, and ten jobs that share the value make one finding."""
    text = f"{HEAD}x-s: &s {{cron: 61 * * * *}}\njobs:\n"
    text += "".join(f"  j{n}: {{schedule: *s, {TARGET}}}\n" for n in range(10))
    fault = finding(text)
    assert (["3:16 SR201"], "a.yaml:5:18") == (places((fault,)), str(fault.related))


def test_of_two_kinds_the_first_is_the_second_position() -> None:
    """Both keys are shown."""
    fault = finding(one_job(f"schedule: {{every: 1m, cron: 0 2 * * *}}, {TARGET}"))
    assert (["3:23 SR104"], "a.yaml:3:34") == (places((fault,)), str(fault.related))
