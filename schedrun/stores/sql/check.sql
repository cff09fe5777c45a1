-- name: check_counts
-- How much there is to look at.
SELECT (SELECT count(*) FROM job), (SELECT count(*) FROM run), (SELECT count(*) FROM span);

-- name: check_run_in_span
-- Occurrences with two verdicts: a scheduled run inside a span of its job.
SELECT span.job_uid, run.id, run.fire_time, span.first, span.last
FROM span CROSS JOIN run INDEXED BY run_occurrence
    ON run.kind = 'scheduled' AND run.job_uid = span.job_uid AND run.fire_time BETWEEN span.first AND span.last
LIMIT ?;

-- name: check_spans_overlap
-- Occurrences with two verdicts: spans of one job that overlap.
SELECT job_uid, NULL, first, last, reached FROM (
    SELECT job_uid, first, last, max(last) OVER (
        PARTITION BY job_uid ORDER BY first, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS reached FROM span
) WHERE first <= reached LIMIT ?;

-- name: check_run_beyond_cursor
-- Scheduled runs of occurrences that have not been planned yet.
SELECT run.job_uid, run.id, run.fire_time, job.cursor
FROM run JOIN job ON job.uid = run.job_uid
WHERE run.kind = 'scheduled' AND run.fire_time > max(job.cursor, ifnull(job.covered_until, job.cursor)) LIMIT ?;

-- name: check_span_beyond_cursor
-- Spans over occurrences that have not been planned yet.
SELECT span.job_uid, NULL, span.last, job.cursor
FROM span JOIN job ON job.uid = span.job_uid
WHERE span.last > max(job.cursor, ifnull(job.covered_until, job.cursor)) LIMIT ?;

-- name: check_pruned_beyond_cursor
-- Forgotten occurrences that have not been planned yet.
SELECT pruned.job_uid, NULL, pruned.last, job.cursor
FROM pruned JOIN job ON job.uid = pruned.job_uid
WHERE pruned.last > max(job.cursor, ifnull(job.covered_until, job.cursor)) LIMIT ?;

-- name: check_attempts
-- Runs whose attempts are not numbered from 1 to the last that has ended.
SELECT run.job_uid, run.id, ifnull(many, 0), run.attempt - (run.status = 'running')
FROM run LEFT JOIN (
    SELECT run AS seq, count(*) AS many, min(number) AS lowest, max(number) AS highest FROM attempt GROUP BY run
) AS made ON made.seq = run.seq
WHERE ifnull(many, 0) != run.attempt - (run.status = 'running') OR (many > 0 AND (lowest != 1 OR highest != many))
LIMIT ?;

-- name: check_attempt_status
-- Runs that ended otherwise than their last attempt did.
SELECT run.job_uid, run.id, run.status, attempt.status
FROM run JOIN attempt ON attempt.run = run.seq AND attempt.number = run.attempt
WHERE run.finished_at IS NOT NULL AND run.note IS NULL AND attempt.status IS NOT run.status LIMIT ?;

-- name: check_run_whole
-- Runs whose fields contradict one another.
SELECT job_uid, id, status, attempt FROM run
WHERE (status = 'running' AND (attempt < 1 OR started_at IS NULL))
   OR (attempt > 0 AND started_at IS NULL)
   OR (attempt = 0 AND (started_at IS NOT NULL OR status NOT IN ('queued', 'cancelled')))
   OR (retry_at IS NOT NULL AND (status != 'queued' OR attempt < 1))
LIMIT ?;

-- name: check_waiting_for_nothing
-- Queued runs of removed jobs: nothing starts them any more.
SELECT run.job_uid, run.id FROM run CROSS JOIN job ON job.uid = run.job_uid
WHERE run.finished_at IS NULL AND run.status = 'queued' AND job.removed_at IS NOT NULL LIMIT ?;

-- name: check_last_end
-- Runs that ended later than what is noted as their job's last end.
SELECT run.job_uid, run.id FROM run LEFT JOIN last_end ON last_end.job_uid = run.job_uid
WHERE run.finished_at IS NOT NULL AND (
    last_end.job_uid IS NULL OR (run.finished_at, run.fire_time) > (last_end.finished_at, last_end.fire_time)
) LIMIT ?;

-- name: check_run_ids
-- What the ids of scheduled runs are made of.
SELECT id, job_uid, fire_time FROM run WHERE kind = 'scheduled';

-- name: check_job_change
-- Jobs that stand nowhere in the order of changes.
SELECT uid, NULL FROM job WHERE NOT EXISTS (SELECT 1 FROM job_change WHERE job_uid = uid) LIMIT ?;

-- name: check_requests
-- Requests that are answered by halves, or not in JSON.
SELECT NULL, NULL, id FROM request
WHERE (result IS NULL) != (done_at IS NULL) OR NOT json_valid(arguments) OR NOT json_valid(ifnull(result, '{}'))
LIMIT ?;

-- name: check_deliveries
-- Deliveries that go on after more tries than any is given.
SELECT notice.job_uid, notice.run_id, notice.id, tries FROM delivery JOIN notice ON notice.seq = delivery.notice
WHERE tries NOT BETWEEN 0 AND 4 LIMIT ?;

-- name: check_told
-- Kinds of notices of which less than none was held back.
SELECT job_uid, NULL, kind, held_back FROM told WHERE held_back < 0 LIMIT ?;

-- name: check_totals
-- Verdicts of which more are kept than were ever counted.
SELECT NULL, NULL, verdict, kept, ifnull(counted, 0) FROM (
    SELECT status AS verdict, count(*) AS kept FROM run WHERE finished_at IS NOT NULL GROUP BY status
    UNION ALL
    SELECT status, sum(count) FROM span GROUP BY status
) LEFT JOIN (SELECT verdict, sum(max(runs, occurrences)) AS counted FROM total GROUP BY verdict) USING (verdict)
WHERE kept > ifnull(counted, 0) LIMIT ?;

-- name: check_lateness
-- Jobs that are late by what nobody expects of them.
SELECT job_uid, NULL FROM lateness
WHERE (finish_by IS NULL AND unfinished_since IS NOT NULL) OR (within IS NULL AND unsucceeded_since IS NOT NULL)
LIMIT ?;

-- name: check_texts
-- Service rows whose text is not the JSON that it must be.
SELECT NULL, NULL, 'event ' || id FROM event WHERE NOT json_valid(facts)
UNION ALL
SELECT NULL, NULL, 'notice ' || id FROM notice WHERE NOT json_valid(ifnull(facts, '{}'))
UNION ALL
SELECT NULL, NULL, 'sync' FROM sync WHERE NOT (json_valid(paths) AND json_valid(broken) AND json_valid(blocked))
LIMIT ?;

-- name: check_tables
-- The names of the tables.
SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%';

-- name: check_schema
-- The tables and indexes that there are.
SELECT type || ' ' || name, sql FROM sqlite_schema;
