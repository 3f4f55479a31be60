"""The schema's versions: where a database stands, and bringing it up to date (alembic)."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db.engine import Database

if TYPE_CHECKING:
    from alembic.config import Config

# alembic, with the templates and lexers that it brings, takes a tenth of a program's start, and a start
# only asks whether there is anything to do: so it is imported where there is.

_FOLDER = pathlib.Path(__file__).resolve().parent / "migrations"
_VERSION = sa.table("alembic_version", sa.column("version_num"))


def _config(conn: Connection | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = conn
    return config


def latest() -> str:
    """The version that this code is written for: its revisions are a line, in the order of their names."""
    return max(path.stem for path in (_FOLDER / "versions").glob("[0-9]*.py"))


def current(db: Database) -> str | None:
    """The version of the database; None before the first ``upgrade``."""
    with db.reader() as conn:
        if not sa.inspect(conn).has_table(_VERSION.name):
            return None
        return conn.scalar(sa.select(_VERSION.c.version_num))


class NotMigrated(Exception):
    """The database's schema is not the one that this code is written for."""

    def __init__(self, found: str | None, remedy: str) -> None:
        super().__init__(
            f"the database is at version {found or 'none'} and this release needs {latest()}: {remedy}"
        )


def require(db: Database) -> None:
    """Raises NotMigrated unless the database is at ``latest``."""
    found = current(db)
    if found != latest():
        _refuse_newer(found)
        raise NotMigrated(found, "run nova-manage db sync")


def _refuse_newer(found: str | None) -> None:
    # The names of the versions begin with numbers that order them.
    if found is not None and found > latest():
        raise NotMigrated(
            found, "use the newer release that it belongs to, or restore the backup of this one"
        )


def upgrade(db: Database) -> bool:
    """Brings the database to ``latest``; whether there was anything to do.

    Raises NotMigrated, and changes nothing, where it belongs to a newer release.
    """
    found = current(db)
    if found == latest():
        return False
    _refuse_newer(found)
    from alembic import command

    with db.writer() as conn:
        command.upgrade(_config(conn), "head")
    return True
