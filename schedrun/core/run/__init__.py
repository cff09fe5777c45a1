"""What happened: runs with their attempts, spans, recorded jobs, and the pure decisions about them.

What belongs here: what the ledger holds as values, which verdict a due time gets, when an attempt is made again, how
long history is kept, and why an occurrence went as it did. What must not: which times are due (`core.schedule`), how
a verdict is written (`scheduler`, `stores`) or put into words for people (`render`).
"""
