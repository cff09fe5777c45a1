-- name: job_by_uid
-- The row of a uid, tombstones included.
SELECT uid, key, origin, spec, cursor, file, line, revision, covered_until,
       override_by, override_reason, override_since, override_until, held, removed_at
FROM job WHERE uid = ?;

-- name: job_by_key
-- The live row of a key, else its newest tombstone.
SELECT uid, key, origin, spec, cursor, file, line, revision, covered_until,
       override_by, override_reason, override_since, override_until, held, removed_at
FROM job WHERE key = ? ORDER BY removed_at DESC NULLS FIRST LIMIT 1;

-- name: jobs_live
-- Every live row by key.
SELECT uid, key, origin, spec, cursor, file, line, revision, covered_until,
       override_by, override_reason, override_since, override_until, held, removed_at
FROM job WHERE removed_at IS NULL ORDER BY key;

-- name: jobs_all
-- Every row by key, the live one first, then the newest tombstone.
SELECT uid, key, origin, spec, cursor, file, line, revision, covered_until,
       override_by, override_reason, override_since, override_until, held, removed_at
FROM job ORDER BY key, removed_at DESC NULLS FIRST;

-- name: job_uid_by_key
-- The uid of the row that `job_by_key` answers, without its spec.
SELECT uid FROM job WHERE key = ? ORDER BY removed_at DESC NULLS FIRST LIMIT 1;

-- name: job_keys
-- The keys of a JSON list of uids.
SELECT uid, key FROM job WHERE uid IN (SELECT value FROM json_each(?));

-- name: job_uids
-- The uids of all rows.
SELECT uid FROM job ORDER BY uid;

-- name: job_put
-- Insert a row, or replace the one with its uid whole; a second live row of a key is refused by its index.
INSERT INTO job (uid, key, origin, spec, cursor, file, line, revision, covered_until,
                 override_by, override_reason, override_since, override_until, held, removed_at, group_name)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (uid) DO UPDATE SET
    key = excluded.key, origin = excluded.origin, spec = excluded.spec, cursor = excluded.cursor,
    file = excluded.file, line = excluded.line, revision = excluded.revision,
    covered_until = excluded.covered_until, override_by = excluded.override_by,
    override_reason = excluded.override_reason, override_since = excluded.override_since,
    override_until = excluded.override_until, held = excluded.held, removed_at = excluded.removed_at,
    group_name = excluded.group_name;

-- name: job_move_cursor
-- Move one cursor and touch nothing else.
UPDATE job SET cursor = ? WHERE uid = ?;

-- name: job_bury
-- Make a live row a tombstone.
UPDATE job SET removed_at = ? WHERE uid = ? AND removed_at IS NULL;
