-- What changed last, so that who follows the jobs need not read all of them.

-- The order in which rows of jobs last changed: one row a job. A cursor that moves changes nothing and pays nothing.
CREATE TABLE job_change (
    ordinal INTEGER PRIMARY KEY,
    job_uid TEXT NOT NULL UNIQUE REFERENCES job (uid)
) STRICT;

INSERT INTO job_change (job_uid) SELECT uid FROM job;

CREATE TRIGGER job_added AFTER INSERT ON job BEGIN
    INSERT INTO job_change (ordinal, job_uid) VALUES ((SELECT ifnull(max(ordinal), 0) + 1 FROM job_change), new.uid);
END;

CREATE TRIGGER job_changed AFTER UPDATE OF key, origin, spec, file, line, revision, override_by, override_reason,
    override_since, override_until, held, removed_at ON job
WHEN (new.key, new.origin, new.spec, new.file, new.line, new.revision, new.override_by, new.override_reason,
      new.override_since, new.override_until, new.held, new.removed_at)
IS NOT (old.key, old.origin, old.spec, old.file, old.line, old.revision, old.override_by, old.override_reason,
        old.override_since, old.override_until, old.held, old.removed_at)
BEGIN
    UPDATE job_change SET ordinal = (SELECT max(ordinal) + 1 FROM job_change) WHERE job_uid = new.uid;
END;

CREATE TRIGGER job_late AFTER INSERT ON lateness
WHEN new.unfinished_since IS NOT NULL OR new.unsucceeded_since IS NOT NULL
BEGIN
    UPDATE job_change SET ordinal = (SELECT max(ordinal) + 1 FROM job_change) WHERE job_uid = new.job_uid;
END;

CREATE TRIGGER job_lateness AFTER UPDATE OF unfinished_since, unsucceeded_since ON lateness
WHEN (new.unfinished_since, new.unsucceeded_since) IS NOT (old.unfinished_since, old.unsucceeded_since)
BEGIN
    UPDATE job_change SET ordinal = (SELECT max(ordinal) + 1 FROM job_change) WHERE job_uid = new.job_uid;
END;

CREATE TRIGGER job_late_no_more AFTER DELETE ON lateness
WHEN old.unfinished_since IS NOT NULL OR old.unsucceeded_since IS NOT NULL
BEGIN
    UPDATE job_change SET ordinal = (SELECT max(ordinal) + 1 FROM job_change) WHERE job_uid = old.job_uid;
END;
