-- name: run_by_id
-- A run as its last attempt shows it.
SELECT id, job_uid, fire_time, kind, status, queued_at, run.attempt, run.started_at, run.finished_at,
       exit_code, error, output
FROM run LEFT JOIN attempt ON attempt.run = seq AND number = run.attempt
WHERE id = ?;

-- name: runs_active
-- Queued and running runs of all jobs, oldest first.
SELECT id, job_uid, fire_time, kind, status, queued_at, attempt, started_at, NULL, NULL, NULL, NULL
FROM run WHERE finished_at IS NULL ORDER BY queued_at, fire_time, seq;

-- name: runs_active_of_job
-- Queued and running runs of one job, oldest first.
SELECT id, job_uid, fire_time, kind, status, queued_at, attempt, started_at, NULL, NULL, NULL, NULL
FROM run WHERE job_uid = ? AND finished_at IS NULL ORDER BY queued_at, fire_time, seq;

-- name: runs_newest
-- The newest runs of all jobs.
SELECT id, job_uid, fire_time, kind, status, queued_at, run.attempt, run.started_at, run.finished_at,
       exit_code, error, output
FROM run LEFT JOIN attempt ON attempt.run = seq AND number = run.attempt
ORDER BY fire_time DESC, seq DESC LIMIT ?;

-- name: runs_newest_of_job
-- The newest runs of one job: two ordered indexes, merged.
SELECT id, job_uid, fire_time, kind, status, queued_at, newest.attempt, newest.started_at, newest.finished_at,
       exit_code, error, output
FROM (
    SELECT * FROM run WHERE job_uid = :uid AND kind = 'scheduled'
    UNION ALL
    SELECT * FROM run WHERE job_uid = :uid AND kind = 'manual'
    ORDER BY fire_time DESC, seq DESC LIMIT :limit
) AS newest LEFT JOIN attempt ON attempt.run = seq AND number = newest.attempt
ORDER BY fire_time DESC, seq DESC;

-- name: last_ends
-- How each job's last finished run ended.
SELECT job_uid, status FROM last_end;

-- name: last_end_put
-- Note an end, unless a later one is noted; of two at one instant the later occurrence counts.
INSERT INTO last_end (job_uid, finished_at, fire_time, status) VALUES (?, ?, ?, ?)
ON CONFLICT (job_uid) DO UPDATE SET
    finished_at = excluded.finished_at, fire_time = excluded.fire_time, status = excluded.status
WHERE (excluded.finished_at, excluded.fire_time) >= (last_end.finished_at, last_end.fire_time);

-- name: run_insert
-- Record a run; the unique indexes refuse an id or an occurrence that is recorded already.
INSERT INTO run (id, job_uid, fire_time, kind, status, queued_at, attempt, started_at, finished_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: run_start
-- Move a queued run to running with its next attempt.
UPDATE run SET status = 'running', attempt = attempt + 1, started_at = ? WHERE id = ? AND status = 'queued'
RETURNING id, job_uid, fire_time, kind, status, queued_at, attempt, started_at, NULL, NULL, NULL, NULL;

-- name: run_finish
-- End the attempt that is named; a later attempt or an earlier end leaves nothing to end.
UPDATE run SET status = ?, finished_at = ? WHERE id = ? AND attempt = ? AND finished_at IS NULL
RETURNING seq, started_at, job_uid, fire_time;

-- name: attempt_insert
-- Record what an attempt did.
INSERT INTO attempt (run, number, started_at, finished_at, exit_code, error, output) VALUES (?, ?, ?, ?, ?, ?, ?);
