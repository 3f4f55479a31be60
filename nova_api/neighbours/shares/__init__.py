"""Shared file systems.  ``from_conf`` gives the implementation that is configured."""

from __future__ import annotations

from nova_api.db import Database
from nova_api.neighbours.shares.interface import Share, Shares
from nova_api.neighbours.shares.local import LocalShares

__all__ = ["LocalShares", "Share", "Shares", "from_conf"]


def from_conf(db: Database) -> LocalShares:
    """The embedded share service over ``db``."""
    return LocalShares(db)
