-- name: run_by_id
-- A run as its last attempt shows it.
SELECT id, job_uid, fire_time, kind, status, queued_at, run.attempt, started_at, run.finished_at,
       exit_code, error, output
FROM run LEFT JOIN attempt ON attempt.run = seq AND number = run.attempt
WHERE id = ?;

-- name: runs_active
-- Queued and running runs of all jobs, oldest first.
SELECT id, job_uid, fire_time, kind, status, queued_at, run.attempt, started_at, run.finished_at,
       exit_code, error, output
FROM run LEFT JOIN attempt ON attempt.run = seq AND number = run.attempt
WHERE run.finished_at IS NULL ORDER BY queued_at, fire_time, seq;

-- name: runs_active_of_job
-- Queued and running runs of one job, oldest first.
SELECT id, job_uid, fire_time, kind, status, queued_at, run.attempt, started_at, run.finished_at,
       exit_code, error, output
FROM run LEFT JOIN attempt ON attempt.run = seq AND number = run.attempt
WHERE job_uid = ? AND run.finished_at IS NULL ORDER BY queued_at, fire_time, seq;

-- name: runs_newest
-- The newest runs of all jobs.
SELECT id, job_uid, fire_time, kind, status, queued_at, run.attempt, started_at, run.finished_at,
       exit_code, error, output
FROM run LEFT JOIN attempt ON attempt.run = seq AND number = run.attempt
ORDER BY fire_time DESC, seq DESC LIMIT ?;

-- name: runs_newest_of_job
-- The newest runs of one job: two ordered indexes, merged.
SELECT id, job_uid, fire_time, kind, status, queued_at, newest.attempt, started_at, newest.finished_at,
       exit_code, error, output
FROM (
    SELECT * FROM run WHERE job_uid = :uid AND kind = 'scheduled'
    UNION ALL
    SELECT * FROM run WHERE job_uid = :uid AND kind = 'manual'
    ORDER BY fire_time DESC, seq DESC LIMIT :limit
) AS newest LEFT JOIN attempt ON attempt.run = seq AND number = newest.attempt
ORDER BY fire_time DESC, seq DESC;

-- name: runs_last_finished
-- How each job's last finished run ended.
SELECT uid, (
    SELECT status FROM run WHERE job_uid = uid AND finished_at IS NOT NULL
    ORDER BY finished_at DESC, fire_time DESC LIMIT 1
) AS last_status
FROM job WHERE last_status IS NOT NULL;

-- name: run_insert
-- Record a run; the unique indexes refuse an id or an occurrence that is recorded already.
INSERT INTO run (id, job_uid, fire_time, kind, status, queued_at, attempt, finished_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: run_start
-- Move a queued run to running with its next attempt.
UPDATE run SET status = 'running', attempt = attempt + 1 WHERE id = ? AND status = 'queued'
RETURNING seq, attempt;

-- name: run_finish
-- End the attempt that is named; a later attempt or an earlier end leaves nothing to end.
UPDATE run SET status = ?, finished_at = ? WHERE id = ? AND attempt = ? AND finished_at IS NULL
RETURNING seq;

-- name: attempt_insert
-- Record an attempt of the run with this number in the ledger.
INSERT INTO attempt (run, number, started_at, finished_at, exit_code, error, output) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: attempt_finish
-- Record how an attempt ended; a run that was never started ends as number 0.
INSERT INTO attempt (run, number, finished_at, exit_code, error, output) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (run, number) DO UPDATE SET
    finished_at = excluded.finished_at, exit_code = excluded.exit_code,
    error = excluded.error, output = excluded.output;
