-- name: salvage_jobs
-- Jobs from a rowid on, by the table alone.
SELECT rowid, uid, key, origin, spec, cursor, file, line, revision, covered_until,
       override_by, override_reason, override_since, override_until, held, removed_at
FROM job NOT INDEXED WHERE rowid > ? ORDER BY rowid;

-- name: salvage_runs
-- Runs from a rowid on, by the table alone.
SELECT seq, id, job_uid, fire_time, kind, status, queued_at, attempt, started_at, finished_at, NULL, note, NULL, retry_at
FROM run NOT INDEXED WHERE seq > ? ORDER BY seq;

-- name: salvage_spans
-- Spans from a rowid on, by the table alone.
SELECT id, job_uid, first, last, count, status, reason, decided_at, blocked_by
FROM span NOT INDEXED WHERE id > ? ORDER BY id;

-- name: salvage_attempt
-- What an attempt did.
SELECT exit_code, error, output FROM attempt WHERE run = ? AND number = ?;
