-- name: totals
-- What was counted by job and verdict.
SELECT job, verdict, runs, occurrences, at FROM total;

-- name: buckets
-- What was measured by set.
SELECT measure, job_set, upto, count, micros FROM bucket;

-- name: total_add
-- Count more.
INSERT INTO total (job, verdict, runs, occurrences, at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (job, verdict) DO UPDATE SET
    runs = runs + excluded.runs, occurrences = occurrences + excluded.occurrences, at = max(at, excluded.at);

-- name: bucket_add
-- Measure more.
INSERT INTO bucket (measure, job_set, upto, count, micros) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (measure, job_set, upto) DO UPDATE SET
    count = count + excluded.count, micros = micros + excluded.micros;

-- name: job_key_of_uid
-- The key of a row, tombstones included.
SELECT key FROM job WHERE uid = ?;
