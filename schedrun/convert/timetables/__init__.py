"""When the tools of the field fire: each read and computed by brute force, never by the engine it is held against.

Values and functions only; nothing of `schedrun.core.schedule` is imported here.
"""
