"""The dashboard: what each page asks, and how that is shown.

What belongs here: one file a page with its questions and its values, what all pages share, and their templates' view of
instants and statuses. What must not: markup (`web/templates`), shapes (`web/charts`), and anything that changes
something: buttons call the API, as every other client does.
"""
