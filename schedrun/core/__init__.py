"""Pure values and functions.

What belongs here: what a schedule means, what a run is, what a plan changes. What must not: I/O, a clock,
randomness, logging, asyncio. A moment, a seed or a file's text arrives as an argument.
"""
