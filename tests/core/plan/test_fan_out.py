"""Values that are written once and change several jobs: where they stand, and who is changed."""

from tests.core.plan.trees import a_job, compare, document

TWO = "".join(map(a_job, "ab"))
TIMEOUT = "{timezone: Europe/Berlin, timeout: 5m}"
PLAIN = "{timezone: Europe/Berlin}"


def found(base: str, head: str) -> list[tuple[str, int, tuple[str, ...], bool]]:
    """Return path, line, jobs, and whether it is gone."""
    return [(one.path, one.position.line, one.jobs, one.gone) for one in compare(base, head).fan_outs]


def test_two_jobs_are_several() -> None:
    """In order of their keys; one that says its own value is not among them."""
    head = document(TWO + a_job("c", more="timeout: 1m"), defaults=TIMEOUT)
    base = document(TWO + a_job("c", more="timeout: 1m"), defaults=PLAIN)
    assert [("timeout", 3, ("s/a", "s/b"), False)] == found(base, head)


def test_one_job_is_none() -> None:
    """Its own lines show what changes."""
    assert [] == found(document(a_job("a"), defaults=PLAIN), document(a_job("a"), defaults=TIMEOUT))


def test_what_is_taken_away_stands_in_the_base_also_for_jobs_that_are_renamed() -> None:
    """The base has it under the old key; the new one is what changes."""
    renamed = a_job("a") + a_job("new", shell="b", more="moved_from: b")
    assert [("timeout", 3, ("s/a", "s/new"), True)] == found(
        document(TWO, defaults=TIMEOUT), document(renamed, defaults=PLAIN)
    )


def test_names_that_hold_dots_lead_to_their_value() -> None:
    """Labels such as `app.kubernetes.io/part-of`."""
    head = document(TWO, defaults='{timezone: Europe/Berlin, labels: {a.b/c.d: "x"}}')
    assert [("labels.a.b/c.d", 3, ("s/a", "s/b"), False)] == found(document(TWO), head)
