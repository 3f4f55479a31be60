"""Guests of the fake driver, also such as have never been built, and what is claimed for them."""

from __future__ import annotations

import pathlib

import sqlalchemy as sa

from nova_api.backend import Backend
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.compute import allocations, compute_nodes, server_actions
from nova_api.db.schema.work import work_items
from tests.functional.api.servers import rows


def _folder(backend: Backend, host: str) -> pathlib.Path:
    return pathlib.Path(backend.conf.state_path) / "fake" / host


def put_guest(backend: Backend, host: str, server_uuid: str, power_state: int | None = 1) -> None:
    """Ends the create of a server as if it had been built; None: its guest is gone again."""
    with backend.db.writer() as conn:
        build = work_items.c.server_uuid == server_uuid, work_items.c.method == "build"
        conn.execute(sa.delete(work_items).where(*build))
        create = server_actions.c.server_id == rows.server(backend, server_uuid).id
        created = sa.update(server_actions).where(create, server_actions.c.action == "create")
        conn.execute(created.values(finish_time=utcnow()))
    if power_state is not None:
        file = _folder(backend, host) / server_uuid / "1"
        file.parent.mkdir(parents=True)
        file.write_text(str(power_state), encoding="ascii")


def guests_on(backend: Backend, host: str) -> set[str]:
    """The servers that have a guest on ``host``."""
    folder = _folder(backend, host)
    return {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()


def vm_ids(backend: Backend, host: str, server_uuid: str) -> set[str]:
    """The ids of a server's guests on ``host``: another one each time that it is made anew."""
    return {file.name for file in (_folder(backend, host) / server_uuid).iterdir() if "." not in file.name}


def claimed(backend: Backend) -> tuple[int, list[int]]:
    """(number of claims, vCPUs used of each node)."""
    with backend.db.reader() as conn:
        count = conn.scalar(sa.select(sa.func.count()).select_from(allocations)) or 0
        return count, list(conn.scalars(sa.select(compute_nodes.c.vcpus_used)))
