"""The ledger: what the scheduler knows of its jobs, and what became of every occurrence.

What belongs here: the backends of `protocols.Store`, the lock that keeps one process active on a state, the way in
for commands that only read, what checks, copies and salvages a state, and the files of output beside it. What must
not: a clock (every instant is an argument), decisions about what is due or may be forgotten, anything a backend's
caller would have to know about SQL.
"""
