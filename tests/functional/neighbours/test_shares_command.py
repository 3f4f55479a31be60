"""nova-manage share, as an operator types it."""

from __future__ import annotations

import pathlib

import pytest

from nova_api.cmd import manage
from nova_api.context import RequestContext
from nova_api.db.schema import metadata
from nova_api.db.schema.share import share_accesses, shares
from tests.functional.neighbours.conftest import make_backend

PROJECT = "0" * 32


def test_the_life_of_a_share(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    backend = make_backend(tmp_path)
    metadata.create_all(backend.db.engine, tables=[shares, share_accesses])
    context = RequestContext(user_id="u", project_id=PROJECT, roles=["member"])

    def run(*words: str) -> tuple[int, str]:
        status = manage.main([f"--config-file={tmp_path / 'nova.conf'}", "share", *words])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    status, printed = run("create", PROJECT, "10.0.0.50:/mnt/data", "--name", "data")
    assert status == 0
    share_id = printed.strip()
    share = backend.shares.show(context, share_id)
    assert (share.protocol, share.status, share.export_location) == (
        "NFS",
        "available",
        "10.0.0.50:/mnt/data",
    )
    assert run("list")[1].split() == [share_id, PROJECT, "NFS", "available", "10.0.0.50:/mnt/data", "data"]
    backend.shares.allow(context, share_id, "1" * 36, "host1")
    assert run("delete", share_id) == (1, f"nova-manage: Share {share_id} is in use by a server.\n")
    backend.shares.deny(context, share_id, "1" * 36)
    assert run("delete", share_id) == (0, "")
    assert run("delete", share_id)[0] == 1
    assert run("list") == (0, "")
