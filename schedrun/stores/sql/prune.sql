-- name: pruned_of_job
-- The stretch whose verdicts were forgotten.
SELECT first, last FROM pruned WHERE job_uid = ?;

-- name: pruned_put
-- Let the forgotten stretch of a job reach over another one.
INSERT INTO pruned (job_uid, first, last) VALUES (?, ?, ?)
ON CONFLICT (job_uid) DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last);

-- name: prune_bounds
-- How far a job may be forgotten: not beyond its cursor, and not at all while some instants are covered ahead of it.
SELECT cursor FROM job WHERE uid = ? AND covered_until IS NULL;

-- name: prune_kept_run
-- The fire time of the oldest run that is kept where so many are.
SELECT fire_time FROM (
    SELECT fire_time FROM run WHERE job_uid = :uid AND kind = 'scheduled'
    UNION ALL
    SELECT fire_time FROM run WHERE job_uid = :uid AND kind = 'manual'
    ORDER BY fire_time DESC LIMIT 1 OFFSET :keep - 1
) AS newest;

-- name: prune_kept_span
-- How far the oldest span reaches that is kept where so many are.
SELECT last FROM span WHERE job_uid = :uid ORDER BY last DESC LIMIT 1 OFFSET :keep - 1;

-- name: prunable_runs
-- Finished runs of a job that are too old or too many, the oldest first: two ordered indexes, merged.
SELECT seq, kind, fire_time FROM (
    SELECT * FROM run WHERE job_uid = :uid AND kind = 'scheduled' AND fire_time < :upto AND fire_time <= :cursor
    UNION ALL
    SELECT * FROM run WHERE job_uid = :uid AND kind = 'manual' AND fire_time < :upto
    ORDER BY fire_time
) AS newest
WHERE finished_at IS NOT NULL AND (fire_time < :kept OR (fire_time < :before AND finished_at < :before))
ORDER BY fire_time LIMIT :limit;

-- name: prunable_spans
-- Spans of a job that are too old or too many, the oldest first.
SELECT id, first, last FROM span
WHERE job_uid = :uid AND last < :upto AND last <= :cursor
    AND (last < :kept OR (last < :before AND ifnull(decided_at, last) < :before))
ORDER BY last LIMIT :limit;

-- name: prune_attempts
-- Forget what the attempts of runs did.
DELETE FROM attempt WHERE run IN (SELECT value FROM json_each(?));

-- name: prune_runs
-- Forget runs.
DELETE FROM run WHERE seq IN (SELECT value FROM json_each(?));

-- name: prune_spans
-- Forget spans.
DELETE FROM span WHERE id IN (SELECT value FROM json_each(?));

-- name: span_earliest
-- Where the span begins that begins first.
SELECT min(first) FROM span;

-- name: prunable_records
-- How many records of the service's own may be forgotten.
SELECT (SELECT count(*) FROM event WHERE at < :needed)
    + (SELECT count(*) FROM request WHERE done_at < :before)
    + (SELECT count(*) FROM notice WHERE at < :before AND NOT EXISTS (
        SELECT 1 FROM delivery WHERE delivery.notice = notice.seq
    ))
    + (SELECT count(*) FROM session WHERE started_at < (
        SELECT max(started_at) FROM session WHERE started_at <= :needed
    ));

-- name: prune_events
-- Forget the oldest events.
DELETE FROM event WHERE id IN (SELECT id FROM event WHERE at < ? ORDER BY at, id LIMIT ?);

-- name: prune_requests
-- Forget requests that were answered long ago.
DELETE FROM request WHERE id IN (SELECT id FROM request WHERE done_at < ? LIMIT ?);

-- name: prune_sessions
-- Forget the sessions before the last one that had started at an instant: those after it explain what is kept.
DELETE FROM session WHERE id IN (
    SELECT id FROM session
    WHERE started_at < (SELECT max(started_at) FROM session WHERE started_at <= ?)
    ORDER BY started_at LIMIT ?
);
