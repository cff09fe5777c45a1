"""When a job fires: one engine for validation, preview and execution.

Values and functions only; the reference instant is always an argument, never a default of now.
"""
