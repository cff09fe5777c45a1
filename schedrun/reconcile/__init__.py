"""Desired against recorded: load, plan, guard, apply, and the steps that make the live scheduler follow.

What belongs here: the order of the steps, the one unit of work that writes a plan, and the requests by which other
processes have the active one apply, act on jobs and runs, or prune. What must not: what a manifest means (`manifest`),
what differs and what is dangerous (`core.plan`), when a job fires (`core.schedule`), how a job is paused or a run is
cancelled (`scheduler`).
"""
