"""Every code with what it means: what `schedrun explain` prints and reports carry."""

from collections.abc import Mapping

from schedrun.core.diagnostics import Rule

RULES: Mapping[str, Rule] = {}
"""The rules by code, in the order of their codes."""
