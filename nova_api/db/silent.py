"""What says that the database does not answer."""

from __future__ import annotations

from typing import Final

import oslo_db.exception
import sqlalchemy.exc

#: It is away, or so busy that several attempts ended in a deadlock, or all connections are in use:
#: no bug, and the same request may do better later.
SILENT_ERRORS: Final[tuple[type[Exception], ...]] = (
    oslo_db.exception.DBConnectionError,
    oslo_db.exception.DBDeadlock,
    sqlalchemy.exc.TimeoutError,
)
