"""The revisions make the schema that the code declares, on every database, and can be undone."""

from __future__ import annotations

import pathlib

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from nova_api.cmd.manage import main
from nova_api.db import Database, migrate
from nova_api.db.schema import metadata
from tests.functional.work.cloud import options


def test_revisions_make_the_declared_schema(tmp_path: pathlib.Path, database: str | None) -> None:
    db = Database(options(tmp_path, database))
    try:
        assert migrate.current(db) is None
        assert migrate.upgrade(db)
        assert migrate.current(db) == migrate.latest()
        assert not migrate.upgrade(db)
        with db.reader() as conn:
            context = MigrationContext.configure(conn, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []
        with db.writer() as conn:
            command.downgrade(migrate._config(conn), "base")
        with db.reader() as conn:
            assert sa.inspect(conn).get_table_names() == ["alembic_version"]
    finally:
        db.dispose()


def test_nova_manage_db(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--state-path", str(tmp_path)]
    assert main([*where, "db", "version"]) == 1
    assert capsys.readouterr().out == f"none (this release: {migrate.latest()})\n"
    assert main([*where, "db", "sync"]) == 0
    assert main([*where, "db", "sync"]) == 0
    assert main([*where, "db", "version"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        f"Now at version {migrate.latest()}.",
        f"Already at version {migrate.latest()}.",
    ]
