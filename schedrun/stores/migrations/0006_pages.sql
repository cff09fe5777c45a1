-- Pages of runs by status.

-- What did not succeed, by status and fire time: a run that succeeds pays nothing for it.
CREATE INDEX run_rare ON run (status, fire_time) WHERE status IN ('failed', 'timed_out', 'cancelled', 'interrupted');
