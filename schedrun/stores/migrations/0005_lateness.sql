-- Lateness: what is kept of jobs that declare expectations on time.

-- One row a live job: what was judged last, what is counted from, and since when an expectation does not hold.
CREATE TABLE lateness (
    job_uid TEXT PRIMARY KEY REFERENCES job (uid),
    finish_by TEXT,
    within INTEGER,
    judged_until INTEGER NOT NULL,
    counted_from INTEGER NOT NULL,
    newest INTEGER,
    newest_succeeded INTEGER NOT NULL CHECK (newest_succeeded IN (0, 1)),
    unfinished_since INTEGER,
    unsucceeded_since INTEGER,
    CHECK (newest IS NOT NULL OR newest_succeeded = 0)
) STRICT, WITHOUT ROWID;

CREATE INDEX lateness_late ON lateness (job_uid)
WHERE unfinished_since IS NOT NULL OR unsucceeded_since IS NOT NULL;
