"""The revisions make the schema that the code declares, on every database, and can be undone."""

from __future__ import annotations

import pathlib

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from nova_api.cmd.manage import main
from nova_api.db import Database, migrate
from nova_api.db.schema import metadata
from tests.functional.work.cloud import options


def test_every_revision_leads_to_the_newest(tmp_path: pathlib.Path, database: str | None) -> None:
    """Up one by one, which is from each of them; down one by one; and up again at once."""
    db = Database(options(tmp_path, database))
    revisions = [
        str(script.revision)
        for script in ScriptDirectory.from_config(migrate._config()).walk_revisions("base", "heads")
    ][::-1]
    assert migrate.latest() == revisions[-1]  # by name, as alembic has it by what each follows
    try:
        for revision in revisions:
            with db.writer() as conn:
                command.upgrade(migrate._config(conn), revision)
            assert migrate.current(db) == revision
        assert migrate.current(db) == migrate.latest()
        for lower in [*revisions[-2::-1], "base"]:
            with db.writer() as conn:
                command.downgrade(migrate._config(conn), lower)
        assert migrate.current(db) is None
        with db.reader() as conn:
            assert sa.inspect(conn).get_table_names() == ["alembic_version"]
        assert migrate.upgrade(db)
        assert not migrate.upgrade(db)
        with db.reader() as conn:
            context = MigrationContext.configure(conn, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []
    finally:
        db.dispose()


def test_nova_manage_db(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = tmp_path / "nova.conf"
    options.write_text(f"[database]\nconnection = sqlite:///{tmp_path}/nova-api.sqlite\n")
    where = ["--config-file", str(options)]
    assert main([*where, "db", "version"]) == 1
    assert capsys.readouterr().out == f"none (this release: {migrate.latest()})\n"
    assert main([*where, "db", "sync"]) == 0
    assert main([*where, "db", "sync"]) == 0
    assert main([*where, "db", "version"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        f"Now at version {migrate.latest()}.",
        f"Already at version {migrate.latest()}.",
    ]
