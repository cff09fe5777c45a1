-- Notices: what people are told about jobs.

-- One row a notice; facts are JSON. Addresses stand in the job's spec alone.
CREATE TABLE notice (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    job_uid TEXT NOT NULL REFERENCES job (uid),
    kind TEXT NOT NULL CHECK (kind IN ('failure', 'recovery', 'missed', 'late')),
    at INTEGER NOT NULL,
    run_id TEXT,
    facts TEXT,
    held_back INTEGER NOT NULL
) STRICT;

CREATE INDEX notice_newest ON notice (at);

-- What is on its way: a row goes when its notice was delivered, or is given up.
CREATE TABLE delivery (
    notice INTEGER NOT NULL REFERENCES notice (seq),
    channel TEXT NOT NULL,
    next_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    PRIMARY KEY (notice, channel)
) STRICT, WITHOUT ROWID;

CREATE INDEX delivery_next ON delivery (next_at);

-- What was told last of each kind about each job, and how many were held back since.
CREATE TABLE told (
    job_uid TEXT NOT NULL REFERENCES job (uid),
    kind TEXT NOT NULL CHECK (kind IN ('failure', 'recovery', 'missed', 'late')),
    at INTEGER NOT NULL,
    held_back INTEGER NOT NULL,
    unrecovered INTEGER NOT NULL CHECK (unrecovered IN (0, 1)),
    PRIMARY KEY (job_uid, kind)
) STRICT, WITHOUT ROWID;
