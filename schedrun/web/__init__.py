"""The HTTP API and the dashboard: questions to the ledger, requests to the active process, and their pages.

Nothing here decides anything about runs, and nothing below imports it. Reads come from the store and actions go
through the request table, so that any process on the same state can answer.
"""
