"""What browsers and programs are told while it happens: hints, whoever in whatever process changed something.

A hint says what to ask for again. Nothing is kept for who was not there: `reset` says that anything may be new.
"""
