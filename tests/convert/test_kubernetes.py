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


def test_lists_and_other_kinds_of_kubernetes() -> None:
    """A CronJobList need not repeat the kind; a ConfigMap is passed over."""
    item = "{metadata: {name: a}, spec: {schedule: '0 5 * * *', jobTemplate: {spec: {template: {spec: {containers:"
    item += " [{image: x, command: [a]}]}}}}}}"
    made = imported(
        "kubernetes", f"kind: ConfigMap\n---\nkind: CronJobList\nitems: [{item}]\n---\nkind: List\nitems: []\n"
    )
    assert ["a"] == list(jobs(made))


@pytest.mark.parametrize("text", ["{{- if .Values.on }}\n", 'kind: CronJob\nx: "{{ include "a" . }}"\n'])
def test_templates_are_to_be_rendered_first(text: str) -> None:
    """What Helm's files hold is no YAML, or no schedule."""
    assert "render it first" in lost(imported("kubernetes", text))


def test_description_and_owner_come_back() -> None:
    """Exports keep them as annotations."""
    text = CRON_JOB.format(schedule="0 5 * * *", more="", job="backoffLimit: 0")
    made = imported("kubernetes", text.replace("hello}", "hello, annotations: {owner: ops, description: Bill, x: 1}}"))
    assert {"owner": "ops", "description": "Bill"}.items() <= only(made).items()
