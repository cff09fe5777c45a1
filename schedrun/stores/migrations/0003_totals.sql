-- Totals: what was counted since the ledger began, never lowered.

-- Runs that ended for good, and occurrences with a verdict, by the key that their job had; at: when the last was given.
CREATE TABLE total (
    job TEXT NOT NULL,
    verdict TEXT NOT NULL,
    runs INTEGER NOT NULL,
    occurrences INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (job, verdict),
    CHECK (runs >= 0 AND occurrences >= 0)
) STRICT, WITHOUT ROWID;

-- Measured values by their upper bound; bounds and values are microseconds, the last bound is the greatest integer.
CREATE TABLE bucket (
    measure TEXT NOT NULL CHECK (measure IN ('run_duration', 'start_lateness')),
    job_set TEXT NOT NULL,
    upto INTEGER NOT NULL,
    count INTEGER NOT NULL,
    micros INTEGER NOT NULL,
    PRIMARY KEY (measure, job_set, upto),
    CHECK (count >= 1 AND micros >= 0)
) STRICT, WITHOUT ROWID;

-- What is kept is counted; how late those runs started is not recorded.
INSERT INTO total (job, verdict, runs, occurrences, at)
SELECT job.key, run.status, count(*), sum(run.kind = 'scheduled'), max(run.finished_at)
FROM run JOIN job ON job.uid = run.job_uid WHERE run.finished_at IS NOT NULL GROUP BY job.key, run.status;

INSERT INTO total (job, verdict, runs, occurrences, at)
SELECT job.key, span.status, 0, sum(span.count), max(ifnull(span.decided_at, span.last))
FROM span JOIN job ON job.uid = span.job_uid GROUP BY job.key, span.status;

INSERT INTO bucket (measure, job_set, upto, count, micros)
SELECT 'run_duration', job_set,
    CASE
        WHEN took <= 100000 THEN 100000
        WHEN took <= 500000 THEN 500000
        WHEN took <= 1000000 THEN 1000000
        WHEN took <= 2500000 THEN 2500000
        WHEN took <= 5000000 THEN 5000000
        WHEN took <= 10000000 THEN 10000000
        WHEN took <= 30000000 THEN 30000000
        WHEN took <= 60000000 THEN 60000000
        WHEN took <= 120000000 THEN 120000000
        WHEN took <= 300000000 THEN 300000000
        WHEN took <= 600000000 THEN 600000000
        WHEN took <= 1800000000 THEN 1800000000
        WHEN took <= 3600000000 THEN 3600000000
        WHEN took <= 7200000000 THEN 7200000000
        WHEN took <= 21600000000 THEN 21600000000
        WHEN took <= 86400000000 THEN 86400000000
        ELSE 9223372036854775807
    END AS bound, count(*), sum(took)
FROM (
    SELECT max(0, run.finished_at - run.started_at) AS took,
        CASE WHEN instr(job.key, '/') THEN substr(job.key, 1, instr(job.key, '/') - 1) ELSE '-' END AS job_set
    FROM run JOIN job ON job.uid = run.job_uid
    WHERE run.status IN ('succeeded', 'failed', 'timed_out') AND run.started_at IS NOT NULL
) AS ended GROUP BY job_set, bound;
