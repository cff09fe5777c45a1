"""YAML on disk -> desired state: listing, reading, merging, checking, watching.

What belongs here: everything between bytes in a folder and the values of `core.plan.desired.Desired`. The reader is
strict and keeps a place for every node; faults are values (`Diagnostic`), so all faults of all files come at once.
What must not: what is done about a desired state (`reconcile`), rules of taste (`lint`), colours (`render`).
"""
