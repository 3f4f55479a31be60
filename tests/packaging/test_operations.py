"""What docs/operations.md tells people to do with the files in etc/ does what it says."""

from __future__ import annotations

import pathlib
import re
import shlex
import shutil
import sqlite3
import subprocess

import pytest

from nova_api import backend as nova_backend
from nova_api import conf as nova_conf
from nova_api.api import policy
from nova_api.cmd import manage
from nova_api.context import RequestContext
from nova_api.db import migrate
from nova_api.wsgi.check import check

ROOT = pathlib.Path(__file__).resolve().parents[2]
INI = "/etc/nova-api/api-paste.ini"
GUIDE = (ROOT / "docs" / "operations.md").read_text()
EDITS = re.findall(r"^    (sed -i .*)$", GUIDE, re.MULTILINE)
UNITS = sorted((ROOT / "etc" / "systemd").glob("*.service"))


@pytest.mark.parametrize("command", EDITS)
def test_an_edit_changes_the_shipped_ini_and_leaves_it_right(command: str, tmp_path: pathlib.Path) -> None:
    copy = tmp_path / "api-paste.ini"
    shutil.copy(ROOT / "etc" / "api-paste.ini", copy)
    assert INI in command
    subprocess.run(["sh", "-c", command.replace(INI, str(copy))], check=True)
    assert copy.read_text() != (ROOT / "etc" / "api-paste.ini").read_text()
    conf = nova_conf.new([], [])
    conf.set_override("state_path", str(tmp_path / "state"))
    with nova_conf.activate(conf):
        migrate.upgrade(nova_backend.of(conf).db)
        assert check(conf, str(copy)) > 0  # raises for the first mistake
        nova_backend.of(conf).db.dispose()


def test_sqlite_is_restored_as_it_was_backed_up(tmp_path: pathlib.Path) -> None:
    """The two lines as they stand, with a crash between them that leaves newer rows outside of the file."""
    if shutil.which("sqlite3") is None:
        pytest.skip("sqlite3 is not installed: its lines are not typed")
    (backup,) = re.findall(r"^    (sqlite3 .*?)  +#", GUIDE, re.MULTILINE)
    (restore,) = re.findall(r"^    (rm .*nova-api\.sqlite)$", GUIDE, re.MULTILINE)
    file = tmp_path / "var" / "nova-api.sqlite"
    file.parent.mkdir()
    in_use = sqlite3.connect(file, isolation_level=None)
    in_use.execute("PRAGMA journal_mode = WAL")
    in_use.execute("CREATE TABLE t (x)")
    in_use.execute("INSERT INTO t VALUES ('before')")
    subprocess.run(backup, shell=True, check=True, cwd=tmp_path)
    in_use.execute("INSERT INTO t VALUES ('after')")
    crashed = {path.name: path.read_bytes() for path in file.parent.iterdir()}
    in_use.close()
    for name, data in crashed.items():
        (file.parent / name).write_bytes(data)
    assert (file.parent / "nova-api.sqlite-wal").stat().st_size > 0
    subprocess.run(restore, shell=True, check=True, cwd=tmp_path)
    restored = sqlite3.connect(file)
    assert restored.execute("SELECT x FROM t").fetchall() == [("before",)]
    restored.close()


def test_there_are_edits() -> None:
    assert len(EDITS) == 5


def test_nova_manage_knows_the_commands_of_the_guide() -> None:
    commands = re.findall(r"^    (nova-manage .*)$", GUIDE, re.MULTILINE)
    assert len(commands) > 4
    for command in commands:
        manage.parser().parse_args(
            shlex.split(command, comments=True)[1:]
        )  # SystemExit for what it does not know


def test_the_guide_names_one_database() -> None:
    """What is made is what is connected to, backed up and restored."""
    named = re.findall(
        r"(?:CREATE DATABASE|DROP DATABASE|mysqldump --single-transaction|pg_dump|dropdb) (\w+)", GUIDE
    )
    named += re.findall(r"(?:pymysql|psycopg2)://[^/\s]*/(\w+)", GUIDE)
    assert len(named) > 6
    assert set(named) == {"nova"}


def test_every_program_that_serves_has_a_unit() -> None:
    assert [unit.stem for unit in UNITS] == ["nova-api", "nova-compute", "nova-scheduler"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_reads_the_unit(unit: pathlib.Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed: the unit is not checked")
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stderr) == (0, "")


def test_haproxy_reads_its_sample() -> None:
    if shutil.which("haproxy") is None:
        pytest.skip("haproxy is not installed: its sample is not checked")
    sample = ROOT / "etc" / "haproxy" / "haproxy.cfg"
    found = subprocess.run(["haproxy", "-c", "-f", str(sample)], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


def test_a_policy_taken_from_the_sample_is_obeyed(tmp_path: pathlib.Path) -> None:
    """One line of it without its comment sign, changed."""
    line = '"os_compute_api:servers:index": "rule:project_reader_or_admin"'
    text = (ROOT / "etc" / "policy.yaml").read_text()
    assert "#" + line in text
    own = tmp_path / "policy.yaml"
    own.write_text(text.replace("#" + line, line.replace("rule:project_reader_or_admin", "role:auditor")))
    conf = nova_conf.new([], [])
    conf.set_override("policy_file", str(own), group="api")

    def may(role: str) -> bool:
        context = RequestContext(user_id="u", project_id="p", roles=[role])
        return policy.Enforcer(conf).allows(context, "os_compute_api:servers:index", {"project_id": "p"})

    assert [may("reader"), may("auditor")] == [False, True]
