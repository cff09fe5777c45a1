-- name: jobs_page
-- Live rows by key from behind a key.
SELECT uid, key, origin, spec, cursor, file, line, revision, covered_until,
       override_by, override_reason, override_since, override_until, held, removed_at
FROM job WHERE removed_at IS NULL AND key > :after ORDER BY key LIMIT :limit;

-- name: jobs_page_of_set
-- Live rows by key between two keys.
SELECT uid, key, origin, spec, cursor, file, line, revision, covered_until,
       override_by, override_reason, override_since, override_until, held, removed_at
FROM job WHERE removed_at IS NULL AND key > :after AND key < :below ORDER BY key LIMIT :limit;

-- name: runs_page
-- The newest runs before a place: of its fire time, which thousands may share, and of those before; no output is read.
SELECT seq, id, job_uid, fire_time, kind, newest.status, queued_at, newest.attempt, newest.started_at,
       newest.finished_at, exit_code, ifnull(note, error), NULL, retry_at
FROM (
    SELECT * FROM run INDEXED BY run_newest WHERE fire_time = :at AND seq < :ordinal AND :at >= :since
    UNION ALL
    SELECT * FROM run INDEXED BY run_newest WHERE fire_time < :at AND fire_time >= :since
    ORDER BY fire_time DESC, seq DESC LIMIT :limit
) AS newest LEFT JOIN attempt ON attempt.run = seq AND number = newest.attempt
ORDER BY fire_time DESC, seq DESC;

-- name: runs_page_of_statuses
-- The newest runs before a place with one of some statuses that are most of all: few others stand in between.
SELECT seq, id, job_uid, fire_time, kind, newest.status, queued_at, newest.attempt, newest.started_at,
       newest.finished_at, exit_code, ifnull(note, error), NULL, retry_at
FROM (
    SELECT * FROM run INDEXED BY run_newest
    WHERE fire_time = :at AND seq < :ordinal AND :at >= :since
      AND status IN (SELECT value FROM json_each(:statuses))
    UNION ALL
    SELECT * FROM run INDEXED BY run_newest
    WHERE fire_time < :at AND fire_time >= :since AND status IN (SELECT value FROM json_each(:statuses))
    ORDER BY fire_time DESC, seq DESC LIMIT :limit
) AS newest LEFT JOIN attempt ON attempt.run = seq AND number = newest.attempt
ORDER BY fire_time DESC, seq DESC;

-- name: runs_page_rare
-- The newest runs before a place that ended otherwise than well, all in one way.
SELECT seq, id, job_uid, fire_time, kind, newest.status, queued_at, newest.attempt, newest.started_at,
       newest.finished_at, exit_code, ifnull(note, error), NULL, retry_at
FROM (
    SELECT * FROM run INDEXED BY run_rare
    WHERE status IN ('failed', 'timed_out', 'cancelled', 'interrupted') AND status = :status
      AND fire_time = :at AND seq < :ordinal AND :at >= :since
    UNION ALL
    SELECT * FROM run INDEXED BY run_rare
    WHERE status IN ('failed', 'timed_out', 'cancelled', 'interrupted') AND status = :status
      AND fire_time < :at AND fire_time >= :since
    ORDER BY fire_time DESC, seq DESC LIMIT :limit
) AS newest LEFT JOIN attempt ON attempt.run = seq AND number = newest.attempt
ORDER BY fire_time DESC, seq DESC;

-- name: runs_page_active
-- The newest runs before a place that have not ended: all of these are sorted, for they are few.
SELECT seq, id, job_uid, fire_time, kind, newest.status, queued_at, newest.attempt, newest.started_at,
       newest.finished_at, exit_code, ifnull(note, error), NULL, retry_at
FROM (
    SELECT * FROM run INDEXED BY run_active
    WHERE finished_at IS NULL AND (fire_time, seq) < (:at, :ordinal) AND fire_time >= :since
      AND status IN (SELECT value FROM json_each(:statuses))
    ORDER BY fire_time DESC, seq DESC LIMIT :limit
) AS newest LEFT JOIN attempt ON attempt.run = seq AND number = newest.attempt
ORDER BY fire_time DESC, seq DESC;

-- name: runs_page_of_job
-- The newest runs of one job before a place, with one of some statuses or any: two ordered indexes, merged.
SELECT seq, id, job_uid, fire_time, kind, newest.status, queued_at, newest.attempt, newest.started_at,
       newest.finished_at, exit_code, ifnull(note, error), NULL, retry_at
FROM (
    SELECT * FROM run INDEXED BY run_occurrence
    WHERE job_uid = :uid AND kind = 'scheduled' AND (fire_time, seq) < (:at, :ordinal) AND fire_time >= :since
      AND (:statuses IS NULL OR status IN (SELECT value FROM json_each(:statuses)))
    UNION ALL
    SELECT * FROM run INDEXED BY run_manual
    WHERE job_uid = :uid AND kind = 'manual' AND (fire_time, seq) < (:at, :ordinal) AND fire_time >= :since
      AND (:statuses IS NULL OR status IN (SELECT value FROM json_each(:statuses)))
    ORDER BY fire_time DESC, seq DESC LIMIT :limit
) AS newest LEFT JOIN attempt ON attempt.run = seq AND number = newest.attempt
ORDER BY fire_time DESC, seq DESC;

-- name: spans_page
-- The spans of all jobs that reach furthest, before a place.
SELECT id, job_uid, first, last, count, status, reason, decided_at, blocked_by FROM span
WHERE last = :at AND id < :ordinal
UNION ALL
SELECT id, job_uid, first, last, count, status, reason, decided_at, blocked_by FROM span WHERE last < :at
ORDER BY last DESC, id DESC LIMIT :limit;

-- name: spans_page_of_job
-- The spans of one job that reach furthest, before a place.
SELECT id, job_uid, first, last, count, status, reason, decided_at, blocked_by FROM span
WHERE job_uid = :uid AND (last, id) < (:at, :ordinal) ORDER BY last DESC, id DESC LIMIT :limit;

-- name: runs_active_of_jobs
-- Queued and running runs of a JSON list of jobs, oldest first.
SELECT id, job_uid, fire_time, kind, status, queued_at, attempt, started_at, NULL, NULL, note, NULL, retry_at
FROM run INDEXED BY run_active WHERE job_uid IN (SELECT value FROM json_each(?)) AND finished_at IS NULL
ORDER BY queued_at, fire_time, seq;

-- name: last_ends_of_jobs
-- How the last finished run of each of a JSON list of jobs ended.
SELECT job_uid, status FROM last_end WHERE job_uid IN (SELECT value FROM json_each(?));
