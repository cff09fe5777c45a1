-- name: sync_get
-- What the last reconcile recorded.
SELECT paths, revision_attempted, revision_applied, at, broken, blocked FROM sync WHERE id = 1;

-- name: sync_put
-- Replace what the last reconcile recorded.
INSERT INTO sync (id, paths, revision_attempted, revision_applied, at, broken, blocked) VALUES (1, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    paths = excluded.paths, revision_attempted = excluded.revision_attempted,
    revision_applied = excluded.revision_applied, at = excluded.at,
    broken = excluded.broken, blocked = excluded.blocked;

-- name: session_last
-- The session that was begun last, whatever the clock said then.
SELECT id, pid, started_at, alive_at, ended_at FROM session
WHERE rowid = (SELECT max(rowid) FROM session);

-- name: session_before
-- The last session that had started at an instant.
SELECT id, pid, started_at, alive_at, ended_at FROM session WHERE started_at <= ?
ORDER BY started_at DESC, rowid DESC LIMIT 1;

-- name: session_after
-- The first session that started after an instant.
SELECT id, pid, started_at, alive_at, ended_at FROM session WHERE started_at > ?
ORDER BY started_at, rowid LIMIT 1;

-- name: session_put
-- Insert or replace a session.
INSERT INTO session (id, pid, started_at, alive_at, ended_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    pid = excluded.pid, started_at = excluded.started_at,
    alive_at = excluded.alive_at, ended_at = excluded.ended_at;

-- name: events_newest
-- The newest events.
SELECT at, name, facts FROM event ORDER BY at DESC, id DESC LIMIT ?;

-- name: events_after
-- The first events from an instant on.
SELECT at, name, facts FROM event WHERE at >= ? ORDER BY at, id LIMIT ?;

-- name: event_insert
-- Record an event.
INSERT INTO event (at, name, facts) VALUES (?, ?, ?);

-- name: request_by_id
-- A request, answered or not.
SELECT id, verb, arguments, by, at, result, done_at FROM request WHERE id = ?;

-- name: requests_open
-- The requests that wait for an answer, oldest first.
SELECT id, verb, arguments, by, at, result, done_at FROM request WHERE result IS NULL ORDER BY at, rowid;

-- name: request_put
-- Insert or replace a request.
INSERT INTO request (id, verb, arguments, by, at, result, done_at) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    verb = excluded.verb, arguments = excluded.arguments, by = excluded.by, at = excluded.at,
    result = excluded.result, done_at = excluded.done_at;
