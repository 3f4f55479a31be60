"""The database: ``Database`` hands out transactions; one module an aggregate holds the statements."""

from __future__ import annotations

from nova_api.db.engine import Database

__all__ = ["Database"]
