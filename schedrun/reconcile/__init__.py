"""Desired against recorded: load, plan, guard, apply, and the steps that make the live scheduler follow.

What belongs here: the order of the steps, and the one unit of work that writes a plan. What must not: what
a manifest means (`manifest`), what differs and what is dangerous (`core.plan`), when a job fires
(`core.schedule`).
"""
