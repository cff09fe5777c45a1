"""The command line: one file a command, each of them loaded when it is asked for, and what commands share.

What belongs here: arguments and what they mean, exit codes, and the order in which the parts below are called. What
must not: rules about jobs (`core`), texts and tables (`render`).
"""
