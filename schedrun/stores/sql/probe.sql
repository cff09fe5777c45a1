-- name: probe_runs
-- Touch the rows of runs, the newest first.
SELECT count(*), max(length(status)) FROM (SELECT status FROM run NOT INDEXED ORDER BY seq DESC);

-- name: probe_attempts
-- Touch the rows of attempts, the newest first, and none of their output.
SELECT count(*), max(finished_at) FROM (SELECT finished_at FROM attempt ORDER BY run DESC, number DESC);

-- name: probe_newest
-- Touch the order of runs, the newest first.
SELECT count(*), max(fire_time) FROM (SELECT fire_time FROM run INDEXED BY run_newest ORDER BY fire_time DESC);

-- name: probe_occurrences
-- Touch the index of occurrences.
SELECT count(*), max(fire_time) FROM run INDEXED BY run_occurrence WHERE kind = 'scheduled';

-- name: probe_spans
-- Touch the rows of spans, the newest first.
SELECT count(*), max(last) FROM (SELECT last FROM span NOT INDEXED ORDER BY id DESC);
