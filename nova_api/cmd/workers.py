"""What the programs that do work have in common: a database that is ready, and mistakes told in one line."""

from __future__ import annotations

import sqlalchemy.exc
from oslo_db import exception as db_exception

from nova_api import rpc, service
from nova_api.backend import Backend
from nova_api.db import migrate


class NotMigrated(Exception):
    """The database's schema is not the one that this code is written for."""


#: Mistakes of an operator, told in one line and exit status 2; anything else is a bug.
MISTAKES = (
    *service.MISTAKES,
    rpc.NeedsBroker,
    NotMigrated,
    db_exception.DBConnectionError,
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.ArgumentError,
)


def require_schema(backend: Backend) -> None:
    """Raises ``NotMigrated`` unless ``nova-manage db sync`` has been run."""
    found, wanted = migrate.current(backend.db), migrate.latest()
    if found != wanted:
        raise NotMigrated(
            f"the database is at version {found or 'none'} and this release needs {wanted}: "
            "run nova-manage db sync"
        )
