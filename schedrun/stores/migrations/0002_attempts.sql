-- Retries, groups, and what a verdict was given for.

-- A run that waits for its next attempt starts no earlier than retry_at; note says why a run ended in the queue.
ALTER TABLE run ADD COLUMN retry_at INTEGER;
ALTER TABLE run ADD COLUMN note TEXT;

-- Where runs are limited each unit of work asks how many run; an index of its own would cost every run two changes.
DROP INDEX run_active;
CREATE INDEX run_active ON run (job_uid, status) WHERE finished_at IS NULL;

-- How the attempt ended, though the run may have gone on; ends without an attempt become notes.
ALTER TABLE attempt ADD COLUMN status TEXT;
UPDATE attempt SET status = (SELECT run.status FROM run WHERE run.seq = attempt.run);
UPDATE run SET note = (SELECT error FROM attempt WHERE attempt.run = run.seq AND number = 0)
WHERE attempt = 0 AND finished_at IS NOT NULL;
DELETE FROM attempt WHERE number = 0;

-- When the verdict on the last of them was given, and the run they made way for.
ALTER TABLE span ADD COLUMN decided_at INTEGER;
ALTER TABLE span ADD COLUMN blocked_by TEXT;

-- The group that the spec names, where a statement can see it.
ALTER TABLE job ADD COLUMN group_name TEXT;

-- The stretch of occurrences of a job whose verdicts were pruned: none of them may be given another.
CREATE TABLE pruned (
    job_uid TEXT PRIMARY KEY REFERENCES job (uid),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    CHECK (first <= last)
) STRICT, WITHOUT ROWID;
