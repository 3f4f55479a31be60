"""The mistake that options about another service can be."""

from __future__ import annotations


class Misconfigured(ValueError):
    """What the options say of another service cannot work; one line."""
