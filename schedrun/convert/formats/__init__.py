"""One reader for each foreign format: texts in, entries with their places out.

A reader raises nothing for bad input: what it cannot read is a note with file, line and column. Only `celery` and
`apscheduler` look at objects, which somebody else has imported.
"""
