"""The metrics: their names, what they mean, and their values as prometheus_client takes them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from schedrun.core.run.totals import WITHOUT_BOUND, Bucket, Measure, bounds_of
from schedrun.core.status import JobStatus, RunStatus, SpanStatus
from schedrun.web.measures import Measures, OfProcess

PLAIN = "text/plain; version=0.0.4; charset=utf-8"
"""What Prometheus reads where nobody asks for anything else."""

_OPENMETRICS = "application/openmetrics-text"
_MICROS = 1_000_000
_ENDS = tuple(status for status in RunStatus if not status.active)

# Which totals of a live job are told though they are nothing: a series that begins with its first failure never grows
# by it, so that no alert would see that one.
_FROM_THE_BEGINNING = frozenset(status.value for status in SpanStatus)

_HISTOGRAMS = {
    Measure.RUN_DURATION: (
        "schedrun_run_duration_seconds",
        "How long runs took that ended by themselves or at their time limit: their last attempt, by set.",
    ),
    Measure.START_LATENESS: (
        "schedrun_start_lateness_seconds",
        "How long after their time, spread included, scheduled runs began their first attempt, by set.",
    ),
}


def text(measures: Measures, process: OfProcess, *, accept: str = "") -> tuple[bytes, str]:
    """Return the metrics in a format that the Accept header names, and its content type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(measures, process))
    if _wants_openmetrics(accept):
        written: bytes = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call]  # it has no annotations
        return written, openmetrics.CONTENT_TYPE_LATEST
    return generate_latest(registry), PLAIN


def _wants_openmetrics(accept: str) -> bool:
    for part in accept.split(","):
        media, *parameters = (each.strip().lower() for each in part.split(";"))
        if media == _OPENMETRICS:
            return not any(each.replace(" ", "") in {"q=0", "q=0.0"} for each in parameters)
    return False


class _Families(Collector):
    def __init__(self, measures: Measures, process: OfProcess) -> None:
        self._measures, self._process = measures, process

    def collect(self) -> Iterator[Metric]:
        yield from _counters(self._measures)
        for measure, (name, words) in _HISTOGRAMS.items():
            yield _histogram(name, words, measures=self._measures, measure=measure)
        yield from _gauges_of_jobs(self._measures)
        yield from _gauges_of_manifests(self._measures, self._process.drift_jobs)
        yield from _gauges_of_process(self._process)


def _counters(measures: Measures) -> Iterator[Metric]:
    runs = CounterMetricFamily(
        "schedrun_runs",
        "Runs that ended for good, by job and final status. It survives pruning and restarts.",
        labels=["job", "status"],
    )
    occurrences = CounterMetricFamily(
        "schedrun_occurrences",
        "Occurrences by job and verdict: the final status of their run or, for those that never ran, why. One whose "
        "verdict a clock that was set back took away counts again with its next one.",
        labels=["job", "verdict"],
    )
    of_runs = {(key, end.value): 0 for key in measures.live for end in _ENDS}
    of_occurrences = {(key, verdict): 0 for key in measures.live for verdict in _FROM_THE_BEGINNING}
    for total in measures.totals.totals:
        if total.job not in measures.told:
            continue
        if total.runs:
            of_runs[total.job, total.verdict] = total.runs
        if total.occurrences:
            of_occurrences[total.job, total.verdict] = total.occurrences
    yield _filled(runs, of_runs)
    yield _filled(occurrences, of_occurrences)


def _filled(family: CounterMetricFamily, values: Mapping[tuple[str, str], int]) -> CounterMetricFamily:
    for labels in sorted(values):
        family.add_metric(labels, values[labels])
    return family


def _histogram(name: str, words: str, *, measures: Measures, measure: Measure) -> Metric:
    family = HistogramMetricFamily(name, words, labels=["set"])
    by_set: defaultdict[str, list[Bucket]] = defaultdict(list)
    told = measures.sets
    for bucket in measures.totals.buckets:
        if bucket.measure is measure and bucket.job_set in told:
            by_set[bucket.job_set].append(bucket)
    for job_set, buckets in by_set.items():
        micros = sum(bucket.micros for bucket in buckets)
        family.add_metric([job_set], list(_cumulative(buckets, bounds_of(measure))), micros / _MICROS)
    return family


def _cumulative(buckets: Sequence[Bucket], bounds: Iterable[int]) -> Iterator[tuple[str, float]]:
    """Yield each bound and how many values do not exceed it; bounds of another version are kept among today's."""
    values = {bucket.upto: bucket.values for bucket in buckets}
    below = 0
    for upto in sorted({*bounds, *values, WITHOUT_BOUND}):
        below += values.get(upto, 0)
        yield "+Inf" if upto == WITHOUT_BOUND else _seconds(upto), below


def _seconds(micros: int) -> str:
    text: str = floatToGoString(micros / _MICROS)  # type: ignore[no-untyped-call]  # it has no annotations
    return text


def _gauges_of_jobs(measures: Measures) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("schedrun_jobs", "Live jobs by status, held ones included.", labels=["status"])
    for status in JobStatus:
        jobs.add_metric([status.value], measures.jobs.get(status, 0))
    yield jobs
    yield _gauge("runs_running", "Runs that run now.", measures.runs_running)
    yield _gauge("runs_queued", "Runs that wait to start or for their next attempt.", measures.runs_queued)
    yield _gauge("overrides", "Jobs that a person has paused.", measures.overrides)
    yield _gauge("late_jobs", "Jobs that do not meet an expectation on time.", measures.late_jobs)


def _gauges_of_manifests(measures: Measures, drift: int | None) -> Iterator[Metric]:
    if drift is not None:
        yield _gauge("drift_jobs", "Jobs that are not as the manifests say now, held back removals included.", drift)
    yield _gauge("broken_files", "Files that the last reconcile could not use.", measures.broken_files)
    yield _gauge("blocked_removals", "Removals that wait for somebody to confirm them.", measures.blocked_removals)
    sync = measures.sync
    if sync is None:
        return
    yield _gauge(
        "last_successful_reconcile_timestamp_seconds",
        "When the manifests were last read and applied, broken files left aside.",
        sync.at.timestamp(),
    )
    for name, words, revision in (
        ("applied_revision_info", "The revision of the manifests that is applied whole.", sync.revision_applied),
        ("attempted_revision_info", "The revision that was read last.", sync.revision_attempted),
    ):
        if revision is not None:
            family = GaugeMetricFamily(f"schedrun_{name}", words, labels=["revision"])
            family.add_metric([revision], 1)
            yield family


def _gauges_of_process(process: OfProcess) -> Iterator[Metric]:
    yield _gauge(
        "event_loop_lag_seconds",
        "By how much timers of this process's event loop were late at worst in the last minute. Each process tells its "
        "own, from its first scrape on.",
        process.loop_lag,
    )
    yield _gauge("active", "Whether this process runs the jobs (1) or stands by (0).", process.active)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"schedrun_{name}", words, value=float(value))
