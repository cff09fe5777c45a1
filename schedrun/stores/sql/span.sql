-- name: spans_newest
-- The spans of all jobs that reach furthest.
SELECT job_uid, first, last, count, status, reason, decided_at, blocked_by FROM span ORDER BY last DESC, id DESC LIMIT ?;

-- name: spans_newest_of_job
-- The spans of one job that reach furthest.
SELECT job_uid, first, last, count, status, reason, decided_at, blocked_by FROM span WHERE job_uid = ?
ORDER BY last DESC, id DESC LIMIT ?;

-- name: spans_over
-- The spans of one job that touch a stretch.
SELECT job_uid, first, last, count, status, reason, decided_at, blocked_by FROM span
WHERE job_uid = :uid AND last >= :first AND first <= :last ORDER BY first, id;

-- name: span_extendable
-- The job's newest span, when no scheduled run, kept or pruned, stands between it and the instant that is given.
SELECT id, job_uid, first, last, count, status, reason, decided_at, blocked_by FROM (
    SELECT * FROM span WHERE job_uid = :uid ORDER BY last DESC, id DESC LIMIT 1
) AS newest
WHERE NOT EXISTS (
    SELECT 1 FROM run
    WHERE kind = 'scheduled' AND job_uid = :uid AND fire_time > newest.last AND fire_time < :first
) AND NOT EXISTS (
    SELECT 1 FROM pruned WHERE job_uid = :uid AND pruned.last > newest.last AND pruned.first < :first
);

-- name: span_extend
-- Let a span reach further.
UPDATE span SET last = ?, count = count + ?, decided_at = ? WHERE id = ?;

-- name: span_insert
-- Record a span.
INSERT INTO span (job_uid, first, last, count, status, reason, decided_at, blocked_by)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: span_cut
-- Let a span end earlier.
UPDATE span SET last = :kept, count = :count, decided_at = :decided_at
WHERE job_uid = :uid AND last = :last AND first = :first;

-- name: span_drop
-- Take a span's verdict back.
DELETE FROM span WHERE job_uid = :uid AND last = :last AND first = :first;

-- name: verdicts
-- What already has a verdict in a stretch of one job: scheduled runs, spans that touch it, and what was pruned.
SELECT fire_time AS first, fire_time AS last FROM run
WHERE kind = 'scheduled' AND job_uid = :uid AND fire_time > :after AND fire_time <= :until
UNION ALL
SELECT first, last FROM span WHERE job_uid = :uid AND last > :after AND first <= :until
UNION ALL
SELECT first, last FROM pruned WHERE job_uid = :uid AND last > :after AND first <= :until
ORDER BY 1, 2;
