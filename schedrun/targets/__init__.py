"""What jobs do: one file for each kind of target, a registry that finds the one for a job, and what kinds share.

What belongs here: starting the work, following what it prints, ending it and all that it started when the run must
stop, and reporting how it ended as an `Outcome` without a secret in it; and telling before a run whether what a target
names is there and can be called (`presence`, `probing`). What must not: time limits, retries, statuses
and the ledger, which are the scheduler's. A failure of the work is an outcome, never an exception.
"""
