PRAGMA application_id = 1396986446;
PRAGMA user_version = 6;
BEGIN TRANSACTION;
CREATE TABLE attempt (
    run INTEGER NOT NULL REFERENCES run (seq),
    number INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER NOT NULL,
    exit_code INTEGER,
    error TEXT,
    output TEXT, status TEXT,
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
INSERT INTO "attempt" VALUES(1,1,1772326801000000,1772327160000000,0,NULL,'naïve café
','succeeded');
INSERT INTO "attempt" VALUES(2,1,1772330401000000,1772330760000000,3,'exit code 3','no
','failed');
INSERT INTO "attempt" VALUES(3,1,1772334001000000,1772334360000000,-15,'timed out after 90s',NULL,'timed_out');
INSERT INTO "attempt" VALUES(4,1,1772337601000000,1772337960000000,-15,'cancelled',NULL,'cancelled');
INSERT INTO "attempt" VALUES(5,1,1772341201000000,1772341560000000,NULL,'the service ended while this ran',NULL,'interrupted');
INSERT INTO "attempt" VALUES(6,1,1772337601000000,1772337960000000,0,NULL,NULL,'succeeded');
INSERT INTO "attempt" VALUES(7,1,1772341201000000,1772341560000000,0,NULL,NULL,'succeeded');
INSERT INTO "attempt" VALUES(8,1,1772352001000000,1772352360000000,NULL,NULL,'None','succeeded');
INSERT INTO "attempt" VALUES(12,1,1772331480000000,1772331840000000,0,NULL,NULL,'succeeded');
INSERT INTO "attempt" VALUES(13,1,1772326801000000,1772327160000000,75,'exit code 75','later
','failed');
INSERT INTO "attempt" VALUES(13,2,1772327160000000,1772327520000000,75,'exit code 75','later
','failed');
INSERT INTO "attempt" VALUES(13,3,1772327520000000,1772328600000000,0,NULL,NULL,'succeeded');
INSERT INTO "attempt" VALUES(14,1,1772334001000000,1772334360000000,75,'exit code 75','later
','timed_out');
CREATE TABLE bucket (
    measure TEXT NOT NULL CHECK (measure IN ('run_duration', 'start_lateness')),
    job_set TEXT NOT NULL,
    upto INTEGER NOT NULL,
    count INTEGER NOT NULL,
    micros INTEGER NOT NULL,
    PRIMARY KEY (measure, job_set, upto),
    CHECK (count >= 1 AND micros >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO "bucket" VALUES('run_duration','-',600000000,1,359000000);
INSERT INTO "bucket" VALUES('run_duration','set',600000000,6,2155000000);
INSERT INTO "bucket" VALUES('run_duration','set',1800000000,1,1080000000);
CREATE TABLE delivery (
    notice INTEGER NOT NULL REFERENCES notice (seq),
    channel TEXT NOT NULL,
    next_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    PRIMARY KEY (notice, channel)
) STRICT, WITHOUT ROWID;
INSERT INTO "delivery" VALUES(1,'0123456789abcdef',1772331480000000,2);
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    name TEXT NOT NULL,
    facts TEXT NOT NULL
) STRICT;
INSERT INTO "event" VALUES(1,1772332560000000,'clock_stepped','{"seconds":-3600.5}');
INSERT INTO "event" VALUES(2,1772346600000000,'clock_stepped','{"job":"set/stepped","cursor":"2026-03-01T06:00:00+00:00"}');
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
    removed_at INTEGER, group_name TEXT,
    CHECK ((override_by IS NULL) = (override_since IS NULL))
) STRICT;
INSERT INTO "job" VALUES('00000000-0000-4000-8000-000000000000','set/hourly','manifest','{"schedule":{"cron":"0 * * * *"},"timezone":"Europe/Berlin","target":{"command":["report","--all"]},"overlap":"allow"}',1772355600000000,'manifests/jobs.yaml',4,'4f1c2d9a7b30+dirty',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "job" VALUES('00000000-0000-4000-8000-000000000001','set/often','manifest','{"schedule":{"every":"30m"},"target":{"command":["report","--all"]},"labels":{"team":"data"},"timeout":"1m30s"}',1772334000000000,'manifests/jobs.yaml',4,'4f1c2d9a7b30+dirty',NULL,'ann','moving house',1772334000000000,1772431200000000,NULL,NULL,NULL);
INSERT INTO "job" VALUES('00000000-0000-4000-8000-000000000002','set/held','manifest','{"schedule":{"cron":"0 2 * * *"},"target":{"command":["report","--all"]}}',1772341200000000,'manifests/jobs.yaml',4,NULL,NULL,NULL,NULL,NULL,NULL,'2 of 3 jobs of `set` would go',NULL,NULL);
INSERT INTO "job" VALUES('00000000-0000-4000-8000-000000000003','set/gone','manifest','{"schedule":{"cron":"0 * * * *"},"target":{"command":["report","--all"]}}',1772337600000000,'manifests/jobs.yaml',4,'4f1c2d9a7b30+dirty',NULL,NULL,NULL,NULL,NULL,NULL,1772339400000000,NULL);
INSERT INTO "job" VALUES('00000000-0000-4000-8000-000000000004','set/once','manifest','{"schedule":{"at":"2026-03-01T01:00:00Z"},"target":{"command":["report","--all"]}}',1772330400000000,'manifests/jobs.yaml',4,'4f1c2d9a7b30+dirty',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "job" VALUES('00000000-0000-4000-8000-000000000005','set/stepped','manifest','{"schedule":{"cron":"0 * * * *"},"target":{"command":["report","--all"]}}',1772330400000000,'manifests/jobs.yaml',4,'4f1c2d9a7b30+dirty',1772344800000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "job" VALUES('00000000-0000-4000-8000-000000000006','tidy_up','code','{"schedule":{"cron":"*/5 * * * *"},"target":{"code":"app.tasks:tidy_up"}}',1772352000000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "job" VALUES('00000000-0000-4000-8000-000000000007','set/paused','manifest','{"schedule":{"every":"1h"},"target":{"command":["report","--all"]},"paused":{"reason":"until the move","until":"2026-04-01T00:00:00Z"}}',1772326800000000,'manifests/jobs.yaml',4,'4f1c2d9a7b30+dirty',NULL,'bob',NULL,1772326800000000,NULL,NULL,NULL,NULL);
INSERT INTO "job" VALUES('00000000-0000-4000-8000-000000000008','set/again','manifest','{"schedule":{"cron":"0 * * * *"},"target":{"command":["report","--all"]},"retries":{"max":3,"backoff":"5m"},"idempotent":true,"group":"db"}',1772334000000000,'manifests/jobs.yaml',4,'4f1c2d9a7b30+dirty',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'db');
CREATE TABLE last_end (
    job_uid TEXT PRIMARY KEY,
    finished_at INTEGER NOT NULL,
    fire_time INTEGER NOT NULL,
    status TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "last_end" VALUES('00000000-0000-4000-8000-000000000000',1772341560000000,1772341200000000,'interrupted');
INSERT INTO "last_end" VALUES('00000000-0000-4000-8000-000000000001',1772331840000000,1772331120000000,'succeeded');
INSERT INTO "last_end" VALUES('00000000-0000-4000-8000-000000000003',1772337960000000,1772337600000000,'succeeded');
INSERT INTO "last_end" VALUES('00000000-0000-4000-8000-000000000005',1772341560000000,1772341200000000,'succeeded');
INSERT INTO "last_end" VALUES('00000000-0000-4000-8000-000000000006',1772352360000000,1772352000000000,'succeeded');
INSERT INTO "last_end" VALUES('00000000-0000-4000-8000-000000000008',1772328600000000,1772326800000000,'succeeded');
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
INSERT INTO "lateness" VALUES('00000000-0000-4000-8000-000000000000','06:00 Europe/Berlin',NULL,1772341200000000,1772323200000000,1772352000000000,0,1772341200000000,NULL);
INSERT INTO "lateness" VALUES('00000000-0000-4000-8000-000000000001',NULL,93600000000,1772323200000000,1772331840000000,1772330400000000,1,NULL,1772425440000000);
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
INSERT INTO "notice" VALUES(1,'44444444444444444444','00000000-0000-4000-8000-000000000000','failure',1772330760000000,'5c30f3283d2fb55ed3c9',NULL,0);
INSERT INTO "notice" VALUES(2,'55555555555555555555','00000000-0000-4000-8000-000000000000','missed',1772350200000000,NULL,'{"first":"2026-03-01T06:00:00Z","last":"2026-03-01T07:00:00Z","count":2,"reason":"down"}',3);
CREATE TABLE pruned (
    job_uid TEXT PRIMARY KEY REFERENCES job (uid),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    CHECK (first <= last)
) STRICT, WITHOUT ROWID;
CREATE TABLE request (
    id TEXT PRIMARY KEY,
    verb TEXT NOT NULL,
    arguments TEXT NOT NULL,
    by TEXT NOT NULL,
    at INTEGER NOT NULL,
    result TEXT,
    done_at INTEGER
) STRICT;
INSERT INTO "request" VALUES('q1','apply','{"paths":["/srv/manifests"],"allow_remove":2}','ann',1772334000000000,'{"text":"done"}',1772334360000000);
INSERT INTO "request" VALUES('q2','apply','{"paths":null,"allow_remove":null}','bob',1772355780000000,NULL,NULL);
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
    finished_at INTEGER, retry_at INTEGER, note TEXT,
    CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'timed_out', 'cancelled', 'interrupted')),
    CHECK ((finished_at IS NULL) = (status IN ('queued', 'running')))
) STRICT;
INSERT INTO "run" VALUES(1,'1e5389e88a05947b0f62','00000000-0000-4000-8000-000000000000',1772326800000000,'scheduled','succeeded',1772326801000000,1,1772326801000000,1772327160000000,NULL,NULL);
INSERT INTO "run" VALUES(2,'5c30f3283d2fb55ed3c9','00000000-0000-4000-8000-000000000000',1772330400000000,'scheduled','failed',1772330401000000,1,1772330401000000,1772330760000000,NULL,NULL);
INSERT INTO "run" VALUES(3,'51497e6fe33533343b09','00000000-0000-4000-8000-000000000000',1772334000000000,'scheduled','timed_out',1772334001000000,1,1772334001000000,1772334360000000,NULL,NULL);
INSERT INTO "run" VALUES(4,'3098599ffb6a3f1b1a6a','00000000-0000-4000-8000-000000000000',1772337600000000,'scheduled','cancelled',1772337601000000,1,1772337601000000,1772337960000000,NULL,NULL);
INSERT INTO "run" VALUES(5,'9fff510ce7bf9bd9e705','00000000-0000-4000-8000-000000000000',1772341200000000,'scheduled','interrupted',1772341201000000,1,1772341201000000,1772341560000000,NULL,NULL);
INSERT INTO "run" VALUES(6,'c02e67230a31b9a7c34d','00000000-0000-4000-8000-000000000003',1772337600000000,'scheduled','succeeded',1772337601000000,1,1772337601000000,1772337960000000,NULL,NULL);
INSERT INTO "run" VALUES(7,'d892292ef443a5b7b137','00000000-0000-4000-8000-000000000005',1772341200000000,'scheduled','succeeded',1772341201000000,1,1772341201000000,1772341560000000,NULL,NULL);
INSERT INTO "run" VALUES(8,'94731c5ad85d0464115a','00000000-0000-4000-8000-000000000006',1772352000000000,'scheduled','succeeded',1772352001000000,1,1772352001000000,1772352360000000,NULL,NULL);
INSERT INTO "run" VALUES(9,'fbb00864c3826e03c8b4','00000000-0000-4000-8000-000000000003',1772334000000000,'scheduled','cancelled',1772334001000000,0,NULL,1772337600000000,NULL,'replaced by a later run before it started');
INSERT INTO "run" VALUES(10,'2c47d2ef128dc5b5ff3e','00000000-0000-4000-8000-000000000000',1772352000000000,'scheduled','running',1772352001000000,1,1772352001000000,NULL,NULL,NULL);
INSERT INTO "run" VALUES(11,'5f0c4ca155d714c67d94','00000000-0000-4000-8000-000000000000',1772355600000000,'scheduled','queued',1772355601000000,0,NULL,NULL,NULL,NULL);
INSERT INTO "run" VALUES(12,'0242a72bb0a819ab81e3','00000000-0000-4000-8000-000000000001',1772331120000000,'manual','succeeded',1772331120000000,1,1772331480000000,1772331840000000,NULL,NULL);
INSERT INTO "run" VALUES(13,'af7e996979e45b05309d','00000000-0000-4000-8000-000000000008',1772326800000000,'scheduled','succeeded',1772326801000000,3,1772327520000000,1772328600000000,NULL,NULL);
INSERT INTO "run" VALUES(14,'80c463235b8c551e102f','00000000-0000-4000-8000-000000000008',1772334000000000,'scheduled','queued',1772334001000000,1,1772334001000000,NULL,1772334720000000,NULL);
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    pid INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    alive_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
INSERT INTO "session" VALUES('11111111111111111111111111111111',101,1772323200000000,1772330400000000,1772330400000000);
INSERT INTO "session" VALUES('22222222222222222222222222222222',102,1772332200000000,1772343000000000,NULL);
INSERT INTO "session" VALUES('33333333333333333333333333333333',103,1772350200000000,1772355960000000,NULL);
CREATE TABLE span (
    id INTEGER PRIMARY KEY,
    job_uid TEXT NOT NULL REFERENCES job (uid),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    count INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('skipped', 'missed', 'superseded')),
    reason TEXT NOT NULL, decided_at INTEGER, blocked_by TEXT,
    CHECK (first <= last AND count >= 1)
) STRICT;
INSERT INTO "span" VALUES(1,'00000000-0000-4000-8000-000000000000',1772344800000000,1772348400000000,2,'missed','came due more than its grace of 5m before it could start',NULL,NULL);
INSERT INTO "span" VALUES(2,'00000000-0000-4000-8000-000000000001',1772325000000000,1772330400000000,4,'superseded','a later fire was caught up in its place',NULL,NULL);
INSERT INTO "span" VALUES(3,'00000000-0000-4000-8000-000000000001',1772332200000000,1772334000000000,2,'skipped','run 0123456789abcdef0123 was still active',NULL,NULL);
INSERT INTO "span" VALUES(4,'00000000-0000-4000-8000-000000000004',1772326800000000,1772326800000000,1,'missed','2026-03-01T01:00:00Z had passed when the job was first seen',NULL,NULL);
INSERT INTO "span" VALUES(5,'00000000-0000-4000-8000-000000000005',1772344800000000,1772344800000000,1,'skipped','paused by ann: rain',NULL,NULL);
INSERT INTO "span" VALUES(6,'00000000-0000-4000-8000-000000000008',1772330400000000,1772330400000000,1,'skipped','run x was active',1772330760000000,'af7e996979e45b05309d');
CREATE TABLE sync (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    paths TEXT NOT NULL,
    revision_attempted TEXT NOT NULL,
    revision_applied TEXT,
    at INTEGER NOT NULL,
    broken TEXT NOT NULL,
    blocked TEXT NOT NULL
) STRICT;
INSERT INTO "sync" VALUES(1,'["manifests/","more.yaml"]','5a5a5a5a5a5a','4f1c2d9a7b30+dirty',1772355600000000,'[{"code":"SR105","severity":"error","position":{"file":"manifests/b.yaml","line":3,"column":5,"end_line":3,"end_column":9},"message":"declared twice: ü","hint":"rename one","related":{"file":"manifests/a.yaml","line":1,"column":1,"end_line":null,"end_column":null},"related_note":"first here","job":null,"masked":false,"edits":[]}]','[{"job":"set/held","reason":"2 of 3 jobs of `set` would go"}]');
CREATE TABLE told (
    job_uid TEXT NOT NULL REFERENCES job (uid),
    kind TEXT NOT NULL CHECK (kind IN ('failure', 'recovery', 'missed', 'late')),
    at INTEGER NOT NULL,
    held_back INTEGER NOT NULL,
    unrecovered INTEGER NOT NULL CHECK (unrecovered IN (0, 1)),
    PRIMARY KEY (job_uid, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO "told" VALUES('00000000-0000-4000-8000-000000000000','failure',1772330760000000,1,1);
INSERT INTO "told" VALUES('00000000-0000-4000-8000-000000000000','missed',1772350200000000,0,0);
CREATE TABLE total (
    job TEXT NOT NULL,
    verdict TEXT NOT NULL,
    runs INTEGER NOT NULL,
    occurrences INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (job, verdict),
    CHECK (runs >= 0 AND occurrences >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO "total" VALUES('set/again','skipped',0,1,1772330760000000);
INSERT INTO "total" VALUES('set/again','succeeded',1,1,1772328600000000);
INSERT INTO "total" VALUES('set/gone','cancelled',1,1,1772337600000000);
INSERT INTO "total" VALUES('set/gone','succeeded',1,1,1772337960000000);
INSERT INTO "total" VALUES('set/hourly','cancelled',1,1,1772337960000000);
INSERT INTO "total" VALUES('set/hourly','failed',1,1,1772330760000000);
INSERT INTO "total" VALUES('set/hourly','interrupted',1,1,1772341560000000);
INSERT INTO "total" VALUES('set/hourly','missed',0,2,1772348400000000);
INSERT INTO "total" VALUES('set/hourly','succeeded',1,1,1772327160000000);
INSERT INTO "total" VALUES('set/hourly','timed_out',1,1,1772334360000000);
INSERT INTO "total" VALUES('set/often','skipped',0,2,1772334000000000);
INSERT INTO "total" VALUES('set/often','succeeded',1,0,1772331840000000);
INSERT INTO "total" VALUES('set/often','superseded',0,4,1772330400000000);
INSERT INTO "total" VALUES('set/once','missed',0,1,1772326800000000);
INSERT INTO "total" VALUES('set/stepped','skipped',0,1,1772344800000000);
INSERT INTO "total" VALUES('set/stepped','succeeded',1,1,1772341560000000);
INSERT INTO "total" VALUES('tidy_up','succeeded',1,1,1772352360000000);
CREATE UNIQUE INDEX job_live ON job (key) WHERE removed_at IS NULL;
CREATE INDEX job_key ON job (key);
CREATE UNIQUE INDEX run_occurrence ON run (job_uid, fire_time) WHERE kind = 'scheduled';
CREATE INDEX run_manual ON run (job_uid, fire_time) WHERE kind = 'manual';
CREATE INDEX run_newest ON run (fire_time);
CREATE INDEX span_job ON span (job_uid, last);
CREATE INDEX span_newest ON span (last);
CREATE INDEX session_started ON session (started_at);
CREATE INDEX event_newest ON event (at);
CREATE INDEX request_open ON request (at) WHERE result IS NULL;
CREATE INDEX run_active ON run (job_uid, status) WHERE finished_at IS NULL;
CREATE INDEX notice_newest ON notice (at);
CREATE INDEX delivery_next ON delivery (next_at);
CREATE INDEX lateness_late ON lateness (job_uid)
WHERE unfinished_since IS NOT NULL OR unsucceeded_since IS NOT NULL;
CREATE INDEX run_rare ON run (status, fire_time) WHERE status IN ('failed', 'timed_out', 'cancelled', 'interrupted');
COMMIT;
