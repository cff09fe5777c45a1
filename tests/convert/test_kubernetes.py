"""CronJobs of Kubernetes: what they become, and what is said of the rest."""

import pytest

from tests.convert.reading import imported, jobs, lost, only

CRON_JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {{name: hello}}
spec:
  schedule: "{schedule}"
  timeZone: Europe/Berlin
{more}
  jobTemplate:
    spec:
      {job}
      template:
        spec:
          containers:
          - {{image: busybox, command: [/bin/sh, -c], args: ["date; echo Hello"]}}
"""


def test_a_cron_job_of_kubernetes() -> None:
    """Every policy that both sides have."""
    more = "  suspend: true\n  concurrencyPolicy: Replace\n  startingDeadlineSeconds: 300"
    made = imported(
        "kubernetes",
        CRON_JOB.format(schedule="17 4 * * 1-5", more=more, job="{backoffLimit: 3, activeDeadlineSeconds: 600}")
        .replace("{backoffLimit: 3, activeDeadlineSeconds: 600}", "backoffLimit: 3\n      activeDeadlineSeconds: 600"),
    )  # fmt: skip
    expected = {
        "schedule": {"cron": "17 4 * * 1-5"},
        "timezone": "Europe/Berlin",
        "target": {"command": ["/bin/sh", "-c", "date; echo Hello"]},
        "overlap": "replace",
        "misfire": {"grace": "5m"},
        "retries": {"max": 3, "max_backoff": "6m", "jitter": False},
        "timeout": "10m",
        "paused": True,
    }
    assert expected == only(made)
    assert "the image busybox" in lost(made)


@pytest.mark.parametrize(
    ("where", "more", "said"),
    [
        ("job", "suspend: true", "`suspend` of the job"),
        ("job", "completionMode: Indexed", "`completionMode` of the job"),
        ("job", "completionMode: NonIndexed", ""),
        ("pod", "hostNetwork: true", "`hostNetwork` of the pod"),
        ("pod", "securityContext: {}", ""),
        ("pod", "dnsPolicy: ClusterFirst", ""),
        ("container", "lifecycle: {preStop: {exec: {command: [y]}}}", "`lifecycle` of the container"),
        ("container", "terminationMessagePolicy: File", ""),
    ],
)
def test_what_kubernetes_says_beside_a_command_is_named(where: str, more: str, said: str) -> None:
    """Whatever it is; what the server fills in says nothing."""
    texts = {"job": "", "pod": "", "container": "", where: f", {more}"}
    made = imported(
        "kubernetes",
        "{kind: CronJob, metadata: {name: a}, spec: {schedule: '0 5 * * *', jobTemplate: {spec: {template: {spec:"
        f" {{containers: [{{image: x, command: [a]{texts['container']}}}]{texts['pod']}}}}}{texts['job']}}}}}}}}}",
    )
    assert [said] * bool(said) == [text for text in lost(made).split("\n") if "image x" not in text]


def test_times_that_the_pod_says() -> None:
    """The shorter limit ends an attempt; whose end it is may take a while."""
    made = imported(
        "kubernetes",
        CRON_JOB.format(schedule="0 5 * * *", more="", job="activeDeadlineSeconds: 600").replace(
            "containers:",
            "activeDeadlineSeconds: 50\n          terminationGracePeriodSeconds: 60\n          containers:",
        ),
    )
    assert {"timeout": "50s", "kill_after": "1m"}.items() <= only(made).items()


@pytest.mark.parametrize(
    ("schedule", "cron"),
    [
        ("0 0 */15 * 1", "0 0 1,16,31 * mon"),
        ("0 0 ? * 1", "0 0 * * mon"),
        ("*/15 * * * *", "*/15 * * * *"),
        ("0 5 * * MON", "0 5 * * MON"),
    ],
)
def test_expressions_of_kubernetes_are_written_as_a_crontab_means_them(schedule: str, cron: str) -> None:
    """robfig/cron forgets the star of `*/15`, so either day is enough there."""
    made = imported("kubernetes", CRON_JOB.format(schedule=schedule, more="", job="backoffLimit: 0"))
    assert cron == only(made)["schedule"]["cron"]


SMALL = (
    "{metadata: {name: a}, spec: {schedule: '0 5 * * *', jobTemplate: {spec: {template: {spec: {containers:"
    " [{image: x, command: [a]}]}}}}}}"
)


def test_lists_and_other_kinds_of_kubernetes() -> None:
    """A CronJobList need not repeat the kind, a List has any; what is no CronJob is counted once for all files."""
    made = imported(
        "kubernetes",
        f"kind: ConfigMap\n---\nkind: CronJobList\nitems: [{SMALL}]\n---\nkind: List\nitems: []\n",
        f"kind: List\nitems:\n- {{kind: ConfigMap}}\n- {SMALL.replace('{', '{kind: CronJob, ', 1)}\n- {{a: b}}\n---\n",
        "kind: Deployment\n",
    )
    assert ["a", "a-2"] == list(jobs(made))
    noted = [note.text for note in made.notes]
    assert "4 objects of other kinds passed over: ConfigMap, Deployment, none said" in noted
    assert "there is no CronJob" not in lost(made)


@pytest.mark.parametrize(
    ("said", "fields", "note"),
    [
        ("suspend: 'true'", {"paused": True}, "`suspend` of the CronJob is 'true', neither true nor false: true"),
        ("suspend: no-no", {}, "`suspend` of the CronJob is 'no-no', neither true nor false: false is assumed"),
        ("timeZone: 5", {}, "`timeZone` of the CronJob is 5, no text: '5' is assumed"),
        ("concurrencyPolicy: Never", {}, "`concurrencyPolicy` of the CronJob is 'Never', none of Allow, Forbid"),
        ("startingDeadlineSeconds: '90'", {"misfire": {"grace": "1m30s"}}, "is '90', no whole number from 0: 90 is"),
        ("startingDeadlineSeconds: -1", {}, "is -1, no whole number from 0: nothing is assumed"),
        ("startingDeadlineSeconds: 60.0", {"misfire": {"grace": "1m"}}, ""),
        ("startingDeadlineSeconds: true", {}, "is true, no whole number"),
        ("startingDeadlineSeconds: {a: 1}", {}, "is a mapping, no whole number"),
    ],
)
def test_values_of_another_type_are_named(said: str, fields: dict[str, object], note: str) -> None:
    """With line and column, and what they are taken for; Kubernetes refuses them."""
    made = imported("kubernetes", CRON_JOB.format(schedule="0 5 * * *", more=f"  {said}", job="backoffLimit: 0"))
    found = {key: value for job in jobs(made).values() for key, value in job.to_record().items()}
    assert fields == {key: found[key] for key in fields}
    noted = [str(each.position) for each in made.proven[0].entry.notes if note and note in each.text]
    assert [f"file-0:7:{len(said.partition(':')[0]) + 5}"] * bool(note) == noted


def test_words_and_numbers_of_another_type_are_named() -> None:
    """In lists, in variables, in the job, in the pod, in labels, and where there is a single word."""
    made = imported(
        "kubernetes",
        "kind: CronJob\nmetadata: {name: a, labels: {n: 1}}\nspec: {schedule: 5, jobTemplate: {spec:"
        " {backoffLimit: '2', template: {spec: {activeDeadlineSeconds: x, containers: [{image: x, command: a,"
        " args: [80, yes], workingDir: 7, env: [{name: A, value: no}]}]}}}}}\n",
    )
    (each,) = made.proven
    noted = "\n".join(note.text for note in each.entry.notes)
    for said in [
        "`n` of the labels is 1, no text: '1'",
        "`schedule` of the CronJob is 5, no text: '5'",
        "`backoffLimit` of the job is '2', no whole number from 0: 2",
        "`activeDeadlineSeconds` of the pod is 'x', no whole number from 0: nothing",
        "`command` of the container is 'a', no list",
        "`args` of the container holds 80, which is no text: '80'",
        "`args` of the container holds true, which is no text: 'true'",
        "`workingDir` of the container is 7, no text: '7'",
        "`value` of the variable A is false, no text: 'false'",
    ]:
        assert said in noted
    assert "of the pod is 'x'" in lost(made)
    assert "80" not in lost(made)
    assert ["a", "80", "true"] == each.entry.fields["target"]["command"]
    assert 9 == sum(note.position is not None for note in each.entry.notes)


@pytest.mark.parametrize(
    ("said", "every", "note"),
    [("1500ms", "1s", True), ("1h0.5s", "1h", True), ("10ms", "1s", True), ("90s", "1m30s", False)],
)
def test_periods_are_cut_to_whole_seconds(said: str, every: str, note: bool) -> None:
    """As robfig/cron cuts them, and never to nothing."""
    made = imported("kubernetes", CRON_JOB.format(schedule=f"@every {said}", more="", job="backoffLimit: 0"))
    assert {"every": every} == only(made)["schedule"]
    assert note == ("is cut to whole seconds" in made.text.replace("\n  # ", " "))


@pytest.mark.parametrize("text", ["{{- if .Values.on }}\n", 'kind: CronJob\nx: "{{ include "a" . }}"\n'])
def test_templates_are_to_be_rendered_first(text: str) -> None:
    """What Helm's files hold is no YAML, or no schedule."""
    assert "render it first" in lost(imported("kubernetes", text))


def test_description_and_owner_come_back() -> None:
    """Exports keep them as annotations."""
    text = CRON_JOB.format(schedule="0 5 * * *", more="", job="backoffLimit: 0")
    made = imported("kubernetes", text.replace("hello}", "hello, annotations: {owner: ops, description: Bill, x: 1}}"))
    assert {"owner": "ops", "description": "Bill"}.items() <= only(made).items()
