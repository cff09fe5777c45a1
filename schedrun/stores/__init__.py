"""The ledger: what the scheduler knows of its jobs, and what became of every occurrence.

What belongs here: the backends of `protocols.Store`, the lock that keeps one process active on a state, and
the way in for commands that only read. What must not: a clock (every instant is an argument), decisions about
what is due, anything a backend's caller would have to know about SQL.
"""
