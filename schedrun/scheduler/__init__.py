"""The live scheduler: an alarm clock, a dispatcher that plans what is due, a runner that executes it.

What belongs here: units of work over the store, timers, running tasks. What must not: manifests (`reconcile`),
rules of when and whether (`core`).
"""
