"""CronJobs of Kubernetes: what they become, and what is said of the rest."""

import pytest

from schedrun.convert.formats.kubernetes import NAMESPACE
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


def of(metadata: str, schedule: str = "0 5 * * *", template: str = "") -> str:
    """Return a small CronJob of this metadata, and of what its templates say beside their specs."""
    pod = f"{{spec: {{containers: [{{image: x, command: [a]}}]}}{template}}}"
    job = f"jobTemplate: {{spec: {{backoffLimit: 0, template: {pod}}}}}"
    return f"---\nkind: CronJob\nmetadata: {{{metadata}}}\nspec: {{schedule: '{schedule}', {job}}}\n"


def test_a_namespace_is_a_label_and_tells_two_of_one_name_apart() -> None:
    """Only those that need it have it in their names; the report says it of all."""
    spaces = ("name: a, namespace: shop", "name: a, namespace: blog", "name: a", "name: b, namespace: blog")
    made = imported("kubernetes", "".join(map(of, spaces)))
    expected = {"shop.a": "shop", "blog.a": "blog", "a": "", "b": "blog"}
    found = {name: job.labels.get(NAMESPACE, "") for name, job in jobs(made).items()}
    assert expected == found
    assert ["CronJob shop/a", "CronJob blog/a", "CronJob a", "CronJob blog/b"] == [
        each.entry.said.partition(",")[0] for each in made.proven
    ]


def test_a_name_that_the_cluster_would_make_is_said() -> None:
    """What begins it is a name for us."""
    made = imported("kubernetes", of("generateName: sweep-, namespace: blog"))
    assert ["sweep"] == list(jobs(made))
    assert "`generateName: sweep-`: the name that the cluster makes of it is not known" in lost(made)


@pytest.mark.parametrize("name", ["[a]", "{b: c}", "''", "null"])
def test_a_name_that_is_none_is_no_name(name: str) -> None:
    """Nor is such a namespace."""
    assert ["job"] == list(jobs(imported("kubernetes", of(f"name: {name}, namespace: {name}"))))


@pytest.mark.parametrize(
    ("metadata", "template", "said"),
    [
        ("annotations: {helm.sh/hook: x, a: y, owner: ops}", "", "the annotations `a`, `helm.sh/hook`"),
        ("annotations: {kubectl.kubernetes.io/last-applied-configuration: x}, uid: x", "", ""),
        ("annotations: {owner: 5}", "", "the annotation `owner`"),
        ("ownerReferences: [{kind: Operator}]", "", "`ownerReferences` of the metadata"),
        ("labels: {app: a}", ", metadata: {labels: {app: a, tier: b}}", "the label `tier` of the pod"),
        ("labels: {app: a}", ", metadata: {labels: {app: b}}", "the label `app` of the pod"),
        ("labels: {app: a}", ", metadata: {labels: {app: a}}", ""),
        ("labels: {}", ", metadata: {annotations: {inject: 'no'}}", "the annotation `inject` of the pod"),
    ],
)
def test_metadata_are_named_unless_they_are_kept(metadata: str, template: str, said: str) -> None:
    """What the server writes and what our exports write is no loss."""
    made = imported("kubernetes", of(f"name: a, {metadata}", template=template))
    assert [said] * bool(said) == [text for text in lost(made).split("\n") if "image x" not in text]


def test_metadata_of_the_job_template_are_named() -> None:
    """They are those of each job that the CronJob makes."""
    text = of("name: a").replace("jobTemplate: {", "jobTemplate: {metadata: {labels: {x: y}, annotations: {z: w}}, ")
    said = lost(imported("kubernetes", text))
    assert "the label `x` of the job" in said
    assert "the annotation `z` of the job" in said


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("k/kustomization.yaml", "namespace: prod\nresources: [a.yaml]\n", "what it names (namespace): import what"),
        ("k.yaml", "kind: Kustomization\npatches: []\nimages: []\n", "what it names (images, patches): import what"),
        ("kustomization.yml", "resources: [a.yaml]\nkind: Kustomization\n", ""),
        ("other.yaml", "namespace: prod\n", ""),
    ],
)
def test_a_kustomization_that_changes_objects_is_told(name: str, text: str, said: str) -> None:
    """One that only lists them leaves them as they are."""
    made = imported("kubernetes", text, of("name: a"), names=(name, "a.yaml"))
    noted = [note.text for note in made.notes if note.lost]
    assert bool(said) == bool(noted)
    assert said in "".join(noted)


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ("concurrencyPolicy: Forbid", "still starts the one that came too early"),
        ("concurrencyPolicy: Replace", ""),
        ("successfulJobsHistoryLimit: 3", "limits of the history"),
    ],
)
def test_what_differs_a_little_is_remarked(said: str, note: str) -> None:
    """No loss, yet nothing to be silent about."""
    made = imported("kubernetes", of("name: a").replace("spec: {schedule", f"spec: {{{said}, schedule"))
    found = [each.text for each in made.proven[0].entry.notes if not each.lost]
    assert bool(note) == any(note in text for text in found if "startingDeadline" not in text and "zone" not in text)


@pytest.mark.parametrize(
    ("zone", "odd"),
    [("America/Santiago", True), ("Australia/Lord_Howe", True), ("Europe/Berlin", False), ("Etc/UTC", False)],
)
def test_zones_in_which_robfig_is_not_compared(zone: str, odd: bool) -> None:
    """It was seen to lose fires in the one, and to fire on the next day in the other."""
    made = imported("kubernetes", of("name: a").replace("spec: {schedule", f"spec: {{timeZone: {zone}, schedule"))
    assert odd == any("this is not compared" in note.text for note in made.proven[0].entry.notes)
