-- The ledger. Instants are microseconds since 1970-01-01T00:00:00Z.

-- "SDRN": tells our files from other databases.
PRAGMA application_id = 1396986446;

-- One row a job, tombstones included; spec is the manifest's text after defaults, as JSON.
CREATE TABLE job (
    uid TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('manifest', 'code')),
    spec TEXT NOT NULL,
    cursor INTEGER NOT NULL,
    file TEXT,
    line INTEGER,
    revision TEXT,
    covered_until INTEGER,
    override_by TEXT,
    override_reason TEXT,
    override_since INTEGER,
    override_until INTEGER,
    held TEXT,
    removed_at INTEGER,
    CHECK ((override_by IS NULL) = (override_since IS NULL))
) STRICT;

CREATE UNIQUE INDEX job_live ON job (key) WHERE removed_at IS NULL;
CREATE INDEX job_key ON job (key);

-- One row a run whatever its attempts; attempt is the number of the last, 0 before the first, started_at its begin.
CREATE TABLE run (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    job_uid TEXT NOT NULL REFERENCES job (uid),
    fire_time INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('scheduled', 'manual')),
    status TEXT NOT NULL,
    queued_at INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'timed_out', 'cancelled', 'interrupted')),
    CHECK ((finished_at IS NULL) = (status IN ('queued', 'running')))
) STRICT;

CREATE UNIQUE INDEX run_occurrence ON run (job_uid, fire_time) WHERE kind = 'scheduled';
CREATE INDEX run_manual ON run (job_uid, fire_time) WHERE kind = 'manual';
CREATE INDEX run_newest ON run (fire_time);
CREATE INDEX run_active ON run (job_uid) WHERE finished_at IS NULL;

-- What each attempt did, written when it ended; number 0 is the end of a run that was never started.
CREATE TABLE attempt (
    run INTEGER NOT NULL REFERENCES run (seq),
    number INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER NOT NULL,
    exit_code INTEGER,
    error TEXT,
    output TEXT,
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

-- How each job's last finished run ended: an index over all ends would cost every run a page of its own.
CREATE TABLE last_end (
    job_uid TEXT PRIMARY KEY,
    finished_at INTEGER NOT NULL,
    fire_time INTEGER NOT NULL,
    status TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Consecutive occurrences that never ran, with one verdict and reason.
CREATE TABLE span (
    id INTEGER PRIMARY KEY,
    job_uid TEXT NOT NULL REFERENCES job (uid),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    count INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('skipped', 'missed', 'superseded')),
    reason TEXT NOT NULL,
    CHECK (first <= last AND count >= 1)
) STRICT;

CREATE INDEX span_job ON span (job_uid, last);
CREATE INDEX span_newest ON span (last);

-- What the last reconcile recorded: one row.
CREATE TABLE sync (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    paths TEXT NOT NULL,
    revision_attempted TEXT NOT NULL,
    revision_applied TEXT,
    at INTEGER NOT NULL,
    broken TEXT NOT NULL,
    blocked TEXT NOT NULL
) STRICT;

-- One row a process that was active.
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    pid INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    alive_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;

CREATE INDEX session_started ON session (started_at);

-- What happened to the service itself.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    name TEXT NOT NULL,
    facts TEXT NOT NULL
) STRICT;

CREATE INDEX event_newest ON event (at);

-- What other processes ask of the active one.
CREATE TABLE request (
    id TEXT PRIMARY KEY,
    verb TEXT NOT NULL,
    arguments TEXT NOT NULL,
    by TEXT NOT NULL,
    at INTEGER NOT NULL,
    result TEXT,
    done_at INTEGER
) STRICT;

CREATE INDEX request_open ON request (at) WHERE result IS NULL;
