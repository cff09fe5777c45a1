-- name: marks_of_job
-- The newest runs of one job, without what their attempts did: two ordered indexes, merged.
SELECT id, job_uid, fire_time, kind, status, attempt, started_at, finished_at FROM (
    SELECT * FROM run WHERE job_uid = :uid AND kind = 'scheduled'
    UNION ALL
    SELECT * FROM run WHERE job_uid = :uid AND kind = 'manual'
    ORDER BY fire_time DESC, seq DESC LIMIT :limit
) ORDER BY fire_time DESC, seq DESC;

-- name: tallies
-- How many runs of each status have their fire time in each step of a stretch.
SELECT (fire_time - :first) / :step, status, count(*) FROM run
WHERE fire_time >= :first AND fire_time < :end GROUP BY 1, 2 ORDER BY 1, 2;

-- name: spans_within
-- The newest spans of all jobs that end in a stretch.
SELECT first, last FROM span WHERE last BETWEEN :first AND :last ORDER BY last DESC, id DESC LIMIT :limit;

-- name: runs_failing
-- The last finished runs of live jobs that did not succeed: each by its occurrence, or as the manual run it was.
SELECT id, run.job_uid, run.fire_time, kind, run.status, queued_at, run.attempt, run.started_at, run.finished_at,
       exit_code, ifnull(note, error), NULL, retry_at
FROM (
    SELECT last_end.* FROM last_end JOIN job ON job.uid = job_uid AND removed_at IS NULL
    WHERE status IN ('failed', 'timed_out', 'interrupted') ORDER BY finished_at DESC, job_uid LIMIT :limit
) AS newest
JOIN run ON run.seq = coalesce(
    (SELECT seq FROM run WHERE job_uid = newest.job_uid AND kind = 'scheduled' AND fire_time = newest.fire_time
     AND finished_at = newest.finished_at),
    (SELECT seq FROM run WHERE job_uid = newest.job_uid AND kind = 'manual' AND fire_time = newest.fire_time
     AND finished_at = newest.finished_at)
)
LEFT JOIN attempt ON attempt.run = run.seq AND number = run.attempt
ORDER BY newest.finished_at DESC, newest.job_uid;

-- name: job_sets
-- How many live rows each job set has: keys alone, which an index holds.
SELECT nullif(substr(key, 1, max(instr(key, '/') - 1, 0)), ''), count(*)
FROM job INDEXED BY job_live WHERE removed_at IS NULL GROUP BY 1;
