"""What a manifest says: frozen Pydantic models and the small languages inside them.

What belongs here: fields, their types and the rules that need nothing but the job itself. What must not:
when a job fires (`core.schedule`), where a value was written (`core.source`), files.
"""
