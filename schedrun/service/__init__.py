"""The composition root: settings, or an application's scheduler, become a running service.

Parts from below are put together here, and nothing else: no rule about jobs, no text for people, no HTTP.
"""
