"""Values to text and JSON views: one file per view and format, for the command line and for answers to requests.

What belongs here: pure functions of values to text or to JSON-ready dictionaries. Now, a terminal's width and
the way to paint a word arrive as arguments. What must not: printing, reading files or the store, deciding.
"""
