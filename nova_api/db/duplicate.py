"""What a broken uniqueness rule raises: oslo.db's translation, or the plain error on SQLite."""

from __future__ import annotations

from typing import Final

from oslo_db import exception as oslo_db_exception
from sqlalchemy import exc

DUPLICATE_ERRORS: Final[tuple[type[Exception], ...]] = (
    exc.IntegrityError,
    oslo_db_exception.DBDuplicateEntry,
)
