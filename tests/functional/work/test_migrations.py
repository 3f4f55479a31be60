"""The revisions make the schema that the code declares, on every database, and can be undone."""

from __future__ import annotations

import pathlib

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from nova_api import conf as nova_conf
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


def test_the_schema_of_a_newer_release_is_left_alone(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Said also of SQLite: the database that tests share is to keep its version.
    url = f"sqlite:///{tmp_path}/nova-api.sqlite"
    path = tmp_path / "nova.conf"
    path.write_text(f"[database]\nconnection = {url}\n")
    db = Database(options(tmp_path, url))
    migrate.upgrade(db)
    with db.writer() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999_later'"))
    with pytest.raises(migrate.NotMigrated, match="9999_later .* use the newer release"):
        migrate.require(db)
    db.dispose()
    assert main(["--config-file", str(path), "db", "sync"]) == 2
    assert "use the newer release" in capsys.readouterr().err


def test_a_missing_driver_is_told_in_one_line(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "nova.conf"
    path.write_text("[database]\nconnection = mysql+cymysql://nova:secret@127.0.0.1/nova\n")
    assert main(["--config-file", str(path), "db", "sync"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("nova-manage: [database] connection = mysql+cymysql://… needs the library cymysql")
    assert "secret" not in told


def test_a_missing_authority_is_told_in_one_line(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody listens there, and nobody is asked before the file is read."""
    path, missing = tmp_path / "nova.conf", tmp_path / "ca.pem"
    url = f"mysql+pymysql://nova:secret@127.0.0.1:1/nova?ssl_ca={missing}"
    path.write_text(f"[database]\nconnection = {url}\n")
    assert main(["--config-file", str(path), "db", "sync"]) == 2
    told = capsys.readouterr().err
    assert told == (
        f"nova-manage: [database] connection: cannot use ssl_ca = {missing}: No such file or directory\n"
    )


def test_nova_conf_is_found_where_it_is_installed(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``~/.nova-api`` stands for ``/etc/nova-api``, which belongs to the machine."""
    folder = tmp_path / ".nova-api"
    folder.mkdir()
    url = f"sqlite:///{tmp_path}/of-these-options.sqlite"
    text = f"[DEFAULT]\nstate_path = {tmp_path / 'state'}\n[database]\nconnection = {url}\n"
    (folder / "nova.conf").write_text(text)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert main(["db", "sync"]) == 0
    assert (tmp_path / "of-these-options.sqlite").exists()
    assert nova_conf.new().state_path == str(tmp_path / "state")
    assert nova_conf.new([], []).state_path != str(tmp_path / "state")
