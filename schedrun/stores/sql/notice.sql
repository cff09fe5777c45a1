-- name: notice_by_id
-- A notice.
SELECT id, job_uid, kind, at, run_id, facts, held_back FROM notice WHERE id = ?;

-- name: notices_newest
-- The newest notices.
SELECT id, job_uid, kind, at, run_id, facts, held_back FROM notice ORDER BY at DESC, seq DESC LIMIT ?;

-- name: notice_insert
-- Record a notice that is not known yet.
INSERT INTO notice (id, job_uid, kind, at, run_id, facts, held_back) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING RETURNING seq;

-- name: delivery_insert
-- Send a notice on its way, once to each channel.
INSERT INTO delivery (notice, channel, next_at, tries) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING;

-- name: deliveries_open
-- What is on its way to other channels than these, what is tried next first.
SELECT notice.id, channel, next_at, tries FROM delivery JOIN notice ON notice.seq = delivery.notice
WHERE channel NOT IN (SELECT value FROM json_each(?))
ORDER BY next_at, notice, channel LIMIT ?;

-- name: delivery_put
-- Let a delivery be tried another time.
UPDATE delivery SET next_at = ?, tries = ?
WHERE notice = (SELECT seq FROM notice WHERE id = ?) AND channel = ?;

-- name: delivery_end
-- Let a delivery be no more.
DELETE FROM delivery WHERE notice = (SELECT seq FROM notice WHERE id = ?) AND channel = ?;

-- name: told_get
-- What was told last of a kind about a job.
SELECT at, held_back, unrecovered FROM told WHERE job_uid = ? AND kind = ?;

-- name: told_put
-- Replace what was told last.
INSERT INTO told (job_uid, kind, at, held_back, unrecovered) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (job_uid, kind) DO UPDATE SET
    at = excluded.at, held_back = excluded.held_back, unrecovered = excluded.unrecovered;

-- name: prune_notices
-- Forget the oldest notices of which nothing is on its way.
DELETE FROM notice WHERE seq IN (
    SELECT seq FROM notice WHERE at < ? AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.notice = notice.seq)
    ORDER BY at, seq LIMIT ?
);
