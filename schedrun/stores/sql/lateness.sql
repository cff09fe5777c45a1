-- name: lateness_of_job
-- What is kept of a job that declares expectations on time.
SELECT job_uid, finish_by, within, judged_until, counted_from, newest, newest_succeeded, unfinished_since,
       unsucceeded_since
FROM lateness WHERE job_uid = ?;

-- name: lateness_jobs
-- The jobs of which something is kept.
SELECT job_uid FROM lateness ORDER BY job_uid;

-- name: lateness_late
-- What is kept of the live jobs that are late.
SELECT job_uid, finish_by, within, judged_until, counted_from, newest, newest_succeeded, unfinished_since,
       unsucceeded_since
FROM lateness JOIN job ON job.uid = job_uid
WHERE (unfinished_since IS NOT NULL OR unsucceeded_since IS NOT NULL) AND removed_at IS NULL ORDER BY key;

-- name: lateness_late_of_jobs
-- What is kept of those of some jobs that are late.
SELECT job_uid, finish_by, within, judged_until, counted_from, newest, newest_succeeded, unfinished_since,
       unsucceeded_since
FROM json_each(?) JOIN lateness ON job_uid = value
WHERE unfinished_since IS NOT NULL OR unsucceeded_since IS NOT NULL;

-- name: lateness_put
-- Replace what is kept of a job.
INSERT INTO lateness (job_uid, finish_by, within, judged_until, counted_from, newest, newest_succeeded,
                      unfinished_since, unsucceeded_since)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (job_uid) DO UPDATE SET
    finish_by = excluded.finish_by, within = excluded.within, judged_until = excluded.judged_until,
    counted_from = excluded.counted_from, newest = excluded.newest, newest_succeeded = excluded.newest_succeeded,
    unfinished_since = excluded.unfinished_since, unsucceeded_since = excluded.unsucceeded_since;

-- name: lateness_drop
-- Keep nothing of a job any more.
DELETE FROM lateness WHERE job_uid = ?;

-- name: newest_run_of_job
-- A job's newest occurrence that became a run, and whether that succeeded.
SELECT fire_time, status = 'succeeded' FROM run WHERE job_uid = ? AND kind = 'scheduled'
ORDER BY fire_time DESC LIMIT 1;

-- name: newest_span_of_job
-- The last of a job's newest span, but for what a pause skipped.
SELECT last FROM span WHERE job_uid = ? AND NOT (status = 'skipped' AND blocked_by IS NULL)
ORDER BY last DESC LIMIT 1;

-- name: manual_success_since
-- Whether a run that was asked for then or later has succeeded.
SELECT 1 FROM run WHERE job_uid = ? AND kind = 'manual' AND fire_time >= ? AND status = 'succeeded' LIMIT 1;
