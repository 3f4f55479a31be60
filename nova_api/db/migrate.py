"""The schema's versions: where a database stands, and bringing it up to date (alembic)."""

from __future__ import annotations

import pathlib

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from nova_api.db.engine import Database

_FOLDER = pathlib.Path(__file__).resolve().parent / "migrations"


def _config(conn: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = conn
    return config


def latest() -> str:
    """The version that this code is written for."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None  # the project has revisions
    return head


def current(db: Database) -> str | None:
    """The version of the database; None before the first ``upgrade``."""
    with db.reader() as conn:
        return MigrationContext.configure(conn).get_current_revision()


def upgrade(db: Database) -> bool:
    """Brings the database to ``latest``; whether there was anything to do."""
    if current(db) == latest():
        return False
    with db.writer() as conn:
        command.upgrade(_config(conn), "head")
    return True
