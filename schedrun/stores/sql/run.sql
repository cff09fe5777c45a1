-- name: run_by_id
-- A run as its last attempt shows it.
SELECT id, job_uid, fire_time, kind, run.status, queued_at, run.attempt, run.started_at, run.finished_at,
       exit_code, ifnull(note, error), output, retry_at
FROM run LEFT JOIN attempt ON attempt.run = seq AND number = run.attempt
WHERE id = ?;

-- name: run_ids
-- The ids in a range, which is what a prefix is.
SELECT id FROM run WHERE id >= :prefix AND id < :prefix || char(0x10FFFF) ORDER BY id LIMIT :limit;

-- name: runs_known
-- Which ids of a JSON list are those of runs.
SELECT id FROM run WHERE id IN (SELECT value FROM json_each(?));

-- name: attempts_of_run
-- What each attempt of a run did.
SELECT number, attempt.status, attempt.started_at, attempt.finished_at, exit_code, error, output
FROM attempt JOIN run ON run.seq = attempt.run WHERE run.id = ? ORDER BY number;

-- name: running
-- How many runs run.
SELECT count(*) FROM run INDEXED BY run_active WHERE status = 'running' AND finished_at IS NULL;

-- name: running_of_group
-- How many runs run of the jobs of one group.
SELECT count(*) FROM run INDEXED BY run_active CROSS JOIN job ON job.uid = run.job_uid
WHERE run.status = 'running' AND run.finished_at IS NULL AND job.group_name = ?;

-- name: runs_between
-- Both kinds of a job's runs in a stretch of fire times.
SELECT id, job_uid, fire_time, kind, newest.status, queued_at, newest.attempt, newest.started_at,
       newest.finished_at, exit_code, ifnull(note, error), output, retry_at
FROM (
    SELECT * FROM run WHERE job_uid = :uid AND kind = 'scheduled' AND fire_time BETWEEN :first AND :last
    UNION ALL
    SELECT * FROM run WHERE job_uid = :uid AND kind = 'manual' AND fire_time BETWEEN :first AND :last
) AS newest LEFT JOIN attempt ON attempt.run = seq AND number = newest.attempt
ORDER BY fire_time, seq;

-- name: runs_active
-- Queued and running runs of all jobs, oldest first.
SELECT id, job_uid, fire_time, kind, status, queued_at, attempt, started_at, NULL, NULL, note, NULL, retry_at
FROM run WHERE finished_at IS NULL ORDER BY queued_at, fire_time, seq;

-- name: runs_active_of_job
-- Queued and running runs of one job, oldest first.
SELECT id, job_uid, fire_time, kind, status, queued_at, attempt, started_at, NULL, NULL, note, NULL, retry_at
FROM run WHERE job_uid = ? AND finished_at IS NULL ORDER BY queued_at, fire_time, seq;

-- name: runs_newest
-- The newest runs of all jobs.
SELECT id, job_uid, fire_time, kind, run.status, queued_at, run.attempt, run.started_at, run.finished_at,
       exit_code, ifnull(note, error), output, retry_at
FROM run LEFT JOIN attempt ON attempt.run = seq AND number = run.attempt
ORDER BY fire_time DESC, seq DESC LIMIT ?;

-- name: runs_newest_of_job
-- The newest runs of one job: two ordered indexes, merged.
SELECT id, job_uid, fire_time, kind, newest.status, queued_at, newest.attempt, newest.started_at,
       newest.finished_at, exit_code, ifnull(note, error), output, retry_at
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
-- Record a run; unique indexes refuse an id or occurrence that is recorded, and a pruned one's run is left without id.
INSERT INTO run (id, job_uid, fire_time, kind, status, queued_at, attempt, started_at, finished_at, retry_at, note)
VALUES (
    CASE WHEN ?4 = 'scheduled' AND EXISTS (SELECT 1 FROM pruned WHERE job_uid = ?2 AND ?3 BETWEEN first AND last)
         THEN NULL ELSE ?1 END,
    ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
);

-- name: run_start
-- Move a queued run to running with its next attempt.
UPDATE run SET status = 'running', attempt = attempt + 1, started_at = ?, retry_at = NULL
WHERE id = ? AND status = 'queued'
RETURNING id, job_uid, fire_time, kind, status, queued_at, attempt, started_at, NULL, NULL, NULL, NULL, NULL;

-- name: run_finish
-- End the attempt that is named; a later attempt or an earlier end leaves nothing to end.
UPDATE run SET status = ?, finished_at = ?, retry_at = ?, note = NULL WHERE id = ? AND attempt = ? AND status = 'running'
RETURNING seq, started_at, job_uid, fire_time, kind;

-- name: run_ask_to_end
-- Note on a run that runs why it is to end.
UPDATE run SET note = ? WHERE id = ? AND status = 'running';

-- name: run_move_retry
-- Let a run that waits for its next attempt wait for another time.
UPDATE run SET retry_at = ? WHERE id = ? AND status = 'queued' AND retry_at IS NOT NULL;

-- name: run_drop
-- End a run that waits, and say why.
UPDATE run SET status = 'cancelled', finished_at = ?, retry_at = NULL, note = ? WHERE id = ? AND status = 'queued'
RETURNING job_uid, fire_time, kind;

-- name: attempt_insert
-- Record what an attempt did.
INSERT INTO attempt (run, number, status, started_at, finished_at, exit_code, error, output)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);
