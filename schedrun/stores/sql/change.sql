-- name: run_states
-- How far the runs of a JSON list of ids are.
SELECT id, job_uid, status, attempt FROM run WHERE id IN (SELECT value FROM json_each(?));

-- name: run_states_active
-- How far some of the runs are that have not ended.
SELECT id, job_uid, status, attempt FROM run INDEXED BY run_active WHERE finished_at IS NULL LIMIT ?;

-- name: run_states_from
-- How far the runs are that were recorded from an ordinal on.
SELECT seq, id, job_uid, status, attempt FROM run WHERE seq >= ? ORDER BY seq LIMIT ?;

-- name: run_state_last
-- How far the run is that was recorded last.
SELECT seq, id, job_uid, status, attempt FROM run WHERE seq = (SELECT max(seq) FROM run);

-- name: jobs_changed
-- The keys of the jobs that changed behind an ordinal, by their last change.
SELECT ordinal, key FROM job_change CROSS JOIN job ON job.uid = job_uid WHERE ordinal > ? ORDER BY ordinal LIMIT ?;

-- name: job_change_last
-- The ordinal of the last change of a job.
SELECT ifnull(max(ordinal), 0) FROM job_change;

-- name: sync_at
-- When the last reconcile was recorded.
SELECT at FROM sync WHERE id = 1;

-- name: attempt_of_run
-- What one attempt of a run did.
SELECT number, attempt.status, attempt.started_at, attempt.finished_at, exit_code, error, output
FROM run JOIN attempt ON attempt.run = run.seq WHERE run.id = ? AND number = ?;
