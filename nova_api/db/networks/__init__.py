"""Statements of the embedded network service: rows by UUID, lists, and what hangs on ports."""

from __future__ import annotations

from nova_api.db.networks.rows import Listing, delete, exists, find, find_all, insert, update

__all__ = ["Listing", "delete", "exists", "find", "find_all", "insert", "update"]
