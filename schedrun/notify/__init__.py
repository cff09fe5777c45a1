"""Telling people and pinging monitors: one file a kind of channel.

What belongs here: a message becomes a request or a mail, and is sent. What must not: when something is told, how often
it is tried (`schedrun/scheduler/`), and a word of an address in any text. httpx, smtplib and Apprise are imported when
something is sent.
"""
