"""The live scheduler: an alarm clock, a dispatcher that plans what is due, a runner that executes it.

What belongs here: units of work over the store, timers, running tasks, what watches over them (clocks, event loop,
store), and what a process does to become the active one and to end. What must not: manifests (`reconcile`), rules of
when and whether (`core`), how a target does its work (`targets`).
"""
